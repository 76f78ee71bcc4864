/** Doubt: what a client does when the hub has forgotten it in the midst of something, as one that was killed and started again has. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { fromMap } from "../core/envelopemap.ts";
import type { ErrorCode } from "../core/errors.ts";
import { ACK } from "../core/settlement.ts";
import { defaultMailboxRule, type Claim, type Store } from "../core/store.ts";
import { memory } from "../stores/memory.ts";
import { linked } from "../testing/pipes.ts";
import { createEnv } from "../testing/store/env.ts";

const critic = "critic" as Address;

function message(id: string, more: object = {}): Envelope {
  return fromMap({ id, from: "writer", to: critic, payload: id, ...more });
}

/** A client whose hub does what it is asked next, and forgets it before the answer is heard. */
/** `anew`: what it has stored is gone with it, as with a hub that kept all in memory. */
async function forgetful(anew = false) {
  const { env, clock } = createEnv();
  let isNext = false;
  // What the client says is carried; the first answer is not.
  let messages = 0;
  const cuts = (): boolean => {
    if (!isNext || messages++ === 0) return false;
    isNext = false;
    hub.forget(other);
    return true;
  };
  const other = anew ? await memory()(env) : undefined;
  const hub = linked(memory(), { cuts });
  const store = await hub.open(env);
  await store.announce(critic, defaultMailboxRule);
  const forgotten = async <T>(ask: (store: Store) => T): Promise<Awaited<T>> => {
    [isNext, messages] = [true, 0];
    return ask(store) as Awaited<T>;
  };
  return { store, clock, forgotten };
}

async function one(store: Store): Promise<Claim> {
  const out: Claim[] = [];
  await store.claim(critic, 1, 30_000, out);
  assert.ok(out[0]);
  return out[0];
}

const waiting = async (store: Store) =>
  (await store.read({ type: "waiting", mailbox: critic })).items.map(({ id }) => id);

function refuses(code: ErrorCode, promise: unknown): Promise<void> {
  return assert.rejects(Promise.resolve(promise), { code, message: /whether it was done is unknown/u });
}

test("a message is asked to be stored again, and is stored once", async () => {
  const { store, forgotten } = await forgetful();
  assert.deepEqual(await forgotten(() => store.append(message("a"), true)), { status: "stored" });
  assert.deepEqual(await waiting(store), ["a"]);
});

test("a repeat of one's own stays one", async () => {
  const { store, forgotten } = await forgetful();
  await store.append(message("a"), true);
  assert.deepEqual(await forgotten(() => store.append(message("a"))), { status: "duplicate", id: "a" });
});

test("a message that may run at most once is not sent twice: its sender hears that nobody knows", async () => {
  const { store, forgotten } = await forgetful();
  await refuses(
    "HERMOD_UNREACHABLE",
    forgotten(() => store.append(message("a", { delivery: "at-most-once" }), true)),
  );
  await refuses(
    "HERMOD_UNREACHABLE",
    forgotten(() => store.appendAll([message("b"), message("c", { delivery: "at-most-once" })])),
  );
});

test("parts and amounts are not added twice", async () => {
  const { store, forgotten } = await forgetful();
  await store.append(message("a"), true);
  await refuses(
    "HERMOD_UNREACHABLE",
    forgotten(() => store.record("a", 1)),
  );
  assert.deepEqual(await store.parts("a", 0, 10), [1]);
  await refuses(
    "HERMOD_UNREACHABLE",
    forgotten(() => store.spend("c", { tokens: 5 }, {})),
  );
  assert.deepEqual(await forgotten(() => store.spend("c", {}, {})), { amounts: { tokens: 5 } });
});

test("a settlement that was done is settled, whatever became of its answer", async () => {
  const { store, forgotten } = await forgetful();
  await store.append(message("a"), true);
  const claim = await one(store);
  const output = message("b", { delivery: "exactly-once" });
  assert.deepEqual(await forgotten(() => store.settle(claim, ACK, [output])), { status: "settled" });
  assert.deepEqual(await waiting(store), ["b"]);
  assert.deepEqual(await store.settle(claim, ACK, []), { status: "stale" });
});

test("a settlement of what was lost meanwhile is stale", async () => {
  const { store, clock, forgotten } = await forgetful();
  await store.append(message("a"), true);
  const claim = await one(store);
  await clock.advance(30_000);
  assert.deepEqual(await forgotten(() => store.settle(claim, ACK, [])), { status: "stale" });
});

test("a settlement is not taken for that of a later claim of the same attempt", async () => {
  const { store, clock, forgotten } = await forgetful();
  await store.append(message("a"), true);
  const first = await one(store);
  await store.settle(first, { type: "release" }, []);
  await clock.advance(1);
  const second = await one(store);
  assert.equal(second.attempt, first.attempt);
  assert.deepEqual(await store.settle(second, ACK, []), { status: "settled" });
  const late = store.settle(first, ACK, [message("b", { delivery: "exactly-once" })]);
  assert.deepEqual(await late, { status: "stale" });
  const doubtful = forgotten(() => store.settle(first, ACK, [message("c", { delivery: "exactly-once" })]));
  assert.deepEqual(await doubtful, { status: "stale" });
  assert.deepEqual(await waiting(store), []);
});

test("what was watched is watched again, and who watches looks again", async () => {
  const { store, clock, forgotten } = await forgetful();
  let wakes = 0;
  store.watch(critic, () => wakes++);
  await forgotten(() => store.directory());
  await clock.settle();
  assert.ok(wakes > 0, "something may have come meanwhile");
  const before = wakes;
  await store.append(message("a"), true);
  await clock.settle();
  assert.ok(wakes > before);
});

test("mailboxes are there again before what is sent to them", async () => {
  const { store, clock, forgotten } = await forgetful(true);
  assert.deepEqual(await forgotten(() => store.append(message("a"), true)), { status: "stored" });
  await clock.settle();
  assert.deepEqual(await waiting(store), ["a"]);
});

test("subscriptions are there again at a hub that kept all in memory, but those that were ended", async () => {
  const { store, clock, forgotten } = await forgetful(true);
  await store.bind("tide.*", critic);
  await store.bind("wind.*", critic, 30_000);
  await store.bind("rain.*", critic);
  await store.unbind("rain.*", critic);
  await forgotten(() => store.append(message("a"), true));
  await clock.settle();
  const { items } = await store.read({ type: "bindings", mailbox: critic, limit: 10 });
  assert.deepEqual(items.map(({ pattern }) => pattern).toSorted(), ["tide.*", "wind.*"]);
});

test("a mailbox that was withdrawn is not announced anew, and neither are its subscriptions", async () => {
  const { store, clock, forgotten } = await forgetful(true);
  await store.announce("editor" as Address, defaultMailboxRule);
  await store.bind("tide.*", "editor" as Address);
  await store.bind("tide.*", critic);
  await store.withdraw("editor" as Address);
  await forgotten(() => store.append(message("a"), true));
  await clock.settle();
  assert.deepEqual(await store.directory(), [critic]);
  const bound = async (mailbox: Address) =>
    (await store.read({ type: "bindings", mailbox, limit: 10 })).items.map(({ pattern }) => pattern);
  assert.deepEqual([await bound(critic), await bound("editor" as Address)], [["tide.*"], []]);
});
