/** The NATS store: partitions over the journals of a cluster, each owned by one of the processes that are there, and served by it to all. */
import { nuid } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { OpenStore, Store, StoreEnv } from "../core/store.ts";
import { overLink } from "../remote/open.ts";
import { Away } from "./away.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { Way } from "./dial.ts";
import { toTerms, type NatsOptions } from "./options.ts";
import { Owners } from "./owners.ts";
import { spread } from "./spread.ts";
import { goneOf } from "./spread/gone.ts";
import { Tenancy } from "./tenancy.ts";

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
    const broker = await connect(terms);
    try {
      return await open(broker, env);
    } catch (error) {
      await broker.close();
      throw error;
    }
  };
}

async function open(broker: Broker, env: StoreEnv): Promise<Store> {
  const copies = new Copies(broker.terms.limits, broker.terms.folder);
  let house: House | undefined;
  const owners = await Owners.join(broker, nuid.next(), () => house?.look());
  const count = Number(await owners.agreed("partitions", String(broker.terms.partitions)));
  house = new House(broker, env, owners, copies, count);
  house.look();
  try {
    return await house.open();
  } catch (error) {
    await house.close();
    throw error;
  }
}

/** House: all that one process has of a namespace. */
class House {
  readonly #broker: Broker;
  readonly #env: StoreEnv;
  readonly #owners: Owners;
  readonly #copies: Copies;
  readonly #tenancies: Tenancy[] = [];
  readonly #ways: Way[] = [];
  readonly #hopeless = Promise.withResolvers<never>();
  #names = 0;

  constructor(broker: Broker, env: StoreEnv, owners: Owners, copies: Copies, count: number) {
    this.#broker = broker;
    this.#env = env;
    this.#owners = owners;
    this.#copies = copies;
    this.#hopeless.promise.catch(() => undefined);
    for (let partition = 0; partition < count; partition++) this.#furnish(partition);
  }

  look(): void {
    for (const tenancy of this.#tenancies) tenancy.look();
    for (const way of this.#ways) way.look();
  }

  async open(): Promise<Store> {
    const { servers, timeout } = this.#broker.terms;
    const terms = { where: servers.join(", "), timeout, beat: BEAT, patience: PATIENCE, pulse: systemClock };
    const opening = this.#ways
      .map(({ dial }) => overLink({ ...terms, dial })(this.#env))
      .map(async (store) => store);
    const stores = await Promise.race([this.#hopeless.promise, Promise.all(opening)]).catch(
      (error: unknown) => {
        // Why nobody could take it says more than that nobody answers.
        throw this.#tenancies.find(({ trouble }) => trouble !== undefined)?.trouble ?? error;
      },
    );
    return this.#whole(spread(stores, this.#env));
  }

  /** The store, with whose end all else ends, and which is gone when the broker is. */
  #whole(store: Store): Store {
    let ended: Promise<void> | undefined;
    const close = (): Promise<void> => {
      if (ended === undefined) this.#env.clock.during?.((ended = this.close(store)));
      return ended as Promise<void>;
    };
    const away = new Away(this.#broker.connection);
    const whenGone = goneOf([store, away]);
    const own: Readonly<Record<PropertyKey, unknown>> = { close, whenGone };
    return new Proxy(store, {
      get(target, name) {
        const value: unknown = own[name] ?? Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** First what waits is answered, where that can be had here; then others may own what this process did. */
  async close(store?: Store): Promise<void> {
    await Promise.all(this.#tenancies.map((tenancy) => tenancy.retire()));
    await store?.close();
    await Promise.all(this.#tenancies.map((tenancy) => tenancy.close()));
    await this.#owners.close();
    await this.#broker.close();
    this.#copies.close();
  }

  /** What will not mend itself ends a start at once. */
  #failed(error: unknown): void {
    this.#env.reports.emit({ type: "store.failed", step: "write", error });
    if (error instanceof HermodError && !error.retryable) this.#hopeless.reject(error);
  }

  #furnish(partition: number): void {
    const [broker, owners] = [this.#broker, this.#owners];
    const nameOf = (): string => `${owners.self}-${++this.#names}`;
    const failed = (error: unknown): void => this.#failed(error);
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
