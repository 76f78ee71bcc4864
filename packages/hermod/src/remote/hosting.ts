/** Hosting: a store for many clients: it greets them, lets them go on where their connection broke, and ends what nobody comes back to. */
import type { Address } from "../core/address.ts";
import type { Cancel, Clock } from "../core/clock.ts";
import { Copier, type PayloadLimits } from "../core/codec.ts";
import { show } from "../core/duration.ts";
import { HermodError, toRecord } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import { aText } from "../core/options.ts";
import type { Store } from "../core/store.ts";
import { bad, readFrames } from "./parcel.ts";
import { Outbox } from "./outbox.ts";
import { PROTOCOL, type Frame, type Hello, type Welcome } from "./protocol.ts";
import { Session, type Guard, type Presence } from "./session.ts";
import type { Wire } from "./wire.ts";

/** How a store is hosted. */
export interface HostingParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  /** What a client may do, from what it says of itself. @throws HermodError for a client that may not come in. */
  readonly admit?: (hello: Hello) => Guard;
  /** How long a session waits for its client to come back, in milliseconds; default 30,000. */
  readonly patience?: number;
  /** Most requests of a client without an answer; default 10,000. */
  readonly credit?: number;
  readonly limits?: PayloadLimits;
  /** Hears what the store throws that nobody waits for; default nobody. */
  readonly failed?: (error: unknown) => void;
}

/** A connection of a client, from the store's side. */
export interface Guest {
  /** Takes one message of the client. */
  readonly hear: (text: string) => void;
  /** The connection has ended. */
  readonly gone: () => void;
}

export class Hosting {
  readonly #parts: HostingParts;
  readonly #sessions = new Map<string, Session>();
  /** What ends the sessions that have no connection. */
  readonly #waits = new Map<Session, Cancel>();
  readonly #served = new Map<Address, number>();

  constructor(parts: HostingParts) {
    this.#parts = parts;
  }

  /** The sessions that are open or waited for. */
  get sessions(): readonly Session[] {
    return [...this.#sessions.values()];
  }

  /** A client has connected. */
  connect(wire: Wire): Guest {
    return new Reception(wire, new Outbox(this.#parts.clock, wire), this);
  }

  /** Ends all sessions. */
  close(): void {
    for (const session of this.sessions) this.drop(session);
  }

  /** @internal The session of a client that has said hello. */
  greet(hello: Hello): { readonly session: Session; readonly welcome: Welcome } {
    const { store, credit = 10_000, admit } = this.#parts;
    const guard = admit?.(hello) ?? free;
    const known = hello.session === undefined ? undefined : this.#sessions.get(hello.session);
    const session = known ?? this.#begin(guard, hello.client);
    this.#waits.get(session)?.();
    this.#waits.delete(session);
    const { level } = store;
    const resumed = known !== undefined;
    return { session, welcome: { welcome: PROTOCOL, session: session.id, resumed, credit, level } };
  }

  /** @internal The connection of a session has ended. */
  lost(session: Session, send: (text: string) => void): void {
    if (!session.detach(send)) return;
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
    this.#sessions.delete(session.id);
    session.end();
  }

  #begin(guard: Guard, client: string | undefined): Session {
    const { store, random, limits, credit = 10_000, failed = () => undefined } = this.#parts;
    const id = Array.from({ length: 4 }, () =>
      Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
    const parts = {
      store,
      client,
      guard,
      credit,
      failed,
      copier: new Copier(limits),
      presence: this.#presence(),
    };
    const session = new Session(id, parts);
    this.#sessions.set(id, session);
    return session;
  }

  #presence(): Presence {
    const served = this.#served;
    return {
      enter: (mailbox) => void served.set(mailbox, (served.get(mailbox) ?? 0) + 1),
      leave: (mailbox) => {
        const left = (served.get(mailbox) ?? 1) - 1;
        if (left > 0) served.set(mailbox, left);
        else served.delete(mailbox);
        return left <= 0;
      },
    };
  }
}

const free: Guard = () => undefined;

/** Reception: what one connection says, from its hello to its end. */
class Reception implements Guest {
  readonly #wire: Wire;
  readonly #outbox: Outbox;
  readonly #hosting: Hosting;
  #session: Session | undefined;
  #over = false;

  constructor(wire: Wire, outbox: Outbox, hosting: Hosting) {
    this.#wire = wire;
    this.#outbox = outbox;
    this.#hosting = hosting;
  }

  readonly hear = (text: string): void => {
    if (this.#over) return;
    try {
      for (const frame of readFrames(text)) this.#take(frame);
    } catch (error) {
      this.#refuse(error);
    }
  };

  readonly gone = (): void => {
    if (this.#over) return;
    this.#over = true;
    this.#outbox.end();
    if (this.#session) this.#hosting.lost(this.#session, this.#outbox.push);
  };

  #take(frame: Frame): void {
    const session = this.#session;
    if (session === undefined) return this.#greet(frame);
    // Its client has come back meanwhile, and says there again what it says here late.
    if (!session.isCarriedBy(this.#outbox.push)) return this.#wire.close();
    if (frame["ping"] !== undefined) return this.#outbox.push(`{"pong":${JSON.stringify(frame["ping"])}}`);
    if (frame["bye"] === undefined) return session.receive(frame);
    this.#over = true;
    this.#hosting.drop(session);
    this.#wire.close();
  }

  #greet(frame: Frame): void {
    const { session, welcome } = this.#hosting.greet(toHello(frame));
    this.#session = session;
    this.#outbox.push(JSON.stringify(welcome));
    session.attach(this.#outbox.push);
  }

  /** Whoever says what cannot be understood is told so, and has to begin again. */
  #refuse(error: unknown): void {
    this.#outbox.push(JSON.stringify({ refused: toRecord(error) }));
    this.#outbox.flush();
    this.gone();
    this.#wire.close();
  }
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
