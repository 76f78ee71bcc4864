/** Places: the trees of all systems as lines: those whose places above are open, or that lead to what is looked for. */
import type { Child, SystemStatus } from "../../api/types.ts";
import { countText, spanText } from "../../parts/text.ts";

export interface Line {
  /** Names it among all: the names above it and its own. */
  readonly id: string;
  readonly level: number;
  readonly name: string;
  readonly system: string;
  /** Absent for the system itself. */
  readonly place: Child | undefined;
  /** What stands above it, where that is no system. */
  readonly parent: Child | undefined;
  readonly client: string;
  readonly answers: boolean;
  readonly hasChildren: boolean;
  readonly isOpen: boolean;
  /** Of how many it is one, and which; for who hears the tree. */
  readonly position: number;
  readonly siblings: number;
  /** How many below it do badly, itself aside. */
  readonly ill: number;
}

export type Tone = "good" | "warn" | "bad" | "quiet";

export function childTone({ state, paused = false }: Child): Tone {
  if (state === "failed") return "bad";
  if (state === "starting") return "warn";
  return paused || state === "stopped" ? "quiet" : "good";
}

export function childWord({ state, paused = false }: Child): string {
  return paused && state === "running" ? "paused" : state;
}

/** What was started again or does not run is not well. */
export function isIll({ state, restarts = 0 }: Child): boolean {
  return state === "failed" || state === "starting" || restarts > 0;
}

export interface Wish {
  /** Words; each must stand in the name, the type, the state or the error. */
  readonly words: string;
  /** Only what is not well, with what is above it. */
  readonly onlyIll: boolean;
  readonly folded: ReadonlySet<string>;
}

/** A place with those below it that are wanted. */
interface Branch {
  readonly id: string;
  readonly place: Child;
  readonly below: readonly Branch[];
  readonly ill: number;
}

export function toLines(systems: readonly SystemStatus[], wish: Wish): readonly Line[] {
  const words = wish.words
    .toLowerCase()
    .split(/\s+/u)
    .filter((word) => word !== "");
  const seeks = words.length > 0 || wish.onlyIll;
  const roots = systems.map((system) => ({
    system,
    below: branches(system.tree ?? [], system.system, words, wish.onlyIll),
  }));
  const shown = roots.filter(
    ({ system, below }) => !seeks || below.length > 0 || fitsSystem(system, words, wish.onlyIll),
  );
  const lines: Line[] = [];
  for (const [at, { system, below }] of shown.entries()) {
    const { system: id, client = "", answers } = system;
    const shared = { system: id, client, answers };
    const isOpen = !wish.folded.has(id);
    lines.push({
      ...{
        ...shared,
        id,
        level: 1,
        name: client === "" ? id : client,
        place: undefined,
        parent: undefined,
        isOpen,
      },
      ...{ hasChildren: below.length > 0, position: at + 1, siblings: shown.length, ill: sumOf(below) },
    });
    if (isOpen) addLines(lines, below, 2, shared, wish.folded, undefined);
  }
  return lines;
}

function addLines(
  lines: Line[],
  below: readonly Branch[],
  level: number,
  shared: Pick<Line, "system" | "client" | "answers">,
  folded: ReadonlySet<string>,
  parent: Child | undefined,
): void {
  for (const [at, { id, place, below: inner, ill }] of below.entries()) {
    const isOpen = !folded.has(id);
    lines.push({
      ...{ ...shared, id, level, name: place.name, place, parent, isOpen, hasChildren: inner.length > 0 },
      ...{ position: at + 1, siblings: below.length, ill: ill - (isIll(place) ? 1 : 0) },
    });
    if (isOpen) addLines(lines, inner, level + 1, shared, folded, place);
  }
}

/** Those that are wanted, and those that lead to them; below what is found by its name everything. */
function branches(
  places: readonly Child[],
  above: string,
  words: readonly string[],
  onlyIll: boolean,
): readonly Branch[] {
  return places.flatMap((place) => {
    const id = `${above}\n${place.name}`;
    const isFound = fits(place, words);
    const below = branches(place.children ?? [], id, isFound ? [] : words, onlyIll);
    if (below.length === 0 && (!isFound || (onlyIll && !isIll(place)))) return [];
    return [{ id, place, below, ill: sumOf(below) + (isIll(place) ? 1 : 0) }];
  });
}

const sumOf = (below: readonly Branch[]): number => below.reduce((sum, { ill }) => sum + ill, 0);

function fits({ name, type, error, ...place }: Child, words: readonly string[]): boolean {
  const text =
    `${name} ${type} ${childWord({ name, type, ...place })} ${error?.message ?? ""} ${error?.code ?? ""}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

function fitsSystem(
  { system, client = "", answers }: SystemStatus,
  words: readonly string[],
  onlyIll: boolean,
): boolean {
  if (onlyIll && answers) return false;
  const text = `${system} ${client}`.toLowerCase();
  return words.every((word) => text.includes(word));
}

/** All names below a place. */
export function namesBelow({ children = [] }: Child): readonly string[] {
  return children.flatMap((child) => [child.name, ...namesBelow(child)]);
}

/** Who is started again with a place: all below it, and those beside it that its supervisor's strategy takes along. */
export function affectedBy(place: Child, parent: Child | undefined): readonly string[] {
  const { strategy, children = [] } = parent ?? {};
  const at = children.findIndex(({ name }) => name === place.name);
  const beside = children.filter(
    (_, number) =>
      number !== at && (strategy === "one-for-all" || (strategy === "rest-for-one" && number > at)),
  );
  return [...namesBelow(place), ...beside.flatMap((each) => [each.name, ...namesBelow(each)])];
}

/** "1 of 3 in 5 s" of a supervisor, else how often it was started again. */
export function restartsText({ restarts = 0, intensity, type }: Child): string {
  if (intensity === undefined || type === "agent") return countText(restarts);
  return `${intensity.used} of ${intensity.restarts} in ${spanText(intensity.period)}`;
}
