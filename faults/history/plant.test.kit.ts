/** Plants: turn a right history into one with a fault of a known class; undefined where it has no place for it. */
import type { Acked, Event, Handled, Read, Send } from "./event.ts";
import type { Draw } from "../random.ts";
import type { Fault } from "./verdict.ts";

type History = readonly Event[];
type Plant = (history: History, draw: Draw) => History | undefined;

/** A random event of those that fit, with its place. */
function any<E extends Event>(
  history: History,
  draw: Draw,
  fits: (event: Event, at: number) => boolean,
): readonly [event: E, at: number] | undefined {
  const places = [...history.keys()].filter((at) => fits(history[at] as Event, at));
  const at = places[draw(Math.max(1, places.length))];
  return at === undefined ? undefined : [history[at] as E, at];
}

const isAcked = (event: Event): event is Acked => event.kind === "acked" && event.phase === "ok";
const insert = (history: History, at: number, ...events: readonly Event[]): History =>
  history.toSpliced(at, 0, ...events);
const ofMessage = (event: Event, id: string): boolean =>
  "id" in event && event.id === id && event.kind !== "send";

/** The plain ones: confirmed, in one mailbox, nothing built on them. */
function plain(history: History, draw: Draw): readonly [event: Acked, at: number] | undefined {
  return any<Acked>(
    history,
    draw,
    (event) =>
      isAcked(event) &&
      event.mailbox === "box" &&
      history.some(
        (one) => one.kind === "send" && one.id === event.id && one.phase === "ok" && one.to.length === 1,
      ),
  );
}

const again = (event: Acked | Handled, token: number): Handled => ({
  kind: "handled",
  id: event.id,
  mailbox: event.mailbox,
  process: event.process,
  time: event.time,
  token,
  attempt: 9,
  message: event.id,
});

/** All traces of one message but its send. */
const lose: Plant = (history, draw) => {
  const found = plain(history, draw);
  return found && history.filter((event) => !ofMessage(event, found[0].id));
};

