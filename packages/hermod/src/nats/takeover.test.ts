/** Several processes over one namespace: what one owns goes to another one, in order, and nobody who works with it loses anything. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join as pathOf } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import { promised } from "../core/maybe.ts";
import { ACK } from "../core/settlement.ts";
import type { Claim, Store } from "../core/store.ts";
import { Bench } from "../testing/store/bench.ts";
import { critic } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import { Gate } from "./gate.ts";
import { nats } from "./nats.ts";
import { missing, Server } from "./server.test.kit.ts";
import { Standing } from "./standing.test.kit.ts";

const terms = { skip: missing === undefined ? false : `SKIPPED: ${missing}`, timeout: 60_000 };

/** A server and the processes over it, which end before it does. */
async function cluster(t: TestContext, direct = true) {
  const ends = new AsyncDisposableStack();
  t.after(() => ends.disposeAsync());
  const server = ends.adopt(await Server.start(), (each) => each.close());
  const standing = async (): Promise<Standing> =>
    ends.adopt(await Standing.watch({ servers: server.url }), (each) => each.close());
  return { server, standing, member: () => join(server, ends, direct) };
}

/** One process: a store of its own, by the machine's time. */
async function join({ url }: Server, ends: AsyncDisposableStack, direct: boolean): Promise<Bench> {
  const { env, ...heard } = createEnv();
  const store = await nats({ servers: url, lease: "1s", direct })({ ...env, clock: systemClock });
  ends.defer(async () => store.close());
  const bench = new Bench(store, heard, async () => undefined);
  await bench.announce();
  return bench;
}

/** Processes of one machine may speak past the server, and those of several never do. */
function onBothRoads(title: string, law: (t: TestContext, direct: boolean) => Promise<void>): void {
  for (const direct of [true, false])
    test(`${title}; ${direct ? "past the server" : "over it"}`, terms, (t) => law(t, direct));
}

onBothRoads("what processes say to each other goes past the server where it may", async (t, direct) => {
  const { server, standing: watch, member } = await cluster(t, direct);
  const [one, other] = [await member(), await member()];
  await (await watch()).rest(2, 16);
  const ear = await connect({ servers: server.url });
  t.after(() => ear.close());
  let said = 0;
  for (const subject of ["hermod.up.>", "hermod.down.>"])
    ear.subscribe(subject, { callback: () => void said++ });
  await ear.flush();
  await one.send(...named(5));
  assert.deepEqual(await drained(other.store, 5), ids(5));
  await ear.flush();
  assert.equal(said === 0, direct);
});

/** Claims and acks until so many are done. */
async function drained(store: Store, count: number): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const woken = Promise.withResolvers<void>();
    const end = store.watch(critic, woken.resolve);
    const out: Claim[] = [];
    await store.claim(critic, 1, 30_000, out);
    if (out.length === 0) await woken.promise;
    end();
    for (const claim of out) {
      ids.push(claim.envelope.id);
      assert.deepEqual(await store.settle(claim, ACK, []), { status: "settled" });
    }
  }
  return ids;
}

const named = (count: number): { id: string }[] =>
  Array.from({ length: count }, (_, at) => ({ id: `m${at}` }));
const ids = (count: number): string[] => named(count).map(({ id }) => id);

onBothRoads(
  "what an owner that closes has stored is handed out by the next one, in order",
  async (t, direct) => {
    const { member } = await cluster(t, direct);
    const owner = await member();
    const other = await member();
    await owner.send(...named(10));
    assert.deepEqual(await drained(other.store, 4), ids(4));
    await owner.store.close();
    assert.deepEqual(await drained(other.store, 6), ids(10).slice(4));
  },
);

onBothRoads(
  "what may be lost is not when its owner ends in order, also while it is being sent",
  async (t, direct) => {
    const { member, standing: watch } = await cluster(t, direct);
    const owner = await member();
    const other = await member();
    await (await watch()).rest(2, 16);
    const light = (draft: object) => other.message({ delivery: "at-most-once", ...draft });
    for (const draft of named(5)) await other.store.append(light(draft));
    const late = Array.from({ length: 200 }, (_, at) => ({ id: `late${at}` }));
    const sent = Promise.all(late.map(async (draft) => other.store.append(light(draft))));
    await owner.store.close();
    assert.deepEqual(new Set((await sent).map(({ status }) => status)), new Set(["stored"]));
    assert.deepEqual(await drained(other.store, 205), [...ids(5), ...late.map(({ id }) => id)]);
  },
);

