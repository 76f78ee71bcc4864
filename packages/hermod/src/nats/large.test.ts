/** What a sender's own limits allow is stored, handed out and answered, whichever process owns its partition. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { toAddress, type Address } from "../core/address.ts";
import { systemClock } from "../core/clock.ts";
import { seal, type Envelope } from "../core/envelope.ts";
import { ACK } from "../core/settlement.ts";
import { defaultMailboxRule, type Claim, type Store } from "../core/store.ts";
import { MOST_MESSAGE } from "../remote/protocol.ts";
import { blank } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import { nats } from "./nats.ts";
import { missing, Server } from "./server.test.kit.ts";
import { partitionOf } from "./spread/partitions.ts";
import { Standing } from "./standing.test.kit.ts";

const terms = { skip: missing === undefined ? false : `SKIPPED: ${missing}`, timeout: 60_000 };

const PARTITIONS = 16;

/** More than the default limits allow, in each way. */
const deep = (levels: number): unknown => (levels === 0 ? "end" : [deep(levels - 1)]);
const drafts: Readonly<Record<string, Partial<Envelope>>> = {
  characters: { payload: "x".repeat(300_000) },
  "characters beside it": { metadata: { note: "x".repeat(300_000) } },
  keys: { payload: Array.from({ length: 20_000 }, () => 1) },
  depth: { payload: deep(400) as Envelope["payload"] },
};
/** More than a hub takes at once. */
const long: Partial<Envelope> = { payload: "x".repeat(MOST_MESSAGE + 1) };

interface World {
  readonly stores: readonly Store[];
  /** One mailbox of each of the two owners. */
  readonly mailboxes: readonly Address[];
}

/** Two processes, each of which owns the partition of one mailbox. */
async function open(t: TestContext, direct: boolean): Promise<World> {
  const ends = new AsyncDisposableStack();
  t.after(() => ends.disposeAsync());
  const server = ends.adopt(await Server.start(), (each) => each.close());
  const options = { servers: server.url, partitions: PARTITIONS, direct };
  const stores: Store[] = [];
  for (const _ of "ab") {
    const store = await nats(options)({ ...createEnv().env, clock: systemClock });
    stores.push(ends.adopt(store, async (each) => each.close()));
  }
  const standing = ends.adopt(await Standing.watch(options), (each) => each.close());
  await standing.rest(2, PARTITIONS);
  const mailboxes = [...standing.members].map((member) => mailboxOf(standing, member));
  for (const mailbox of mailboxes) await stores[0]?.announce(mailbox, defaultMailboxRule);
  return { stores, mailboxes };
}

/** The name of a mailbox whose partition this process owns. */
function mailboxOf(standing: Standing, member: string): Address {
  const names = Array.from({ length: 1000 }, (_, at) => toAddress(`box-${at}`));
  const own = names.find((name) => standing.seatOf(partitionOf(name, PARTITIONS))?.process === member);
  assert.ok(own, `${member} owns a partition`);
  return own;
}

let sent = 0;

function message(to: Address, draft: Partial<Envelope>): Envelope {
  const size = JSON.stringify(draft.payload ?? null).length;
  return seal({ ...blank, id: `m${++sent}`, sequence: sent, sentAt: Date.now(), to, size, ...draft });
}

/** The next message of a mailbox. */
async function claimed(store: Store, mailbox: Address): Promise<Claim> {
  for (;;) {
    const woken = Promise.withResolvers<void>();
    const end = store.watch(mailbox, woken.resolve);
    const out: Claim[] = [];
    await store.claim(mailbox, 1, 30_000, out);
    if (out[0] === undefined) await woken.promise;
    end();
    if (out[0]) return out[0];
  }
}

/** Sends it, answers it with the same from its handler, and takes that; each from the given process. */
async function handed(store: Store, mailboxes: readonly Address[], draft: Partial<Envelope>): Promise<void> {
  const [to, next] = mailboxes as [Address, Address];
  const given = message(to, draft);
  assert.deepEqual(await store.append(given), { status: "stored" });
  const first = await claimed(store, to);
  assert.deepEqual(await store.settle(first, ACK, [message(next, draft)]), { status: "settled" });
  const second = await claimed(store, next);
  for (const { envelope } of [first, second])
    assert.deepEqual([envelope.payload, envelope.metadata], [given.payload, given.metadata]);
  assert.equal(await store.record(given.id, draft.payload ?? "none"), 1);
  assert.deepEqual(await store.settle(second, ACK, []), { status: "settled" });
}

for (const direct of [true, false])
  test(
    `an owner takes whatever its sender's limits allow; ${direct ? "past the server" : "over it"}`,
    terms,
    async (t) => {
      const { stores, mailboxes } = await open(t, direct);
      for (const [name, draft] of Object.entries(drafts))
        for (const store of stores)
          for (const order of [mailboxes, mailboxes.toReversed()])
            await t.test(`${name}, from process ${stores.indexOf(store) + 1} to ${order.at(0)}`, () =>
              handed(store, order, draft),
            );
      // One of the two mailboxes is another process's, whoever begins. Past the server goes what is as long as it is.
      if (!direct)
        await t.test("more than a hub takes at once", () => handed(stores[0] as Store, mailboxes, long));
    },
  );
