/** A broker that is killed, stopped and started again. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, test } from "node:test";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { runs } from "../threads.ts";
import { Broker, missing } from "./broker.ts";

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function begun(): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-broker-"));
  const broker = await Broker.at(folder, "n");
  broker.configure();
  closing.push(
    () => rmSync(folder, { recursive: true }),
    () => broker.kill(),
  );
  await broker.start();
  return broker;
}

async function connected({ url }: Broker): Promise<NatsConnection> {
  const connection = await connect({ servers: url, reconnect: false });
  closing.push(() => connection.close());
  return connection;
}

const skip = missing;
const untold = !existsSync("/proc/self/task") && "this system does not tell of threads";

test("a broker that was killed is back at its port with what it had confirmed", { skip }, async () => {
  const broker = await begun();
  const before = await connected(broker);
  await (await jetstreamManager(before)).streams.add({ name: "s", subjects: ["s"] });
  await jetstream(before).publish("s", "kept");
  await broker.kill();
  await before.closed();
  assert.equal(await broker.ask("/jsz"), undefined);
  await broker.start();
  const { state } = await (await jetstreamManager(await connected(broker))).streams.info("s");
  assert.equal(state.messages, 1);
  assert.equal(broker.fallen, undefined);
});

test("a broker that is stopped says nothing, and goes on", { skip }, async () => {
  const broker = await begun();
  const connection = await connected(broker);
  await broker.pause();
  assert.equal(await broker.ask("/varz"), undefined);
  const flushed = connection.flush();
  broker.resume();
  await flushed;
  assert.equal(((await broker.ask("/varz")) as { readonly server_name: string }).server_name, "n");
});

test("nothing of a broker runs once it was stopped, however often", { skip: skip || untold }, async () => {
  const broker = await begun();
  for (let at = 0; at < 20; at++) {
    await broker.pause();
    assert.equal(runs(broker.pid), false);
    broker.resume();
    await broker.ask("/varz");
    assert.equal(runs(broker.pid), true);
  }
});

test("a broker that cannot start says why, and that it ended by itself", { skip }, async () => {
  const broker = await begun();
  broker.configure("no such word at all");
  await broker.kill();
  await assert.rejects(broker.start(), /not Server is ready \(exit 1\): .*Parse error/su);
  assert.match(broker.fallen ?? "", /ended with 1/u);
});
