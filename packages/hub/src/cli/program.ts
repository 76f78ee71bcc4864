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
  return `\nExit codes:\n${lines.join("\n")}\n\nData goes to stdout, everything else to stderr; --json everywhere.`;
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
  command.option("--json", "for programs");
  quiet(command, write);
  if (spec.args !== undefined) command.arguments(spec.args);
  for (const [flags, about] of spec.options ?? []) command.option(flags, about);
  if (spec.isLocal !== true) {
    if (!command.options.some(({ long }) => long === "--url"))
      command.option("--url <url>", "address of the hub");
    command.option("--token <token>", "what the hub knows you by; better in HERMOD_TOKEN");
  }
  command.option("--no-color", "no colours");
  command.allowExcessArguments(false).action(async () => {
    await carry(spec, command.processedArgs as (string | undefined)[], typedOptions(command));
  });
}

/** By the names that were typed: "dry-run" rather than "dryRun". */
function typedOptions(command: Command): Options {
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
