/** A partition keeps the laws of a store over the journal of a real server, and whoever reads that journal has the same rows. */
import { after, before, test } from "node:test";
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { OpenStore, Store } from "../core/store.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { toTerms } from "./options.ts";
import { own } from "./partition.ts";
import { missing, Server } from "./server.test.kit.ts";

let server: Server;
let broker: Broker;
let copies: Copies;
let partitions = 0;
let newest: Store | undefined;

if (missing === undefined) {
  before(async () => {
    server = await Server.start();
    broker = await connect(toTerms({ servers: server.url }));
    copies = new Copies(broker.terms.limits);
  });
  after(async () => {
    await broker.close();
    copies.close();
    await server.close();
  });
  storeSuite("a partition of NATS", owned, { test, rest });
} else test(`a partition of NATS (SKIPPED: ${missing})`, { skip: true });

function owned(): OpenStore {
  const partition = partitions++;
  return async (env) => {
    const lost = (error: Error): void => {
      throw error;
    };
    const owned = await own({ broker, copies, env, partition, owner: `o${partition}`, lost });
    return (newest = closing(owned.store, () => owned.close()));
  };
}

/** The store, whose end is that of its partition. */
function closing(store: Store, close: () => Promise<void>): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = name === "close" ? close : Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** A question is answered when all that was decided before is in the copy. */
async function rest(): Promise<void> {
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => systemClock.pause(resolve));
    await Promise.resolve(newest?.read({ type: "history", limit: 1 })).catch(ofClosed);
  }
}

function ofClosed(error: unknown): void {
  if (!(error instanceof HermodError) || error.code !== "HERMOD_CLOSED") throw error;
}
