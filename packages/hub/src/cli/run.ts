/** Run: the command line as a process: its ends, its signals and its exit code. What is typed is carried out by `invocation.ts`. */
import { exits, type ExitCode } from "./exit.ts";
import { invoke } from "./invocation.ts";

/** How long a command may take to heed Ctrl-C, in milliseconds. */
const PATIENCE = 30_000;

/** Runs the command of these arguments; the process ends with its code. */
export async function run(words: readonly string[]): Promise<void> {
  const { stdin, stdout, stderr, env } = process;
  // Who stops reading ends it quietly.
  stdout.on("error", () => process.exit(exits.ok));
  stderr.on("error", () => undefined);
  const signal = minded();
  end(await invoke(words, { stdin, stdout, stderr, env, folder: process.cwd(), signal }));
}

/** The first sign to end is heard by the command, the second by nobody. */
function minded(): AbortSignal {
  const ending = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const)
    process.on(name, () => {
      if (ending.signal.aborted) process.exit(exits.interrupted);
      ending.abort(name);
      // A command that does not heed it is not waited for.
      if (name === "SIGINT") setTimeout(() => process.exit(exits.interrupted), PATIENCE).unref();
    });
  return ending.signal;
}

/** What was written goes out before the end; nothing that is still open is waited for. */
function end(code: ExitCode): void {
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
}
