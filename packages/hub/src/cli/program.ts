/** Program: what can be typed, made from the table of commands. Nothing of a command is loaded before it is wanted. */
import { Command, Option } from "commander";
import { exitMeanings } from "./exit.ts";
import type { Options } from "./options.ts";
import { commands, type CommandSpec } from "./table.ts";

/** Carries a command out. */
export type Carry = (
  spec: CommandSpec,
  args: readonly (string | undefined)[],
  options: Options,
) => Promise<void>;

const groups: Readonly<Record<string, string>> = {
  messages: "history: what was said, and what became of it",
  conversations: "messages that belong together",
  agents: "who is there",
  mailbox: "what waits for whom",
  dlq: "dead letters: what could not be handled",
  breaker: "circuit breakers",
  tasks: "long work",
  approvals: "questions of agents to people",
  token: "who may speak to a hub",
  context: "hubs by name",
  config: "settings",
};

/** The program; `write` gets the text of help. @throws CommanderError when it is asked to parse what does not fit. */
export function createProgram(carry: Carry, write: (text: string) => void): Command {
  const program = new Command("hermod")
    .description("The command line of Hermod: message passing for AI agents.")
    .helpCommand(false)
    // What an option of a command is given is not looked at for options of the program.
    .enablePositionalOptions()
    .addHelpText("after", exitText);
  quiet(program, write);
  for (const spec of commands) add(program, spec, carry, write);
  return program;
}

function exitText(): string {
  const lines = [...exitMeanings].map(([code, meaning]) => `  ${String(code).padEnd(4)} ${meaning}`);
  return `\nExit codes:\n${lines.join("\n")}\n\nData goes to stdout, everything else to stderr; --json everywhere. hermod --version says which one this is.`;
}

/** What is wrong is told by whoever called, so that it can be JSON. */
function quiet(command: Command, write: (text: string) => void): void {
  command.exitOverride().configureOutput({ writeOut: write, writeErr: () => undefined });
  // Also where a command is still lacking, so that this is told in JSON.
  if (command.options.length === 0) command.addOption(new Option("--json").hideHelp());
}

function add(program: Command, spec: CommandSpec, carry: Carry, write: (text: string) => void): void {
  const [first = "", second] = spec.name.split(" ");
  const above = second === undefined ? program : groupOf(program, first, write);
  const command = above.command(second ?? first).description(spec.about);
  command.option(
    "--json",
    spec.fields
      ? `one JSON document; --json ${spec.fields.slice(0, 2).join()}: these fields alone`
      : "for programs",
  );
  quiet(command, write);
  if (spec.args !== undefined) command.arguments(spec.args);
  for (const [flags, about] of spec.options ?? []) command.option(flags, about);
  if (spec.fields) {
    command.option("-o, --output <form>", "table (default), json, ndjson or csv");
    command.option("--fields <list>", "these fields alone, in every form");
    command.addHelpText("after", () => `\nFields: ${spec.fields?.join(", ")}`);
  }
  if (spec.isLong) command.option("--progress <form>", "text (default), json or none; on stderr");
  if (spec.isLocal !== true) {
    if (!command.options.some(({ long }) => long === "--url"))
      command.option("--url <url>", "address of the hub");
    command.option("--token <token>", "what the hub knows you by; better in HERMOD_TOKEN");
    command.option("--context <name>", "the hub of this name; hermod context ls lists them");
  }
  command.option("--no-color", "no colours");
  command.allowExcessArguments(false).action(async () => {
    await carry(spec, command.processedArgs as (string | undefined)[], typedOptions(command));
  });
}

/** Two fields or more: nothing else that is typed behind --json looks like that. */
const LIST = /^[\w$.]+(\s*,\s*[\w$.]+)+$/u;

/** `--json id,from` and `--json=id`, as `--json --fields id,from`. */
export function withFields(argv: readonly string[]): readonly string[] {
  const end = argv.includes("--") ? argv.indexOf("--") : argv.length;
  return argv.flatMap((word, at) => {
    if (at >= end) return [word];
    if (word.startsWith("--json=")) return ["--json", `--fields=${word.slice(7)}`];
    return argv[at - 1] === "--json" && LIST.test(word) ? [`--fields=${word}`] : [word];
  });
}

const JSON_FORM = /^(-o|--output=)(json|ndjson)$/u;

/** True where errors are to be JSON too; known before the rest can be read. */
export function wantsJson(typed: readonly string[]): boolean {
  return typed.some(
    (word, at) =>
      word === "--json" ||
      JSON_FORM.test(word) ||
      (["-o", "--output"].includes(word) && ["json", "ndjson"].includes(typed[at + 1] ?? "")),
  );
}

/** By the names that were typed: "dry-run" rather than "dryRun". */
function typedOptions(command: Command): Options {
  // Also what a command above has taken: --json may stand anywhere.
  const values = command.optsWithGlobals<Record<string, string | boolean | undefined>>();
  return Object.fromEntries(command.options.map((option) => [option.name(), values[option.attributeName()]]));
}

function groupOf(program: Command, name: string, write: (text: string) => void): Command {
  const known = program.commands.find((command) => command.name() === name);
  if (known) return known;
  const group = program
    .command(name)
    .description(groups[name] ?? "")
    .helpCommand(false)
    .enablePositionalOptions();
  quiet(group, write);
  return group;
}
