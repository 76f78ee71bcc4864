/** Life: one process of an agent program on a store's file, until it is killed as by a crash, or ends by itself. */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { HermodError, start, type OpenStore, type StartOptions, type Store, type System } from "hermod";
import { sqlite, type SqliteOptions } from "hermod/sqlite";
import { Spy, TestClock } from "hermod/testing";

/** What a process does on a file; `say` is heard by the test. A scene that returns lets its process end. */
export type Scene = (file: string, say: (line: string) => void) => Promise<void>;

type After = Pick<TestContext, "after">;

const program = join(import.meta.dirname, "life.ts");
/** Half of a short life would go into compiling. */
const compiled = join(import.meta.dirname, "../../node_modules/.cache/compiled");

/** The path of a store that is not there yet, in a directory that goes with the test. */
export function newFile(t: After): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "hermod-life-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "agents.db");
}

/** For scenes that wait to be killed. */
export function stay(): Promise<never> {
  return new Promise(() => setInterval(() => undefined, 60_000));
}

export class Life {
  /** Every line it said so far. */
  readonly said: string[] = [];
  /** The exit code, or the signal that ended it. */
  readonly ended: Promise<number | string | null>;
  readonly #process: ChildProcess;
  #text = "";
  #complaint = "";
  #listeners: (() => void)[] = [];
  #isOver = false;

  /** Plays `SCENE` of `MODULE.scenes.ts`: "backlog.filled". */
  static begin(t: After, name: string, file: string): Life {
    const life = new Life(name.split(".") as [string, string], file);
    t.after(() => life.kill());
    return life;
  }

  private constructor([module, scene]: [string, string], file: string) {
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
    const made = spawn(process.execPath, [program, module, scene, file], {
      stdio: ["ignore", "pipe", "pipe"],
      env,
    });
    this.#process = made;
    made.stdout.on("data", (part: Buffer) => this.#heard(part.toString()));
    made.stderr.on("data", (part: Buffer) => (this.#complaint += part.toString()));
    this.ended = new Promise((resolve) =>
      made.once("close", (code, signal) => {
        this.#isOver = true;
        for (const listener of this.#listeners) listener();
        resolve(signal ?? code);
      }),
    );
  }

  /** What it said behind this word, once it has said so; rejects when it ends before. */
  until(word: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const line = this.said.find((each) => each === word || each.startsWith(`${word} `));
        if (line !== undefined) resolve(line.slice(word.length + 1));
        else if (this.#isOver) reject(new Error(`it ended before it said ${word}: ${this.#complaint}`));
      };
      this.#listeners.push(look);
      look();
    });
  }

  /** Ends it as a crash does, and waits until it is gone. */
  async kill(): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }

  #heard(text: string): void {
    const lines = (this.#text + text).split("\n");
    this.#text = lines.pop() as string;
    this.said.push(...lines);
    for (const listener of this.#listeners) listener();
  }
}

/** A process that plays the scene up to this word, and is killed then. */
export async function killedAt(t: After, name: string, file: string, word: string): Promise<Life> {
  const life = Life.begin(t, name, file);
  await life.until(word);
  await life.kill();
  return life;
}

/** A system in the test's own process on what the killed ones left; it is closed with the test. */
export async function here(
  t: After,
  file: string,
  options: StartOptions & { readonly file?: SqliteOptions } = {},
): Promise<{ readonly system: System; readonly spy: Spy; readonly store: Store }> {
  const { file: terms, ...rest } = options;
  const spy = new Spy();
  let store: Store | undefined;
  const open: OpenStore = async (env) => (store = await sqlite(file, terms)(env));
  const system = await start({ statistics: false, ...rest, store: open, reports: spy.listen });
  t.after(() => end(system, options.clock));
  return { system, spy, store: store as Store };
}

/** Closing takes time too, and where a test moves the clock only the test has it. */
async function end(system: System, clock: unknown): Promise<void> {
  const closing = system.close({ timeout: 0 });
  closing.catch(() => undefined);
  if (clock instanceof TestClock) await clock.advance(0);
  await closing.catch(ofStorage);
}

/** A test that harms the disk closes badly; one that cares about it closes by itself. */
function ofStorage(error: unknown): void {
  if (!(error instanceof HermodError) || error.category !== "storage") throw error;
}
