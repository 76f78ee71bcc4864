/** The NATS store: partitions over the journals of a cluster, each owned by one of the processes that are there, and served by it to all. */
import { nuid } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { OpenStore, Store, StoreEnv } from "../core/store.ts";
import { overLink } from "../remote/open.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { Way } from "./dial.ts";
import { levelOf } from "./level.ts";
import { toTerms, type NatsOptions, type NatsTerms } from "./options.ts";
import { Owners } from "./owners.ts";
import { passageIn, type Passage } from "./passage.ts";
import { goneOf } from "./spread/gone.ts";
import { bestOwner, spread } from "./spread.ts";
import { Tenancy } from "./tenancy.ts";
import { isLasting, toTrouble } from "./trouble.ts";

/** How often a silent owner is asked whether it is there, in milliseconds: less than half of a door's patience. */
const BEAT = 2000;
/** How long a close waits for the answers that are under way, in milliseconds. */
const PATIENCE = 2000;
/** How long an end waits for the owner of a partition that moves, in milliseconds: in order that takes a fraction of a second. */
const MOMENT = 2000;

/**
 * A store over a NATS cluster with JetStream: `start({ store: nats({ servers: "nats://127.0.0.1:4222" }) })`. All systems over one
 * namespace share their agents' mailboxes.
 * @throws HermodError HERMOD_BAD_OPTION naming the option; the open store rejects with HERMOD_UNREACHABLE, HERMOD_UNAUTHORIZED,
 * HERMOD_FORBIDDEN, HERMOD_UNSUPPORTED (no JetStream), HERMOD_STORE_VERSION, HERMOD_STORE_FULL.
 */
export function nats(options: NatsOptions): OpenStore {
  const terms = toTerms(options);
  return async (env) => {
    // What was opened is closed in the reverse order, however far it came.
    const ends = new AsyncDisposableStack();
    try {
      return await open(terms, env, ends);
    } catch (error) {
      await ends.disposeAsync();
      throw error;
    }
  };
}

async function open(terms: NatsTerms, env: StoreEnv, ends: AsyncDisposableStack): Promise<Store> {
  const broker = ends.adopt(await connect(terms), (each) => each.close());
  let house: House | undefined;
  broker.away.whenBack(() => house?.renew());
  const copies = ends.adopt(new Copies(terms.limits, terms.folder), (each) => each.close());
  const passage = terms.direct ? await passageIn(copies.folder, env) : undefined;
  ends.defer(async () => passage?.close());
  const joining = Owners.join(broker, nuid.next(), () => house?.look());
  const owners = ends.adopt(await joining, (each) => each.close());
  const count = await agree(owners, terms);
  house = ends.adopt(new House({ broker, env, owners, copies, passage, count }), (each) => each.close());
  house.look();
  const store = await house.open();
  const level = await levelOf(broker, count);
  const close = (): Promise<void> => {
    const closing = ends.disposeAsync();
    env.clock.during?.(closing);
    return closing;
  };
  return whole(store, level, close, goneOf([store, broker.away]));
}

/** Partitions of a namespace that is new. */
const PARTITIONS = 16;

/** The other side of a way. */
const peer = {
  name: "the owner of a partition",
  hint: "It may be reading its journal, which takes as long as that is large: give nats.timeout more. If it stays so, its reports say why.",
};

/** What all processes of a namespace agree on, by what the first one said: answers its partitions. @throws HermodError HERMOD_STORE_VERSION for one who does not. */
async function agree(owners: Owners, { namespace, application, partitions }: NatsTerms): Promise<number> {
  if (application !== undefined) {
    const found = await owners.agreed("application", application);
    if (found !== application)
      throw otherwise(`the application "${found}"`, `this is "${application}"`, namespace);
  }
  const count = Number(await owners.agreed("partitions", String(partitions ?? PARTITIONS)));
  if (partitions !== undefined && partitions !== count)
    throw otherwise(`${count} partitions`, `nats.partitions is ${partitions}`, namespace);
  return count;
}

function otherwise(found: string, given: string, namespace: string): HermodError {
  return new HermodError("HERMOD_STORE_VERSION", `namespace "${namespace}" has ${found}, ${given}`, {
    details: { namespace },
    hint: "Give each application a nats.namespace of its own, and the same options in all of its processes.",
  });
}