export const plants: Readonly<Record<string, readonly [readonly Fault[], Plant]>> = {
  "a confirmed message is gone": [["LOST_PREFIX", "LOST_MIDDLE", "LOST_SUFFIX"], lose],
  "what was sent was never sent": [
    ["UNEXPECTED"],
    (history, draw) => {
      const found = plain(history, draw);
      return found && history.filter((event) => event.kind !== "send" || event.id !== found[0].id);
    },
  ],
  "it comes again after its ack": [
    ["ACKED_THEN_REDELIVERED"],
    (history, draw) => {
      const found = plain(history, draw);
      return found && insert(history, found[1] + 1, again(found[0], 1e6));
    },
  ],
  "it comes again before the answer to its ack": [
    ["DUPLICATE_UNEXPLAINED"],
    (history, draw) => {
      const found = plain(history, draw);
      return found && insert(history, found[1], again(found[0], 1e6));
    },
  ],
  "two hold it": [
    ["LEASE_OVERLAP"],
    (history, draw) => {
      const found = any<Handled>(
        history,
        draw,
        (event) => event.kind === "handled" && !isBack(history, event.id),
      );
      return found && insert(history, found[1] + 1, again(found[0], found[0].token));
    },
  ],
  "an ack of an old token is taken": [
    ["STALE_ACK_ACCEPTED"],
    (history, draw) => {
      const found = any<Handled>(history, draw, (event) => event.kind === "handled");
      if (found === undefined) return undefined;
      const { id, mailbox, process, time } = found[0];
      const old = { kind: "acked", id, mailbox, process, time, token: -1 } as const;
      return insert(history, found[1] + 1, { ...old, phase: "invoke" }, { ...old, phase: "ok" });
    },
  ],
  "a state holds one twice": [
    ["DOUBLE_EFFECT"],
    (history, draw) => {
      const found = any<Read>(
        history,
        draw,
        (event, at) => event.kind === "read" && event.list.length > 0 && at === history.length - 2,
      );
      return (
        found && history.with(found[1], { ...found[0], list: [...found[0].list, found[0].list[0] as string] })
      );
    },
  ],
  "a state lacks one": [
    ["HALF_EFFECT"],
    (history, draw) => {
      const found = any<Read>(
        history,
        draw,
        (event, at) => event.kind === "read" && at === history.length - 2,
      );
      const last = found?.[0].list.at(-1);
      const isKnown = history.some((event) => isAcked(event) && event.id === last && event.key !== undefined);
      return found && isKnown
        ? history.with(found[1], { ...found[0], list: found[0].list.slice(0, -1) })
        : undefined;
    },
  ],
  "a reading of another order": [
    ["FORKED_STATE"],
    (history, draw) => {
      const found = any<Read>(
        history,
        draw,
        (event, at) => event.kind === "read" && event.list.length > 1 && at === history.length - 2,
      );
      return found && insert(history, found[1], { ...found[0], list: found[0].list.toReversed() });
    },
  ],
  "two of a lane change places": [["REORDERED"], swapSends],
  "a second answer": [
    ["GHOST_REPLY"],
    (history, draw) => {
      const found = any<Event>(history, draw, (event) => event.kind === "reply");
      return found && insert(history, found[1] + 1, { ...found[0], message: "other" } as Event);
    },
  ],
  "it waits too long": [
    ["STUCK"],
    (history, draw) => {
      const found = plain(history, draw);
      if (found === undefined) return undefined;
      const { process, time } = history.at(-1) as Event;
      return [
        ...history,
        { kind: "idle", process, time: time + 5000, mailbox: "box", waiting: [found[0].id] },
      ];
    },
  ],
  "a dead letter of what is done": [
    ["PHANTOM_DEAD_LETTER"],
    (history, draw) => {
      const found = plain(history, draw);
      if (found === undefined) return undefined;
      const { id, mailbox, process, time } = found[0];
      return insert(history, found[1] + 1, {
        kind: "dead-lettered",
        phase: "ok",
        id,
        mailbox,
        process,
        time,
      });
    },
  ],
};

/** Two that were handed out one after the other and never again: their sends are said to have been the other way round. */
function swapSends(history: History, draw: Draw): History | undefined {
  const once = (id: string): boolean =>
    history.filter((event) => event.kind === "handled" && event.id === id).length === 1 &&
    !isBack(history, id);
  const firsts = history.filter((event): event is Send => event.kind === "send" && event.phase === "invoke");
  const fits = firsts.filter(
    ({ id, to, cause }) => cause === undefined && to.length === 1 && to[0] === "box" && once(id),
  );
  const one = fits[draw(Math.max(1, fits.length))];
  const two = fits.find(
    (other) =>
      one !== undefined && other !== one && other.lane === one.lane && isSameLife(history, one, other),
  );
  if (one === undefined || two === undefined) return undefined;
  const renamed = (id: string): string => (id === one.id ? two.id : id === two.id ? one.id : id);
  return history.map((event) => (event.kind === "send" ? { ...event, id: renamed(event.id) } : event));
}

/** It was given back, or its ack was not carried out. */
function isBack(history: History, id: string): boolean {
  const isBackBy = (event: Event): boolean =>
    event.kind === "returned" ||
    event.kind === "lease-expired" ||
    (event.kind === "acked" && event.phase === "fail");
  return history.some((event) => isBackBy(event) && ofMessage(event, id));
}

function isSameLife(history: History, one: Send, two: Send): boolean {
  const placeOf = ({ id }: Send): number =>
    history.findIndex((event) => event.kind === "handled" && event.id === id);
  const [from, to] = [placeOf(one), placeOf(two)].toSorted((a, b) => a - b) as [number, number];
  return !history.slice(from, to).some(({ kind }) => kind === "restart");
}
