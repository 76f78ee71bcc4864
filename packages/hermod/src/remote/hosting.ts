/** Hosting: a store for many clients: it greets them, lets them go on where their connection broke, and ends what nobody comes back to. */
import type { Cancel, Clock } from "../core/clock.ts";
import { Copier, defaultLimits, type PayloadLimits } from "../core/codec.ts";
import { show } from "../core/duration.ts";
import { HermodError, toRecord } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import { aText } from "../core/options.ts";
import type { Store } from "../core/store.ts";
import { bad, readFrames } from "./parcel.ts";
import { Outbox } from "./outbox.ts";
import { PROTOCOL, type Frame, type Hello, type Welcome } from "./protocol.ts";
import { sessionLimits, tooMany, type SessionLimits } from "./limits.ts";
import type { Guard } from "./guard.ts";
import { Presence } from "./presence.ts";
import { Session } from "./session.ts";
import type { Wire } from "./wire.ts";

/** How a store is hosted. */
export interface HostingParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** What a client may do, from what it says of itself and where it is. @throws HermodError for a client that may not come in. */
  readonly admit?: (hello: Hello, from: string | undefined) => Admission;
  /** How long a session waits for its client to come back, in milliseconds; default 30,000. */
  readonly patience?: number;
  /** Most requests of a client without an answer; default 10,000. */
  readonly credit?: number;
  /** Most sessions of one owner, default 10,000. */
  readonly sessions?: number;
  readonly limits?: PayloadLimits;
  readonly bounds?: SessionLimits;
  /** Hears what the store throws that nobody waits for; default nobody. */
  readonly failed?: (error: unknown) => void;
}

/** What a client that comes in may do. */
export interface Admission {
  /** Whose the session is: nobody else goes on with it. */
  readonly owner: string;
  readonly guard: Guard;
  /** Whose the idempotency keys are of what it sends: nobody else repeats them. Default everybody's. */
  readonly keys?: string | undefined;
  /** What the addresses of its systems must end with, behind a point; default nothing in particular. */
  readonly tag?: string | undefined;
  /** Calls `end` when it may do nothing any more. Returns the end of that. */
  readonly watch?: (end: (error: HermodError) => void) => () => void;
}

/** A connection of a client, from the store's side. */
export interface Guest {
  /** Takes one message of the client. */
  readonly hear: (text: string) => void;
  /** Takes one as it is, of a client in this process. */
  readonly take: (frames: readonly Frame[]) => void;
  /** The connection has ended. */
  readonly gone: () => void;
  /** Ends it from this side, and says before what was heard: nothing else was, or will be. */
  readonly leave: () => void;
}

export class Hosting {
  readonly #parts: HostingParts;
  readonly #sessions = new Map<string, Session>();
  /** What ends the sessions that have no connection. */
  readonly #waits = new Map<Session, Cancel>();
  /** What ends the watch over those that may come no more. */
  readonly #ends = new Map<Session, () => void>();
  /** How many sessions each owner has. */
  readonly #owned = new Map<string, number>();
  readonly #guests = new Set<() => void>();
  readonly #presence: Presence;

  constructor(parts: HostingParts) {
    this.#parts = parts;
    this.#presence = new Presence(parts.store, parts.clock, parts.failed);
  }

