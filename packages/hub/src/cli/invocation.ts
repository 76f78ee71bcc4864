/** Invocation: one command from what was typed to its exit code. Nothing of it touches the process: its ends are handed in. */
import type { CommanderError } from "commander";
import type { Answer, Given } from "./command.ts";
import { exits, type ExitCode } from "./exit.ts";
import type { Form } from "./forms.ts";
import { toIo, type Ends, type Io } from "./io.ts";
import type { Options } from "./options.ts";
import { createProgram, wantsJson, withFields } from "./program.ts";
import type { CommandSpec } from "./table.ts";
import { toJson } from "./text.ts";

/** Carries out what was typed; resolves with the code to end with. */
export async function invoke(typedWords: readonly string[], ends: Ends): Promise<ExitCode> {
  const [first, ...others] = typedWords;
  if (first === "--version" || first === "-V") return version(ends);
  // As many other programs have it: hermod help agents ls.
  const written = first === "help" ? [...others, "--help"] : typedWords;
  if (written[0] === "__complete") return completed(written.slice(1), ends);
  const argv = withFields(written);
  const typed = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined);
  // For what the parser does not come to.
  const isJson = wantsJson(typed);
  const io = toIo(ends, !typed.includes("--no-color"));
  const code = await parsed(argv, isJson, io);
  return ends.signal.aborted && code !== exits.ok ? exits.interrupted : code;
}

async function version({ stdout }: Ends): Promise<ExitCode> {
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  stdout.write(`${(JSON.parse(text) as { readonly version: string }).version}\n`);
  return exits.ok;
}

/** A shell asks what may come next; it hears of nothing else. */
async function completed(words: readonly string[], ends: Ends): Promise<ExitCode> {
  const { complete } = await import("./completing.ts");
  ends.stdout.write(await complete(words, ends).catch(() => ""));
  return exits.ok;
}

async function parsed(argv: readonly string[], isJson: boolean, io: Io): Promise<ExitCode> {
  let code: ExitCode = exits.ok;
  const carry = async (
    spec: CommandSpec,
    args: readonly (string | undefined)[],
    options: Options,
  ): Promise<void> => {
    const asked = options["json"] === true || ["json", "ndjson"].includes(String(options["output"]));
    const settings = async () => (await import("./settings.ts")).readSettings(options, io);
    code = await carried(spec, { args, options, isJson: asked, io, settings });
  };
  try {
    await createProgram(carry, io.out).parseAsync(argv, { from: "user" });
    return code;
  } catch (error) {
    return await unparsed(error as CommanderError, argv, isJson, io);
  }
}

/** What the parser says: help is no error, all else is told as any other. */
async function unparsed(
  error: CommanderError,
  argv: readonly string[],
  isJson: boolean,
  io: Io,
): Promise<ExitCode> {
  if (error.code === "commander.helpDisplayed") return exits.ok;
  if (typeof error.code !== "string" || !error.code.startsWith("commander.")) return tell(error, isJson, io);
  const { misread } = await import("./misread.ts");
  return tell(misread(error, argv, isJson), isJson, io);
}

async function carried(spec: CommandSpec, asked: Omit<Given, "emit" | "progress">): Promise<ExitCode> {
  const { io, options, isJson } = asked;
  const known = spec.fields ?? [];
  try {
    const [{ formOf, putAnswer, putItem }, { progressOf }, command] = await Promise.all([
      import("./forms.ts"),
      import("./progress.ts"),
      spec.load(),
    ]);
    const form = formOf(options, known);
    const given = { ...asked, emit: putItem(form, known, io), progress: progressOf(options, isJson, io) };
    const answer = await untilEnd(command(given), given, spec);
    if (answer === undefined) return exits.ok;
    putAnswer(answer, form, known, io);
    say(answer, form, given);
    return answer.exit ?? exits.ok;
  } catch (error) {
    if (io.signal.aborted) return exits.interrupted;
    return tell(error, isJson, io);
  }
}

/** Commands that have something to end heed the signal themselves; of all others nobody needs the answer any more. */
function untilEnd(work: Promise<Answer | undefined>, { io: { signal } }: Given, { name }: CommandSpec) {
  if (heeding.has(name)) return work;
  const stopped = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });
  return Promise.race([work, stopped]);
}

const heeding = new Set([
  "hub",
  "dev",
  "call",
  "tail",
  "backup",
  "restore",
  "compact",
  "migrate",
  "bench",
  "top",
]);

/** What is said beside the answer. */
function say({ next, aside, suggest }: Answer, { name }: Form, { io, isJson }: Given): void {
  if (name === "ndjson" && next !== undefined) io.err(`${toJson({ next })}\n`);
  if (isJson) return;
  if (aside !== undefined) io.err(`${aside}\n`);
  if (next !== undefined) io.err(`more: --after ${next}\n`);
  if (suggest !== undefined && io.isErrTerminal && io.look.isTerminal) io.err(`next: ${suggest}\n`);
}

async function tell(error: unknown, isJson: boolean, io: Io): Promise<ExitCode> {
  const { problemText, toProblem } = await import("./problem.ts");
  const { exit, ...problem } = toProblem(error);
  io.err(isJson ? `${toJson({ error: problem })}\n` : problemText({ ...problem, exit }));
  return exit;
}