/** What a house is made with. */
interface HouseParts {
  readonly broker: Broker;
  readonly env: StoreEnv;
  readonly owners: Owners;
  readonly copies: Copies;
  readonly passage: Passage | undefined;
  /** How many partitions the namespace has. */
  readonly count: number;
}

/** House: all that one process has of a namespace. */
class House {
  readonly #parts: HouseParts;
  readonly #tenancies: Tenancy[] = [];
  readonly #ways: Way[] = [];
  #names = 0;
  #store: Store | undefined;
  #isOpen = false;
  /** The last thing that went wrong before the store was open. */
  #trouble: HermodError | undefined;

  constructor(parts: HouseParts) {
    this.#parts = parts;
    for (let partition = 0; partition < parts.count; partition++) this.#furnish(partition);
    parts.broker.heed((error) => this.#failed(error, "connection"));
  }

  look(): void {
    for (const tenancy of this.#tenancies) tenancy.look();
    for (const way of this.#ways) way.look();
  }

  /** The broker is back: what was said while it was away is lost. */
  renew(): void {
    for (const way of this.#ways) way.renew();
  }

  async open(): Promise<Store> {
    const { broker, env, count } = this.#parts;
    const { servers, opening } = broker.terms;
    // Wires carry any length in pieces: what a process stores in its own partition it can store in each other one.
    const terms = {
      ...{ where: servers.join(", "), peer, timeout: opening(count), most: Infinity },
      ...{ beat: BEAT, patience: PATIENCE, moment: MOMENT, pulse: systemClock },
    };
    try {
      const opening = this.#ways.map(async ({ dial }) => overLink({ ...terms, dial })(env));
      this.#store = spread(await Promise.all(opening), env, this.#near());
      // Answers come in order: with this one it is known what else the server forbids.
      await broker.jsm.getAccountInfo();
      if (this.#trouble && isLasting(this.#trouble)) throw this.#trouble;
      this.#isOpen = true;
      return this.#store;
    } catch (error) {
      throw this.#trouble ?? toTrouble(error, servers.join(", "));
    }
  }

  /** A partition that this process owns, or will as soon as it counts for the others; undefined where there are more processes than partitions. */
  #near(): number | undefined {
    const { owners, env, count } = this.#parts;
    const all = [...owners.members().keys()];
    const own = Array.from({ length: count }, (_, at) => at).filter(
      (at) => bestOwner(at, all) === owners.self,
    );
    return own[Math.floor(env.random() * own.length)];
  }

  /** First what waits is answered, where that can be had here; then others may own what this process did. */
  async close(): Promise<void> {
    await Promise.all(this.#tenancies.map((tenancy) => tenancy.retire()));
    await this.#store?.close();
    await Promise.all(this.#tenancies.map((tenancy) => tenancy.close()));
  }

  /** Whoever opens the store hears what will not pass by itself, at once; all is reported. */
  #failed(error: HermodError, step: string): void {
    this.#parts.env.reports.emit({ type: "store.failed", step, error });
    if (this.#isOpen) return;
    this.#trouble = error;
    if (isLasting(error)) for (const way of this.#ways) way.refuse(error);
  }

  #furnish(partition: number): void {
    const { broker, env, owners, copies, passage } = this.#parts;
    const nameOf = (): string => `${owners.self}-${++this.#names}`;
    const failed = (error: HermodError): void => this.#failed(error, "own");
    const tenancy = new Tenancy({ broker, owners, nameOf, failed, copies, env, passage }, partition);
    const way = new Way({
      ...{ broker, partition, nameOf },
      seat: () => owners.seat(partition),
      hosting: (name) => tenancy.hosting(name),
      clock: systemClock,
      doubt: () => void owners.ask(partition),
      defer: (run) => env.clock.defer(run),
    });
    this.#tenancies.push(tenancy);
    this.#ways.push(way);
  }
}

/** The store, which says what keeps it, with whose end all else ends, and which is gone when the broker is. */
function whole(
  store: Store,
  level: Store["level"],
  close: () => Promise<void>,
  whenGone: Store["whenGone"],
): Store {
  let ended: Promise<void> | undefined;
  const own: Readonly<Record<PropertyKey, unknown>> = {
    ...{ level, whenGone },
    close: () => (ended ??= close()),
  };
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = own[name] ?? Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
