/** Misread: what the parser could not read, said as any other wrong usage, with the help to look at. */
import type { CommanderError } from "commander";
import { Usage } from "./problem.ts";
import { commands } from "./table.ts";

/** What the parser's error means to whoever typed. */
export function misread({ code, message }: CommanderError, argv: readonly string[], isJson: boolean): Usage {
  const group = argv.find((word) => !word.startsWith("-"));
  if (code === "commander.help") return lacking(group);
  const text = message.replace(/^error: /u, "").replaceAll("\n", " ");
  const word = argv[argv.indexOf("--json") + 1];
  const isField = code === "commander.excessArguments" && isJson && word !== undefined && text.includes(word);
  if (isField) return new Usage(text, `One field alone is chosen by --json=${word}.`);
  const name = code === "commander.unknownCommand" ? undefined : commandOf(argv);
  return new Usage(
    text,
    name === undefined ? "hermod --help lists the commands." : `hermod ${name} --help says what it takes.`,
  );
}

/** The command that was typed. */
function commandOf(argv: readonly string[]): string | undefined {
  const words = argv.filter((word) => !word.startsWith("-"));
  return commands.find(({ name }) => name === words.slice(0, name.split(" ").length).join(" "))?.name;
}

function lacking(group: string | undefined): Usage {
  return group === undefined
    ? new Usage("no command was given", "hermod --help lists them.")
    : new Usage(`${group} needs a command after it`, `hermod ${group} --help lists them.`);
}
