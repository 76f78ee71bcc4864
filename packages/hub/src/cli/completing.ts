/**
 * Completing: what may be typed next: commands, options and their words, and names and ids that the hub knows. A shell asks at each
 * key: what takes too long, or fails, gives nothing.
 */
import type { Ends } from "./io.ts";
import { createProgram } from "./program.ts";
import { commands, type CommandSpec } from "./table.ts";

/** A word, and what it is. */
export type Candidate = readonly [word: string, about: string];

/** How long the hub may take, in milliseconds. */
const PATIENCE = 150;

/** Words of options that have few. */
const choices: Readonly<Record<string, readonly string[]>> = {
  "--output": ["table", "json", "ndjson", "csv"],
  "--progress": ["text", "json", "none"],
  "--as": ["sequence", "timeline", "mermaid", "json"],
  "--priority": ["low", "normal", "high", "urgent"],
  "--kind": ["system", "person", "agent"],
  "--log-level": ["debug", "info", "warn", "error", "silent"],
};

/** What may stand where the last of these words stands; `ask` gets what the hub alone knows. */
export async function candidates(
  words: readonly string[],
  ask: (path: string) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  const typed = words.slice(0, -1);
  const last = words.at(-1) ?? "";
  const spec = commands.find(({ name }) => name === typed.slice(0, name.split(" ").length).join(" "));
  const all = spec === undefined ? nextWords(typed) : await inside(spec, typed, last, ask);
  return all.filter(([word]) => word.startsWith(last) && isPlain(word));
}

/** A name of somebody else's must not mean anything to the shell. */
function isPlain(word: string): boolean {
  return /^[\p{L}\p{N}_.:/@+,=-]+$/u.test(word);
}

function nextWords(typed: readonly string[]): readonly Candidate[] {
  const program = createProgram(
    () => Promise.resolve(),
    () => undefined,
  );
  const [group, ...more] = typed;
  const above = group === undefined ? program : program.commands.find((each) => each.name() === group);
  if (above === undefined || more.length > 0 || (group !== undefined && above.commands.length === 0))
    return [];
  return above.commands.map((each) => [each.name(), each.description()]);
}

async function inside(
  spec: CommandSpec,
  typed: readonly string[],
  last: string,
  ask: (path: string) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  const rest = typed.slice(spec.name.split(" ").length);
  const options = optionsOf(spec);
  const wanting = (word: string | undefined) =>
    options.find(
      ({ short, long, required }) => required && word !== undefined && [short, long].includes(word),
    );
  const before = wanting(rest.at(-1));
  if (before) return valuesOf(before.long ?? "", spec, last, ask);
  if (last.startsWith("-"))
    return options.flatMap(({ long, description }) => (long ? [[long, description] as const] : []));
  const places = (spec.args ?? "").split(" ").map((each) => each.replaceAll(/[<>[\]]/gu, ""));
  const filled = rest.filter((word, at) => !word.startsWith("-") && wanting(rest[at - 1]) === undefined);
  return namesFor(spec, places[filled.length] ?? "", filled, ask);
}

function optionsOf({ name }: CommandSpec) {
  const [first, second] = name.split(" ");
  const program = createProgram(
    () => Promise.resolve(),
    () => undefined,
  );
  const above = program.commands.find((each) => each.name() === first);
  const command = second === undefined ? above : above?.commands.find((each) => each.name() === second);
  return command?.options.filter(({ hidden }) => !hidden) ?? [];
}

async function valuesOf(
  option: string,
  { fields = [] }: CommandSpec,
  last: string,
  ask: (path: string) => Promise<readonly Candidate[]>,
): Promise<readonly Candidate[]> {
  if (option === "--agent") return ask("agents");
  if (option === "--context") return ask("contexts");
  if (option !== "--fields") return (choices[option] ?? []).map((word) => [word, ""]);
  const chosen = last.split(",").slice(0, -1);
  return fields.filter((each) => !chosen.includes(each)).map((each) => [[...chosen, each].join(), ""]);
}

/** What the hub is asked for, by the command's group and the place. */
function namesFor(
  { name }: CommandSpec,
  place: string,
  [agent = ""]: readonly string[],
  ask: (path: string) => Promise<readonly Candidate[]>,
): readonly Candidate[] | Promise<readonly Candidate[]> {
  const [group = ""] = name.split(" ");
  if (place === "agent" || (place === "name" && ["agents", "mailbox"].includes(group))) return ask("agents");
  if (place === "operation") return ask(`operations ${agent}`);
  if (place === "name" && group === "context" && name !== "context set") return ask("contexts");
  if (place === "shell") return ["bash", "zsh", "fish"].map((word) => [word, ""]);
  return place === "id" ? ask(group) : [];
}

/** Answers a shell: a line for each candidate, with what it is behind a tab. */
export async function complete(
  words: readonly string[],
  place: Pick<Ends, "env" | "folder">,
): Promise<string> {
  const { asking } = await import("./completions.ts");
  const found = await candidates(words, (what) => asking(what, words, place, PATIENCE).catch(() => []));
  return found.map(([word, about]) => `${word}\t${about}\n`).join("");
}
