/**
 * Compare: what was said before a power failure against what the image holds. Lost is what was confirmed and is not so; wrong is
 * what cannot be at any durability: half a transaction, an unknown message, a hole before something later.
 */
import { outputOf } from "../workload/letter.ts";
import { nameOf, sentOf, type At, type Step, type Trail } from "../history/trail.ts";

/** What an image holds. */
export interface Found {
  /** The names of the messages that wait, by mailbox. */
  readonly waiting: ReadonlyMap<string, ReadonlySet<string>>;
  /** Messages whose text is not that of their name. */
  readonly disturbed: readonly string[];
  /** The keyed states. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

interface Compared {
  readonly lost: readonly string[];
  /** How many of them are confirmed ends that are forgotten: those messages would be handed out again. */
  readonly again: number;
  readonly wrong: readonly string[];
  readonly confirmed: number;
}

type Trails = ReadonlyMap<string, Trail>;

export function compare(trails: Trails, found: Found): Compared {
  const all = [...trails.values()];
  const forgotten = all
    .filter((trail) => isEnded(trail, "ok") && waits(trail, found))
    .map((trail) => `the end of ${name(trail)}`);
  const gone = all.filter((trail) => isOwed(trail) && !waits(trail, found));
  const missing = missingMembers(all, found);
  return {
    confirmed: all.filter((trail) => isOwed(trail) || isEnded(trail, "ok")).length,
    lost: [...gone.map(name), ...forgotten, ...missing],
    again: forgotten.length,
    wrong: [
      ...found.disturbed.map((id) => `${id} is disturbed`),
      ...unknown(trails, found),
      ...holes(all, gone, found),
      ...halves(trails, found),
    ],
  };
}

const name = ({ id, mailbox }: Trail): string => nameOf(id, mailbox);
const waits = ({ id, mailbox }: Trail, { waiting }: Found): boolean => waiting.get(mailbox)?.has(id) ?? false;

const isEnd = ({ event }: At<Step>): boolean =>
  event.kind !== "handled" && event.kind !== "extended" && event.kind !== "returned";

/** Its end was asked for ("invoke"), or confirmed ("ok"). */
function isEnded({ steps }: Trail, phase: "invoke" | "ok"): boolean {
  return steps.some((step) => isEnd(step) && (!("phase" in step.event) || step.event.phase === phase));
}

/** Confirmed, and nobody has begun to end it. */
function isOwed(trail: Trail): boolean {
  return sentOf(trail) === "confirmed" && !isEnded(trail, "invoke") && !isEnded(trail, "ok");
}

/** Confirmed acks of transactional handlers whose state does not know of them. */
function missingMembers(all: readonly Trail[], { lists }: Found): readonly string[] {
  const members = new Set([...lists.values()].flat());
  const acked = all.filter(
    ({ mailbox, steps }) =>
      mailbox === "ledger" && steps.some(({ event }) => event.kind === "acked" && event.phase === "ok"),
  );
  return acked.filter(({ id }) => !members.has(id)).map(({ id }) => `the state of ${id}`);
}

function unknown(trails: Trails, { waiting }: Found): readonly string[] {
  return [...waiting].flatMap(([mailbox, ids]) =>
    [...ids]
      .filter((id) => !trails.has(nameOf(id, mailbox)))
      .map((id) => `${nameOf(id, mailbox)} was never sent`),
  );
}

/** What is lost is a suffix: nothing that was sent after the confirmation of a lost message is there. */
function holes(all: readonly Trail[], gone: readonly Trail[], found: Found): readonly string[] {
  const confirmed = gone.map(({ sends }) => sends.find(({ event }) => event.phase === "ok")?.at ?? Infinity);
  const first = Math.min(...confirmed);
  const later = all.filter((trail) => (trail.sends[0]?.at ?? -1) > first && waits(trail, found));
  return later
    .slice(0, 1)
    .map((trail) => `${name(trail)} is there, and one confirmed before it was sent is not`);
}

/** A transactional message waits, or is in its state and has its output: never both, never neither of the two. */
function halves(trails: Trails, found: Found): readonly string[] {
  const wrong: string[] = [];
  for (const [key, list] of found.lists) {
    if (new Set(list).size < list.length) wrong.push(`${key} holds a message twice`);
    for (const id of list) {
      const trail = trails.get(nameOf(id, "ledger"));
      const output = trails.get(nameOf(outputOf(id), "outbox"));
      if (trail === undefined || output === undefined) wrong.push(`${key} holds ${id}, which nobody handled`);
      else if (waits(trail, found)) wrong.push(`${id} is in ${key}, and waits`);
      else if (!waits(output, found) && !isEnded(output, "invoke"))
        wrong.push(`${id} is in ${key}, without its output`);
    }
  }
  const members = new Set([...found.lists.values()].flat());
  for (const output of found.waiting.get("outbox") ?? []) {
    const id = output.slice(0, -outputOf("").length);
    const task = trails.get(nameOf(id, "scribe"));
    if (task && waits(task, found)) wrong.push(`${output} is there, and its cause waits`);
    if (!task && !members.has(id)) wrong.push(`${output} is there, and its cause not in the state`);
  }
  return wrong;
}
