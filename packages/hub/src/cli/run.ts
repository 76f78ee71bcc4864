/** Run: one command from what was typed to its exit code. Data goes out, everything else aside; the second Ctrl-C ends at once. */
import type { CommanderError } from "commander";
import type { Answer, Given } from "./command.ts";
import type { Form } from "./forms.ts";
import type { Options } from "./options.ts";
import { exits, type ExitCode } from "./exit.ts";
import { processIo, type Io } from "./io.ts";
import { createProgram, wantsJson, withFields } from "./program.ts";
import { commands, type CommandSpec } from "./table.ts";
import type { Settings } from "./settings.ts";
import { toJson } from "./text.ts";

/** Runs the command of these arguments; the process ends with its code. */
export async function run(typedWords: readonly string[]): Promise<void> {
  const [first, ...others] = typedWords;
  if (first === "--version" || first === "-V") return version();
  // As many other programs have it: hermod help agents ls.
  const written = first === "help" ? [...others, "--help"] : typedWords;
  if (written[0] === "__complete") return completed(written.slice(1));
  const ending = new AbortController();
  const argv = withFields(written);
  const typed = argv.slice(0, argv.includes("--") ? argv.indexOf("--") : undefined);
  // For what the parser does not come to.
  const isJson = wantsJson(typed);
  const io = processIo(ending.signal, !typed.includes("--no-color"));
  io.closed(() => process.exit(exits.ok));
  minded(ending);
  let code: ExitCode = exits.ok;
  const carry = async (
    spec: CommandSpec,
    args: readonly (string | undefined)[],
    options: Options,
  ): Promise<void> => {
    const asked = options["json"] === true || ["json", "ndjson"].includes(String(options["output"]));
    code = await carried(spec, { args, options, isJson: asked, io, settings: () => settingsOf(options) });
  };
  try {
    await createProgram(carry, io.out).parseAsync(argv, { from: "user" });
  } catch (error) {
    code = await refused(error as CommanderError, argv, isJson, io);
  }
  end(ending.signal.aborted && code !== exits.ok ? exits.interrupted : code);
}

async function version(): Promise<void> {
  const { readFileSync } = await import("node:fs");
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  process.stdout.write(`${(JSON.parse(text) as { readonly version: string }).version}\n`);
}

/** A shell asks what may come next; it hears of nothing else. */
async function completed(words: readonly string[]): Promise<void> {
  const { complete } = await import("./completing.ts");
  process.stdout.write(await complete(words).catch(() => ""), () => process.exit(exits.ok));
}

async function settingsOf(options: Options): Promise<Settings> {
  return (await import("./settings.ts")).readSettings(options);
}

/** The first sign to end is heard by the command, the second by nobody. */
function minded(ending: AbortController): void {
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.on(signal, () => {
      if (ending.signal.aborted) process.exit(exits.interrupted);
      ending.abort(signal);
      // A command that does not heed it is not waited for.
      if (signal === "SIGINT") setTimeout(() => process.exit(exits.interrupted), 30_000).unref();
    });
}

/** What was written goes out before the end; nothing that is still open is waited for. */
function end(code: ExitCode): void {
  process.exitCode = code;
  process.stdout.write("", () => process.stderr.write("", () => process.exit(code)));
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

const heeding = new Set(["hub", "dev", "tail", "backup", "restore", "compact", "bench", "top"]);

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

/** What the parser says: help is no error, all else is told as any other. */
async function refused(
  error: CommanderError,
  argv: readonly string[],
  isJson: boolean,
  io: Io,
): Promise<ExitCode> {
  const { code, message } = error;
  if (code === "commander.helpDisplayed") return exits.ok;
  if (typeof code !== "string" || !code.startsWith("commander.")) return tell(error, isJson, io);
  const { Usage } = await import("./problem.ts");
  const group = argv.find((word) => !word.startsWith("-"));
  if (code === "commander.help") return tell(new Usage(...lacking(group)), isJson, io);
  const text = message.replace(/^error: /u, "").replaceAll("\n", " ");
  const word = argv[argv.indexOf("--json") + 1];
  const isField = code === "commander.excessArguments" && isJson && word !== undefined && text.includes(word);
  const name = code === "commander.unknownCommand" ? undefined : commandOf(argv);
  const hint = isField
    ? `One field alone is chosen by --json=${word}.`
    : name === undefined
      ? "hermod --help lists the commands."
      : `hermod ${name} --help says what it takes.`;
  return tell(new Usage(text, hint), isJson, io);
}

/** The command that was typed. */
function commandOf(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith("-"));
  return commands.find(({ name }) => name === words.slice(0, name.split(" ").length).join(" "))?.name;
}

function lacking(group: string | undefined): [message: string, hint: string] {
  return group === undefined
    ? ["no command was given", "hermod --help lists them."]
    : [`${group} needs a command after it`, `hermod ${group} --help lists them.`];
}
