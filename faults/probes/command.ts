/** Command: the command line `hermod` as an attacker's words reach it: a process of its own, in an empty folder of its own. */
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { join } from "node:path";
import type { Ground } from "./ground.ts";

const main = join(import.meta.dirname, "../../packages/hub/src/cli/main.ts");

/** What became of a command. */
export interface Ran {
  /** undefined where it did not end by itself. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
  /** Whether a file was made that only a shell would make. */
  readonly isCarriedOut: boolean;
  readonly folder: string;
}

/** The file that words try to make; each folder has none at first. */
export const MADE = "made-by-a-shell";

/** Nothing here takes so long, in milliseconds. */
const PATIENCE = 9000;

/** An empty folder. */
export function emptyFolder({ folder }: Ground): string {
  return mkdtempSync(join(folder, "command-"));
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly folder?: string;
}

/** Runs `hermod` with these words against the hub as it comes. */
export function run(ground: Ground, words: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = "", env = {}, folder = emptyFolder(ground) } = options;
  const [program = "", ...rest] = (ground.plants.command ?? ((all) => [process.execPath, main, ...all]))(
    words,
  );
  const { PATH = "" } = process.env;
  const child = spawn(program, rest, {
    cwd: folder,
    env: { PATH, HOME: folder, HERMOD_URL: ground.open.url, HERMOD_STORE: join(folder, "hub.db"), ...env },
    timeout: PATIENCE,
    killSignal: "SIGKILL",
  });
  let [out, err] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  child.stdin.on("error", () => undefined).end(input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ out, err, folder, code: code ?? undefined, isCarriedOut: existsSync(join(folder, MADE)) }),
    );
  });
}

/** What steers a terminal, or turns what is read around. */
const STEERING = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u;

/** "harmless", or what is not. An error must have a code, and is of the input and not of the program. */
export function judged({ code, out, err, isCarriedOut }: Ran): string {
  if (isCarriedOut) return "carried out";
  if (code === undefined) return "did not end";
  if (STEERING.test(out) || STEERING.test(err)) return `steers the terminal: ${JSON.stringify(out + err)}`;
  if (/\n\s+at .*:\d+:\d+/.test(err)) return `shows a stack: ${err}`;
  if (code === 1 && !/HERMOD_(?!UNEXPECTED|INTERNAL)[A-Z_]+/.test(err)) return `fails unexpectedly: ${err}`;
  return code === 0 || /HERMOD_[A-Z_]+|"code":"E[A-Z]+"|^E[A-Z]+ /.test(err)
    ? "harmless"
    : `ends with ${code}: ${err}`;
}
