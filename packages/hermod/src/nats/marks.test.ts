/** How far a journal is known to be confirmed, and what happens where the server that leads it has less. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import type { StoreEnv } from "../core/store.ts";
import { createEnv } from "../testing/store/env.ts";
import type { Broker } from "./connect.ts";
import { reach } from "./leader.ts";
import { Marks } from "./marks.ts";
import { nats } from "./nats.ts";
import { missing, Server } from "./server.test.kit.ts";

test("a mark goes up, whoever tells it, and down only where what is missing is accepted", () => {
  const [one, other] = [new Marks(), new Marks()];
  one.reached(2, 601);
  one.reached(2, 600);
  other.reached(2, 559);
  other.hear(one.toText());
  assert.deepEqual([one.of(2).place, other.of(2).place, other.of(3).place], [601, 601, 0]);
  other.accept(2, 559);
  other.hear(one.toText());
  assert.equal(other.of(2).place, 559);
  one.hear(other.toText());
  one.reached(2, 560);
  assert.deepEqual(one.of(2), { era: 1, place: 560 });
});

/** A broker whose leaders have so many messages, one after the other, each until it is asked to give up; undefined for nobody. */
function led(by: readonly (number | undefined)[]): { broker: Broker; asked: string[] } {
  const asked: string[] = [];
  const info = async (): Promise<unknown> => {
    const last = by[Math.min(asked.length, by.length - 1)];
    if (last === undefined) throw new Error("nobody");
    return { state: { last_seq: last } };
  };
  const request = async (subject: string): Promise<void> => void asked.push(subject);
  const broker = { terms: { lease: 150 }, jsm: { streams: { info } }, connection: { request } };
  return { broker: broker as unknown as Broker, asked };
}

test("a leader that lacks what was confirmed is asked to give up until another one has it", async () => {
  const { broker, asked } = led([559, undefined, 601]);
  assert.equal(await reach(broker, "s", 601), 601);
  assert.deepEqual(asked, ["$JS.API.STREAM.LEADER.STEPDOWN.s", "$JS.API.STREAM.LEADER.STEPDOWN.s"]);
});

test("what no leader has is told, and so is that nobody leads", async () => {
  assert.equal(await reach(led([559]).broker, "s", 601), 559);
  await assert.rejects(reach(led([undefined]).broker, "s", 601), { code: "HERMOD_STORE" });
  await assert.rejects(reach(led([1]).broker, "s", 2, AbortSignal.abort(new Error("over"))), /over/);
});

/** Opens a store over it once and closes it; answers what it complained of. */
async function visited(server: Server): Promise<readonly HermodError[]> {
  const { env } = createEnv(systemClock as never);
  const errors: HermodError[] = [];
  const emit = (report: { readonly type: string; readonly error?: unknown }): void =>
    void (report.type === "store.failed" && errors.push(report.error as HermodError));
  const reports = { ...env.reports, emit } as StoreEnv["reports"];
  const store = await nats({ servers: server.url, partitions: 1, lease: "300ms" })({ ...env, reports });
  await store.close();
  return errors;
}

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;

test(
  "a journal that the servers have forgotten the end of is taken over with a report, once",
  { skip },
  async (t) => {
    const server = await Server.start();
    t.after(() => server.close());
    assert.deepEqual(await visited(server), []);
    const connection = await connect({ servers: server.url });
    const bucket = await new Kvm(jetstream(connection)).open("hermod_owners");
    const known = (await bucket.get("marks"))?.string() ?? "";
    const [[partition, era, place] = []] = JSON.parse(known) as [[number, number, number]?];
    assert.deepEqual([partition, era], [0, 0]);
    await bucket.put("marks", JSON.stringify([[0, 0, (place as number) + 42]]));
    await connection.close();
    const [error, ...more] = await visited(server);
    assert.equal(error?.code, "HERMOD_STORE_CORRUPT");
    assert.match(error.message, /confirmed 44 messages of its journal and have 2$/);
    assert.deepEqual([more, await visited(server)], [[], []]);
  },
);
