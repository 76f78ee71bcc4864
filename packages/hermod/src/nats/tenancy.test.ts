/** What one process does about a partition, over a real server, as the partition goes to another one while something is still said. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { Hosting } from "../remote/hosting.ts";
import { Hand } from "../remote/hand.test.kit.ts";
import { createEnv } from "../testing/store/env.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { journalSubject } from "./names.ts";
import { toTerms } from "./options.ts";
import { Owners } from "./owners.ts";
import { missing, Server } from "./server.test.kit.ts";
import { Tenancy } from "./tenancy.ts";

const terms = { skip: missing === undefined ? false : `SKIPPED: ${missing}`, timeout: 60_000 };

/** The same broker, which keeps back what is written to a journal from `hold` on until `release`; `held` resolves when there is something. */
function holding(broker: Broker) {
  const held = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const state = { holds: false };
  const js = Object.create(broker.js) as Broker["js"];
  js.publish = async (...given) => {
    if (state.holds) {
      held.resolve();
      await released.promise;
    }
    return broker.js.publish(...given);
  };
  const hold = (): void => void (state.holds = true);
  return { broker: { ...broker, js }, hold, held: held.promise, release: released.resolve };
}

/** A process that owns the one partition. */
async function tenant(t: TestContext) {
  const ends = new AsyncDisposableStack();
  t.after(() => ends.disposeAsync());
  const server = ends.adopt(await Server.start(), (each) => each.close());
  const real = ends.adopt(await connect(toTerms({ servers: server.url, partitions: 1 })), (each) =>
    each.close(),
  );
  const copies = ends.adopt(new Copies(real.terms.limits), (each) => each.close());
  const held = holding(real);
  const env = { ...createEnv().env, clock: systemClock };
  const ready = Promise.withResolvers<Hosting>();
  const look = (): void => {
    tenancy?.look();
    const hosting = tenancy?.hosting("me-1");
    if (hosting) ready.resolve(hosting);
  };
  let tenancy: Tenancy | undefined;
  const owners = ends.adopt(await Owners.join(real, "me", look), (each) => each.close());
  const parts = { ...{ copies, env, owners, broker: held.broker }, passage: undefined, nameOf: () => "me-1" };
  tenancy = new Tenancy({ ...parts, failed: assert.fail }, 0);
  look();
  return { real, tenancy, held, hosting: await ready.promise };
}

test(
  "who waits for an owner that loses its partition while it gives it up asks the next one",
  terms,
  async (t) => {
    const { real, tenancy, held, hosting } = await tenant(t);
    const client = new Hand(hosting);
    await client.say({ hello: 1 }, { n: 1, op: "announce", mailbox: "tide", settings: {} });
    held.hold();
    await client.say({ n: 2, op: "append", envelope: { id: "m", from: "a", to: "tide" } });
    await held.held;
    const closing = tenancy.close();
    await real.js.publish(journalSubject(real.terms.namespace, 0), "another owner's");
    held.release();
    await closing;
    const answers = client.heard.filter(({ n }) => n === 2);
    assert.deepEqual([answers, client.heard.at(-1)], [[], { seen: 2 }]);
    assert.equal(client.isOpen, false);
  },
);
