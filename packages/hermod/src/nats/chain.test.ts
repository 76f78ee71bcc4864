/** Messages that do not follow one another as they were written are noticed, wherever a server has others. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { headers } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import { defaultMailboxRule } from "../core/store.ts";
import { critic } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import { BEHIND, Chain, Diverged } from "./chain.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import type { Logged } from "./log.ts";
import { Marks } from "./marks.ts";
import { journalStream } from "./names.ts";
import { toTerms } from "./options.ts";
import { own } from "./own.ts";
import { toText } from "./record.ts";
import { Replay, type From } from "./replay.ts";
import { missing, Server } from "./server.test.kit.ts";

const data = new TextEncoder().encode(toText({ type: "batch", now: 0, changes: [] }));

/** Messages with these ids, from number 1 on; "b-2<a-3" says that a-3 stood before b-1. */
function messages(...ids: readonly string[]): Logged[] {
  return ids.map((text, at) => {
    const [id = "", behind] = text.split("<");
    const head = headers();
    head.set("Nats-Msg-Id", id);
    if (behind !== undefined) head.set(BEHIND, behind);
    return { seq: at + 1, data, headers: head };
  });
}

function taken(...ids: readonly string[]): void {
  const chain = new Chain();
  for (const message of messages(...ids)) chain.take(message);
}

test("owners one after the other are a chain, from wherever it is read", () => {
  taken("a-1", "a-2", "a-3", "b-1", "b-2<a-3", "b-3", "c-1", "d-1", "d-2<c-1");
  taken("a-2", "a-3", "b-1");
  taken("b-2<a-3", "b-3");
});

test("another message in the place of one, or one too many or too few, breaks it", () => {
  for (const wrong of [
    ["a-1", "a-2", "a-4"],
    ["a-1", "a-2", "a-3", "b-2<a-2"],
    ["a-1", "a-2", "a-3", "b-1", "b-2<a-2"],
    ["a-1", "b-1", "b-2<a-2"],
    ["a-1", "a-1", "b-2"],
  ])
    assert.throws(() => taken(...wrong), Diverged, wrong.join(" "));
});

/** A stream of which consumers deliver the first, and the leader has the second. */
function brokerWith(delivered: readonly Logged[], stored: readonly Logged[]): Broker {
  const stopped = Promise.withResolvers<void>();
  async function* coming() {
    yield* delivered;
    await stopped.promise;
  }
  const consume = async () => Object.assign(coming(), { stop: stopped.resolve });
  const consumers = { get: async () => ({ consume, delete: async () => true }) };
  const getMessage = async (_: string, { seq }: { seq: number }) => {
    const found = stored[seq - 1];
    return found ? { ...found, header: found.headers } : null;
  };
  return { terms: { namespace: "n" }, js: { consumers }, jsm: { streams: { getMessage } } } as never;
}

test("what stands before a new owner's first message is what the leader has there", async () => {
  const [there, here] = [messages("a-1", "a-2", "b-1"), messages("a-1", "c-1", "b-1")];
  const read = async (broker: Broker, from: From = "any"): Promise<Replay> => {
    const replay = new Replay(broker, 0, 0, from);
    await replay.upTo(3, () => undefined);
    return replay;
  };
  await assert.rejects(read(brokerWith(here, there)), Diverged);
  assert.equal((await read(brokerWith(there, there))).before, "a-2");
  assert.equal((await read(brokerWith(here, there), "leader")).before, "a-2");
  const broken = messages("a-1", "c-4", "b-1");
  await assert.rejects(read(brokerWith(broken, broken), "leader"), Diverged);
  assert.equal((await read(brokerWith(broken, broken), "anyhow")).before, "c-4");
});

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;

/** The same broker, whose consumers say of the message with this number that it was written by somebody else. */
function lying(broker: Broker, seq: number): Broker {
  const get = async (...asked: Parameters<typeof broker.js.consumers.get>) => {
    const consumer = await broker.js.consumers.get(...asked);
    const consume = consumer.consume.bind(consumer);
    consumer.consume = async (options) => {
      const coming = await consume(options);
      async function* changed() {
        for await (const message of coming)
          yield message.seq === seq ? { ...messages("x-7")[0], seq, data: message.data } : message;
      }
      return Object.assign(changed(), { stop: () => coming.stop() }) as never;
    };
    return consumer;
  };
  return { ...broker, js: Object.create(broker.js, { consumers: { value: { get } } }) };
}

test(
  "whoever reads something else from a server than its leader has begins anew, and asks the leader",
  { skip },
  async () => {
    await using ends = new AsyncDisposableStack();
    const server = ends.adopt(await Server.start(), (each) => each.close());
    const broker = ends.adopt(await connect(toTerms({ servers: server.url })), (each) => each.close());
    const copies = ends.adopt(new Copies(broker.terms.limits), (each) => each.close());
    const { env } = createEnv(systemClock as never);
    const parts = {
      copies,
      env,
      ...{ partition: 0, epoch: 0 },
      marks: new Marks(),
      vouch: async () => true,
      lost: (error: Error) => assert.fail(error),
    };
    const first = await own({ ...parts, broker, owner: "a" });
    await first.store.announce(critic, defaultMailboxRule);
    await first.close();
    const next = await own({ ...parts, broker: lying(broker, 2), owner: "b" });
    assert.deepEqual([...next.store.directory()], [critic]);
    await next.close();
  },
);

test(
  "an owner's number is greater than that of any before, also when servers have forgotten the journal",
  { skip },
  async () => {
    await using ends = new AsyncDisposableStack();
    const server = ends.adopt(await Server.start(), (each) => each.close());
    const broker = ends.adopt(await connect(toTerms({ servers: server.url })), (each) => each.close());
    const copies = ends.adopt(new Copies(broker.terms.limits), (each) => each.close());
    const { env } = createEnv(systemClock as never);
    const lost = (error: Error): void => assert.fail(error);
    const epochOf = async (owner: string, epoch: number): Promise<number> => {
      const parts = {
        ...{ broker, copies, env, partition: 0, marks: new Marks(), lost, vouch: async () => true },
        owner,
        epoch,
      };
      const owned = await own(parts);
      await owned.abandon();
      return owned.epoch;
    };
    assert.deepEqual([await epochOf("a", 1), await epochOf("b", 2), await epochOf("c", 1)], [1, 2, 3]);
    await broker.jsm.streams.delete(journalStream(broker.terms.namespace, 0));
    assert.equal(await epochOf("d", 4), 4);
  },
);
