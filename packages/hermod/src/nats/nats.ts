/** The NATS store: partitions over the journals of a cluster, each owned by one of the processes that are there, and served by it to all. */
import { nuid } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import type { OpenStore, Store, StoreEnv } from "../core/store.ts";
import { overLink } from "../remote/open.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { Way } from "./dial.ts";
import { toTerms, type NatsOptions, type NatsTerms } from "./options.ts";
import { Owners } from "./owners.ts";
import { Tenancy } from "./tenancy.ts";
import { isLasting, toTrouble } from "./trouble.ts";

/** How often a silent owner is asked whether it is there, in milliseconds: less than half of a door's patience. */
const BEAT = 5000;
/** How long a close waits for the answers that are under way, in milliseconds. */
const PATIENCE = 2000;

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
  const copies = ends.adopt(new Copies(terms.limits, terms.folder), (each) => each.close());
  let house: House | undefined;
  const joining = Owners.join(broker, nuid.next(), () => house?.look());
  const owners = ends.adopt(await joining, (each) => each.close());
  house = ends.adopt(new House(broker, env, owners, copies), (each) => each.close());
  house.look();
  const store = await house.open();
  return ending(store, () => {
    const closing = ends.disposeAsync();
    env.clock.during?.(closing);
    return closing;
  });
}

/** House: all that one process has of a namespace. */
class House {
  readonly #broker: Broker;
  readonly #env: StoreEnv;
  readonly #owners: Owners;
  readonly #copies: Copies;
  readonly #tenancies: Tenancy[] = [];
  readonly #ways: Way[] = [];
  #names = 0;
  #store: Store | undefined;
  #isOpen = false;
  /** The last thing that went wrong before the store was open. */
  #trouble: HermodError | undefined;

  constructor(broker: Broker, env: StoreEnv, owners: Owners, copies: Copies) {
    this.#broker = broker;
    this.#env = env;
    this.#owners = owners;
    this.#copies = copies;
    for (let partition = 0; partition < 1; partition++) this.#furnish(partition);
    broker.heed((error) => this.#failed(error, "connection"));
  }

  look(): void {
    for (const tenancy of this.#tenancies) tenancy.look();
    for (const way of this.#ways) way.look();
  }

  async open(): Promise<Store> {
    const { servers, timeout } = this.#broker.terms;
    const terms = { where: servers.join(", "), timeout, beat: BEAT, patience: PATIENCE, pulse: systemClock };
    try {
      const opening = this.#ways.map(async ({ dial }) => overLink({ ...terms, dial })(this.#env));
      const store = (this.#store = (await Promise.all(opening))[0] as Store);
      // Answers come in order: with this one it is known what else the server forbids.
      await this.#broker.jsm.getAccountInfo();
      if (this.#trouble && isLasting(this.#trouble)) throw this.#trouble;
      this.#isOpen = true;
      return store;
    } catch (error) {
      throw this.#trouble ?? toTrouble(error, servers.join(", "));
    }
  }

  /** First what waits is answered, where that can be had here; then others may own what this process did. */
  async close(): Promise<void> {
    for (const tenancy of this.#tenancies) await tenancy.retire();
    await this.#store?.close();
    for (const tenancy of this.#tenancies) await tenancy.close();
  }

  /** Whoever opens the store hears what will not pass by itself, at once; all is reported. */
  #failed(error: HermodError, step: string): void {
    this.#env.reports.emit({ type: "store.failed", step, error });
    if (this.#isOpen) return;
    this.#trouble = error;
    if (isLasting(error)) for (const way of this.#ways) way.refuse(error);
  }

  #furnish(partition: number): void {
    const [broker, owners] = [this.#broker, this.#owners];
    const nameOf = (): string => `${owners.self}-${++this.#names}`;
    const failed = (error: HermodError): void => this.#failed(error, "own");
    const parts = { broker, owners, nameOf, failed, copies: this.#copies, env: this.#env };
    const tenancy = new Tenancy(parts, partition);
    const way = new Way({
      ...{ broker, partition, nameOf },
      seat: () => owners.seat(partition),
      hosting: (name) => tenancy.hosting(name),
      defer: (run) => this.#env.clock.defer(run),
    });
    this.#tenancies.push(tenancy);
    this.#ways.push(way);
  }
}

/** The store, with whose end all else ends. */
function ending(store: Store, end: () => Promise<void>): Store {
  let ended: Promise<void> | undefined;
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "close") return () => (ended ??= end());
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