  /** The sessions that are open or waited for. */
  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** A client has connected. */
  connect(wire: Wire): Guest {
    return new Reception(wire, this.#parts.clock, this);
  }

  /** Ends all sessions, and the connections. */
  close(): void {
    for (const leave of [...this.#guests]) leave();
    for (const session of this.sessions) this.drop(session);
    this.#presence.close();
  }

  /** @internal Ends with the others; called again for one that has ended. */
  keep(end: () => void, isThere: boolean): void {
    if (isThere) this.#guests.add(end);
    else this.#guests.delete(end);
  }

  /** @internal The session of a client that has said hello. */
  greet(hello: Hello, from: string | undefined): { readonly session: Session; readonly welcome: Welcome } {
    const { store, clock, credit = 10_000, admit } = this.#parts;
    const admission = admit?.(hello, from) ?? free;
    const found = hello.session === undefined ? undefined : this.#sessions.get(hello.session);
    const known = found?.owner === admission.owner ? found : undefined;
    if (hello.session !== undefined && found === undefined) this.#presence.expectOthers();
    const session = known ?? this.#begin(admission, hello.client);
    session.guard = admission.guard;
    this.#waits.get(session)?.();
    this.#waits.delete(session);
    this.#ends.get(session)?.();
    const end = admission.watch?.((error) => this.#expel(session, error));
    if (end) this.#ends.set(session, end);
    const { level } = store;
    const resumed = known !== undefined;
    const { tag } = admission;
    const welcome = { welcome: PROTOCOL, session: session.id, resumed, credit, level, now: clock.now() };
    return { session, welcome: { ...welcome, ...(tag !== undefined && { tag }) } };
  }

  /** Its client may do nothing any more: it is told so, and all that it held is given back. */
  #expel(session: Session, error: HermodError): void {
    session.refuse(error);
    this.drop(session);
  }

  /** @internal The connection of a session has ended. */
  lost(session: Session, outbox: Outbox): void {
    if (!session.detach(outbox)) return;
    const { clock, patience = 30_000 } = this.#parts;
    this.#waits.set(
      session,
      clock.after(patience, () => this.drop(session), true),
    );
  }

  /** @internal A session has ended. */
  drop(session: Session): void {
    this.#waits.get(session)?.();
    this.#waits.delete(session);
    this.#ends.get(session)?.();
    this.#ends.delete(session);
    if (this.#sessions.delete(session.id)) this.#count(session.owner, -1);
    session.end();
  }

  #count(owner: string, change: number): void {
    const count = (this.#owned.get(owner) ?? 0) + change;
    if (count > 0) this.#owned.set(owner, count);
    else this.#owned.delete(owner);
  }

  /** Sessions that hold nothing and wait for nobody in particular make room first. */
  #makeRoom(owner: string): void {
    const { sessions = 10_000 } = this.#parts;
    if ((this.#owned.get(owner) ?? 0) < sessions) return;
    const idle = [...this.#waits.keys()].find((session) => session.owner === owner && session.isIdle);
    if (idle === undefined) throw tooMany("sessions", sessions);
    this.drop(idle);
  }

  #begin({ guard, owner, keys }: Admission, client: string | undefined): Session {
    this.#makeRoom(owner);
    const {
      store,
      clock,
      random,
      limits = defaultLimits,
      credit = 10_000,
      failed = () => undefined,
    } = this.#parts;
    const { bounds = sessionLimits } = this.#parts;
    const id = Array.from({ length: 4 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
    const parts = {
      store,
      clock,
      client,
      guard,
      owner,
      keys,
      credit,
      failed,
      copier: new Copier(limits),
      partCopier: new Copier({ ...limits, size: Infinity, keys: Infinity }, "part"),
      presence: this.#presence,
      limits: bounds,
    };
    this.#count(owner, 1);
    const session = new Session(id, parts);
    this.#sessions.set(id, session);
    return session;
  }
}

const free: Admission = { owner: "", guard: () => undefined };
/** How long a connection may say nothing of itself, in milliseconds. */
const GREETING = 10_000;

/** Reception: what one connection says, from its hello to its end. */
class Reception implements Guest {
  readonly #wire: Wire;
  readonly #clock: Clock;
  readonly #outbox: Outbox;
  readonly #hosting: Hosting;
  readonly #unheard: Cancel;
  #session: Session | undefined;
  #over = false;

  constructor(wire: Wire, clock: Clock, hosting: Hosting) {
    this.#wire = wire;
    this.#clock = clock;
    this.#outbox = new Outbox(clock, wire);
    this.#hosting = hosting;
    hosting.keep(this.leave, true);
    this.#unheard = clock.after(GREETING, () => this.#refuse(bad("no hello has come")), true);
  }

  readonly hear = (text: string): void => this.#takeAll(() => readFrames(text));

  readonly take = (frames: readonly Frame[]): void => this.#takeAll(() => frames);

  #takeAll(read: () => readonly Frame[]): void {
    if (this.#over) return;
    try {
      for (const frame of read()) {
        // What a client says whose connection has ended on the way is not heard.
        if (this.#over || this.#wire.isOpen?.() === false) return;
        this.#take(frame);
      }
    } catch (error) {
      this.#refuse(error);
    }
  }

  readonly gone = (): void => {
    if (this.#over) return;
    this.#leave();
    this.#outbox.end();
    if (this.#session) this.#hosting.lost(this.#session, this.#outbox);
  };

  readonly leave = (): void => {
    if (!this.#over && this.#session?.isCarriedBy(this.#outbox))
      this.#outbox.push(`{"seen":${this.#session.seen}}`);
    this.#outbox.flush();
    this.gone();
    this.#wire.close();
  };

  #leave(): void {
    this.#over = true;
    this.#unheard();
    this.#hosting.keep(this.leave, false);
  }

  #take(frame: Frame): void {
    const session = this.#session;
    if (session === undefined) return this.#greet(frame);
    // Its client has come back meanwhile, and says there again what it says here late.
    if (!session.isCarriedBy(this.#outbox)) return this.#wire.close();
    if (frame["ping"] !== undefined) return this.#pong(pingText(frame["ping"]));
    if (frame["bye"] === undefined) return session.receive(frame);
    this.#leave();
    this.#hosting.drop(session);
    this.#wire.close();
  }

  #pong(text: string): void {
    this.#outbox.push(`{"pong":${text},"now":${this.#clock.now()}}`);
  }

  #greet(frame: Frame): void {
    const { session, welcome } = this.#hosting.greet(toHello(frame), this.#wire.from);
    this.#session = session;
    this.#unheard();
    this.#outbox.push(JSON.stringify(welcome));
    session.attach(this.#outbox, (error) => this.#refuse(error));
  }

  /** Whoever says what cannot be understood is told so, and has to begin again. */
  #refuse(error: unknown): void {
    if (this.#over) return;
    this.#outbox.push(JSON.stringify({ refused: toRecord(error) }));
    this.#outbox.flush();
    this.gone();
    this.#wire.close();
  }
}

/** What is said back must be short: it is said as often as it was asked. */
function pingText(ping: unknown): string {
  const isShort = typeof ping === "string" ? ping.length <= 100 : typeof ping === "number";
  if (isShort) return JSON.stringify(ping);
  throw bad("a ping is a number, or text of at most 100 characters");
}

function toHello(frame: Frame): Hello {
  const { hello, session, token, client } = frame;
  if (hello === undefined) throw bad("the first frame is a hello");
  if (hello !== PROTOCOL)
    throw new HermodError(
      "HERMOD_PROTOCOL",
      `this hub speaks version ${PROTOCOL}, the client ${show(hello)}`,
      {
        details: { spoken: PROTOCOL, received: hello },
        hint: "Use the same version of Hermod on both sides.",
      },
    );
  return {
    hello,
    ...(session !== undefined && { session: aText("session", session) }),
    ...(token !== undefined && { token: aText("token", token) }),
    ...(client !== undefined && { client: aText("client", client) }),
  };
}
