/** Child: a process of an episode: it is born, says that it is ready, and is killed. */
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";

const compiled = join(import.meta.dirname, "../../node_modules/.cache/compiled");
/** Longest that it may take to say something, in milliseconds. */
const LONGEST = 30_000;

export class Child {
  readonly #process: ChildProcess;
  readonly #said = new Set<string>();
  #complaint = "";

  /** `events` is appended to. */
  constructor(program: string, orders: object, events?: string) {
    const descriptor = events === undefined ? "ignore" : openSync(events, "a");
    this.#process = spawn(process.execPath, [join(import.meta.dirname, program), JSON.stringify(orders)], {
      stdio: ["ignore", "pipe", "pipe", descriptor],
      env: { ...process.env, NODE_COMPILE_CACHE: compiled },
    });
    if (typeof descriptor === "number") closeSync(descriptor);
    this.#process.stdout?.on("data", (part: Buffer) => {
      for (const word of part.toString().split("\n")) this.#said.add(word);
    });
    this.#process.stderr?.on("data", (part: Buffer) => (this.#complaint += part.toString()));
  }

  /** Waits until it has said the word. @throws Error where it ended before, or says nothing. */
  async said(word: string): Promise<void> {
    const until = performance.now() + LONGEST;
    while (!this.#said.has(word)) {
      if (this.#process.exitCode !== null || performance.now() > until)
        throw new Error(
          `not ${word} (exit ${this.#process.exitCode}): ${this.#complaint.trim().slice(-1500)}`,
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** What it has complained of where it ended by itself. */
  get fallen(): string | undefined {
    const { exitCode } = this.#process;
    return exitCode === null ? undefined : `ended with ${exitCode}: ${this.#complaint.trim().slice(-1500)}`;
  }

  /** Ends it by a signal, and waits until it is gone. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    if (this.#process.exitCode !== null) return this.#process.exitCode;
    const gone = new Promise<number | null>((resolve) =>
      this.#process.once("close", (code) => resolve(code)),
    );
    this.#process.kill(signal);
    return gone;
  }
}
