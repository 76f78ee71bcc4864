/**
 * Circles: agents of several processes that wait for one another, each at work on a message of another origin. Whoever has waited for a while asks
 * those who serve the agent what holds its call up, and those who serve what that waits for, until somebody can go on or the way comes back. Each
 * place is asked twice: what was there both times was there in between, all at the same time, so that what is found is no echo of what has passed.
 */
import { mailboxOf, type Address } from "../core/address.ts";
import { circleOf, tangleOf } from "../core/circle.ts";
import type { Cancel } from "../core/clock.ts";
import { isCallBack, type Envelope } from "../core/envelope.ts";
import type { Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import { agentsOf, heldUp, type Held, type Waiting, type Workers } from "./deadlock.ts";
import type { Running } from "./instance.ts";
import type { Timer, Timers } from "./timers.ts";

/** A handler, as another process knows it: one name while it runs, and the calls whose outcome it waits for. */
export interface WaitingHandler {
  readonly name: string;
  readonly calls: readonly Waiting[];
}

/** What one process says of a call. */
export interface HeldUp {
  readonly by: Held["by"];
  readonly handlers: readonly WaitingHandler[];
}

/** What circles need. */
export interface CircleParts {
  readonly store: Store;
  readonly timers: Timers;
  readonly registry: Workers;
  readonly self: Address;
  /** Asks another system what holds a call up. */
  readonly ask: (system: Address, call: Waiting) => Promise<HeldUp>;
}

/** Who waits for whom, by the ids of calls and the names of handlers. */
interface Picture {
  readonly blockers: Map<string, readonly string[]>;
  readonly calls: Map<string, readonly Waiting[]>;
}

/** Calls of which none can go on: those on the way from one back to its asker, and the ids of all that it waits for, itself too. */
interface Circle {
  readonly way: readonly Waiting[];
  readonly all: readonly string[];
  /** Whether its asker is held up by it, too. */
  readonly isOwn: boolean;
}

/** How long a call has waited before it is looked after, in milliseconds. */
const PATIENCE = 1000;
/** After how long, and how often, a call is looked after anew where something could not be known, in milliseconds. */
const AGAIN = 10_000;
const LOOKS = 4;
/** Calls that are asked about for one. */
const MOST = 1000;

export class Circles {
  readonly #parts: CircleParts;
  /** True where other processes share the store: one that may be gone is elsewhere. */
  readonly isShared: boolean;

  constructor(parts: CircleParts) {
    this.#parts = parts;
    this.isShared = parts.store.whenGone !== undefined;
  }

  /** What holds a call up in this process. */
  heldUp(call: Waiting): HeldUp {
    const { by, runs } = heldUp(this.#parts.registry, call);
    return { by, handlers: runs.map((run) => ({ name: nameOf(run), calls: callsOf(run) })) };
  }

  /** Looks after a call that a handler waits for, and tells of the circle that it stands in. Returns the end of that. */
  watch(asker: Running, call: Envelope, found: (agents: readonly Address[]) => void): Cancel {
    const { timers } = this.#parts;
    if (!this.isShared || !isFollowed(call)) return () => undefined;
    let isOver = false;
    const lookIn = (time: number, looks: number, before?: string): Timer =>
      timers.set(time, () => void look(looks, before));
    const look = async (looks: number, before?: string): Promise<void> => {
      const circle = await this.#find(asker, call);
      if (isOver) return;
      if (circle === undefined && looks < LOOKS) timer = lookIn(AGAIN, looks + 1, before);
      if (circle === undefined || circle.way.length === 0) return;
      const wait = patienceOf(circle, call);
      if (wait === 0 || nameOfAll(circle) === before) found(agentsOf(circle.way));
      else timer = lookIn(wait, looks, nameOfAll(circle));
    };
    let timer = lookIn(PATIENCE, 1);
    return () => {
      isOver = true;
      timer.done();
    };
  }

  /** The agents of the circle that a call of this handler stands in, or would close; empty where there is none, or it is not known. */
  async agentsAround(asker: Running, call: Envelope): Promise<readonly Address[]> {
    return agentsOf((await this.#find(asker, call))?.way ?? []);
  }

  /** Undefined where somebody does not answer, or it is not known who is to be asked: the call goes on to wait. */
  async #find(asker: Running, call: Envelope): Promise<Circle | undefined> {
    try {
      const first = await this.#look(asker, call);
      const found = circleIn(first, asker, call);
      return found.way.length === 0
        ? found
        : circleIn(inBoth(first, await this.#look(asker, call)), asker, call);
    } catch {
      return undefined;
    }
  }

  async #look(asker: Running, call: Envelope): Promise<Picture> {
    const picture: Picture = { blockers: new Map(), calls: new Map([[nameOf(asker), [toWaiting(call)]]]) };
    const { blockers, calls } = picture;
    for (let next: readonly Waiting[] = [toWaiting(call)]; next.length > 0 && blockers.size < MOST;) {
      const said = await Promise.all(next.map((each) => this.#handlersBefore(each)));
      next.forEach(({ id }, at) => blockers.set(id, said[at]?.map(({ name }) => name) ?? []));
      const fresh = said.flat().filter(({ name }) => !calls.has(name));
      for (const handler of fresh) calls.set(handler.name, handler.calls);
      next = uniqueOf(fresh.flatMap((handler) => handler.calls)).filter(({ id }) => !blockers.has(id));
    }
    return picture;
  }

  /** Who must end before a call can, in all processes that serve its agent; nobody where one of them may take it. */
  async #handlersBefore(call: Waiting): Promise<readonly WaitingHandler[]> {
    const { store, self } = this.#parts;
    const mailbox = mailboxOf(call.to as Address);
    const { items } = await ask("read", () => store.read({ type: "counts", mailbox }));
    if (items[0]?.served !== true) return [];
    const { servers } = items[0];
    if (servers === undefined) throw new TypeError(`it is not known who serves ${mailbox}`);
    const said = await Promise.all(
      servers.map(async (system) => (system === self ? this.heldUp(call) : this.#parts.ask(system, call))),
    );
    return handlersOf(said);
  }
}

/** Whoever works on a call knows best; a key is held for all, and a place that is free anywhere is free. */
function handlersOf(said: readonly HeldUp[]): readonly WaitingHandler[] {
  const by = (wanted: Held["by"]): readonly HeldUp[] => said.filter((each) => each.by === wanted);
  const known = by("handler").length > 0 ? by("handler") : by("anything").length > 0 ? [] : by("apart");
  if (known.length > 0) return known.flatMap(({ handlers }) => handlers);
  return by("places").length === said.length ? said.flatMap(({ handlers }) => handlers) : [];
}

function circleIn({ blockers, calls }: Picture, asker: Running, call: Envelope): Circle {
  const known = new Map([...calls.values()].flat().map((each) => [each.id, each]));
  const graph = {
    callsOf: (name: string) => (calls.get(name) ?? []).map(({ id }) => id),
    blockersOf: (id: string) => blockers.get(id) ?? [],
  };
  const way = circleOf(graph, nameOf(asker), call.id).map((id) => known.get(id) as Waiting);
  const { calls: all, holdsAsker } = tangleOf(graph, nameOf(asker), call.id);
  return { way, all, isOwn: holdsAsker };
}

/**
 * How long a call gives others time to end, in milliseconds: of all that wait for one another the youngest ends at once, so that one ends and not each that
 * finds a way of its own. One that only waits for them waits.
 */
function patienceOf({ all, isOwn }: Circle, call: Envelope): number {
  const younger = all.filter((id) => id > call.id).length;
  return PATIENCE * (isOwn ? younger : younger + 1);
}

/** What is the same as before has not been ended by whom it was left to. */
function nameOfAll({ all }: Circle): string {
  return all.toSorted().join(" ");
}

/** What both pictures show: calls that are held up by the same handlers, and handlers that wait for the same calls. */
function inBoth(one: Picture, other: Picture): Picture {
  const isSame = (id: string, names: readonly string[]): boolean =>
    new Set(names).symmetricDifference(new Set(other.blockers.get(id))).size === 0;
  const waits = (name: string, { id }: Waiting): boolean =>
    other.calls.get(name)?.some((each) => each.id === id) === true;
  return {
    blockers: new Map([...one.blockers].filter(([id, names]) => isSame(id, names))),
    calls: new Map([...one.calls].map(([name, all]) => [name, all.filter((each) => waits(name, each))])),
  };
}

function uniqueOf(calls: readonly Waiting[]): readonly Waiting[] {
  return [...new Map(calls.map((call) => [call.id, call])).values()];
}

function nameOf({ claim, envelope }: Running): string {
  return `${claim.token} ${envelope.id}`;
}

function callsOf({ waitsFor }: Running): readonly Waiting[] {
  return waitsFor.filter(isFollowed).map(toWaiting);
}

/** A call back has a lane of its own, and one with a key may wait for what another has asked. */
function isFollowed(call: Envelope): boolean {
  return !isCallBack(call) && call.idempotencyKey === undefined;
}

function toWaiting({ id, to, verb, conversationId }: Envelope): Waiting {
  return { id, to, verb, conversationId };
}