/** A process that owns the one partition, and a member beside it: whose turn it is is drawn with their names. */
async function drawn(t: TestContext, server: Server, member: () => Promise<Bench>) {
  const script = pathOf(import.meta.dirname, "leaving.test.kit.ts");
  for (;;) {
    const owner = spawn(process.execPath, [script, server.url], { stdio: ["pipe", "pipe", "inherit"] });
    t.after(() => owner.kill("SIGKILL"));
    await once(owner.stdout, "data");
    const standing = await Standing.watch({ servers: server.url });
    await standing.rest(1, 1);
    const [first] = standing.members;
    const other = await member();
    await standing.rest(2, 1);
    const isOurs = standing.seatOf(0)?.process === first;
    await standing.close();
    if (isOurs) return { owner, other };
    const gone = once(owner, "exit");
    owner.stdin.end();
    await other.store.close();
    await gone;
  }
}

test(
  "what may be lost is not when its owner's process ends in order while this one is busy",
  terms,
  async (t) => {
    const { server, member } = await cluster(t);
    const { owner, other } = await drawn(t, server, member);
    const sent: Promise<unknown>[] = [];
    owner.stdin.end();
    for (let left = 3; left > 0; left -= owner.exitCode === null ? 0 : 1) {
      sent.push(promised(() => other.store.append(other.message({ delivery: "at-most-once" }))));
      await pause(1);
      // A turn that takes long: what comes meanwhile is read after it.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
    }
    const answers = await Promise.allSettled(sent);
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set(["fulfilled"]));
  },
);

test("systems have their own mailboxes in a partition that their process owns", terms, async (t) => {
  const { server, member } = await cluster(t);
  const { store } = await member();
  assert.match(store.tag ?? "", /^at\d+$/);
  const { store: other } = await member();
  const connection = await connect({ servers: server.url });
  t.after(() => connection.close());
  const bucket = await new Kvm(jetstream(connection)).open("hermod_owners");
  const first = await bucket.get("owner.0");
  const seat = (entry: { string(): string } | null): string | undefined =>
    JSON.parse(entry?.string() ?? "null")?.process;
  for await (const entry of await bucket.watch({ key: `owner.${other.tag?.slice(2)}` }))
    if (![undefined, seat(first)].includes(seat(entry))) break;
});

onBothRoads(
  "from one of three that ends its partitions go to whose turn it is then, with what waits in them",
  async (t, direct) => {
    const { member, standing: watch } = await cluster(t, direct);
    const [first, second, third] = [await member(), await member(), await member()];
    const standing = await watch();
    await standing.rest(3, 16);
    await second.send(...named(10));
    await first.store.close();
    await standing.rest(2, 16);
    assert.deepEqual(await drained(third.store, 10), ids(10));
  },
);

onBothRoads("who is served hears of what comes after its owner has closed", async (t, direct) => {
  const { member } = await cluster(t, direct);
  const owner = await member();
  const other = await member();
  const waiting = drained(other.store, 3);
  await owner.store.close();
  await other.send(...named(3));
  assert.deepEqual(await waiting, ids(3));
});

onBothRoads("a server that is killed and comes back loses nothing that was stored", async (t, direct) => {
  const { server, member } = await cluster(t, direct);
  const owner = await member();
  const other = await member();
  await other.send(...named(6));
  await server.end("SIGKILL");
  const late = other.store.append(other.message({ id: "m6" }));
  await server.start();
  // Where its first answer was lost, it is known when it is asked again.
  assert.match((await late).status, /^(stored|duplicate)$/u);
  assert.deepEqual(await drained(owner.store, 7), ids(7));
});

/** A gate before a store that has one message; `locked` is what it is turned away by, `proofs` who waits for the journal. */
function gated() {
  const proofs: PromiseWithResolvers<void>[] = [];
  const seen = { isOpen: true, woken: 0, proofs };
  const behind = { claim: () => 1, append: () => "stored", wake: () => void seen.woken++ };
  const prove = (): Promise<void> => {
    const proof = Promise.withResolvers<void>();
    proofs.push(proof);
    return proof.promise;
  };
  const gate = new Gate(behind as never, () => seen.isOpen, prove);
  return { seen, gate, claim: (): unknown => gate.store.claim(critic, 1, 1, []) };
}

test("an owner whose lease has lapsed hands out nothing, and wakes whom it turned away", () => {
  const { seen, gate, claim } = gated();
  assert.equal(claim(), 1);
  gate.look();
  seen.isOpen = false;
  assert.equal(claim(), 0);
  gate.look();
  assert.equal(seen.woken, 0, "it is not there yet");
  seen.isOpen = true;
  gate.look();
  gate.look();
  assert.equal(seen.woken, 1);
  assert.equal(claim(), 1);
});

test("an owner that cannot renew its lease hands out what its journal vouches for", async () => {
  const { seen, claim } = gated();
  seen.isOpen = false;
  assert.deepEqual([claim(), claim(), seen.proofs.length], [0, 0, 1], "one is asked for at a time");
  seen.proofs[0]?.reject(new Error("another one owns it"));
  await new Promise(setImmediate);
  assert.deepEqual([claim(), seen.woken], [0, 0]);
  seen.proofs[1]?.resolve();
  await new Promise(setImmediate);
  assert.deepEqual([seen.woken, claim(), seen.proofs.length], [1, 1, 2]);
});
