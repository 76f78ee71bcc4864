/** Live events: what happens in the store, told as it happens, within bounds. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memory, start, type Envelope } from "hermod";
import { observed } from "../server/observed.ts";
import { echo, open, tokens, type Shown } from "./api.test.kit.ts";
import { Feed } from "./feed.ts";

interface Told {
  readonly event: string;
  readonly id: string;
  readonly data: Shown;
}

/** Reads a stream until it has told so many events. */
async function read(events: AsyncGenerator<Told>, count: number): Promise<Told[]> {
  const told: Told[] = [];
  while (told.length < count) {
    const { value, done } = await events.next();
    if (done) break;
    if (value.event !== "comment") told.push(value);
  }
  return told;
}

test("a reader hears of each message as it is stored, settled and dead, and goes on where it was cut off", async () => {
  await using ground = await open();
  const { client } = ground;
  const ended = new AbortController();
  const events = client.events("/v1/live?where=conversation:c", { signal: ended.signal });
  await events.next();
  const say = (body: unknown) => client.ask("post /v1/agents/echo/say?conversation=c", { body });
  await say(1);
  await client.ask("post /v1/agents/echo/say?conversation=other", { body: 2 });
  const first = await read(events, 3);
  assert.deepEqual(
    first.map(({ event, data }) => [event, data.envelope.type, data.outcome]),
    [
      ["stored", "request", undefined],
      ["settled", "request", "ack"],
      ["stored", "response", undefined],
    ],
  );
  ended.abort();
  await say("fail");
  const again = client.events("/v1/live?where=conversation:c", {
    headers: { "last-event-id": first[0]!.id },
  });
  const rest = await read(again, 5);
  assert.deepEqual(
    rest.slice(0, 2).map(({ id }) => id),
    first.slice(1).map(({ id }) => id),
  );
  const failed = rest.find(({ data }) => data.outcome === "fail");
  assert.equal(failed?.data.error, "it broke");
  await again.return(undefined);
});

test("a reader hears only of what it may read", async () => {
  await using ground = await open({ auth: tokens({ all: ["* *"], reader: ["read nobody"] }) });
  const { client } = ground;
  const ended = new AbortController();
  const headers = { authorization: "Bearer reader" };
  const events = client.events("/v1/live", { headers, signal: ended.signal });
  await events.next();
  await client.ask("post /v1/agents/echo/say", { body: 1, token: "all" });
  const hidden = events.next();
  const seen = await Promise.race([hidden, new Promise((resolve) => setImmediate(() => resolve("nothing")))]);
  assert.equal(seen, "nothing");
  ended.abort();
  await assert.rejects(hidden);
});

test("a reader of another hub's events is told that it missed some", async () => {
  await using ground = await open();
  const events = ground.client.events("/v1/live", { headers: { "last-event-id": "0123456789ab.7" } });
  const { value } = await events.next();
  assert.deepEqual([value?.event, value?.data], ["gap", { missed: null }]);
  await events.return(undefined);
});

const envelope = (size: number) => ({ id: "x", size }) as Envelope;

test("the newest events are kept within a bound of count and bytes, and their places tell a gap", () => {
  const feed = new Feed({ events: 4, bytes: 10_000 });
  feed.add({ type: "stored", envelope: envelope(1) });
  assert.deepEqual([feed.oldest, feed.next], [2, 2], "nothing is kept for nobody");
  const leave = feed.enter();
  for (let at = 0; at < 6; at++) feed.add({ type: "stored", envelope: envelope(at) });
  assert.deepEqual([feed.oldest, feed.next], [4, 8]);
  for (let number = 4; number < 8; number++) assert.equal(feed.at(number)?.number, number);
  assert.deepEqual([feed.at(3), feed.at(8)], [undefined, undefined]);
  feed.add({ type: "stored", envelope: envelope(9000) });
  assert.deepEqual([feed.oldest, feed.at(8)?.envelope.size], [8, 9000]);
  leave();
});

test("the events are forgotten some time after the last reader has left", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const feed = new Feed({ patience: 1000 });
  const leave = feed.enter();
  feed.add({ type: "stored", envelope: envelope(1) });
  leave();
  t.mock.timers.tick(999);
  assert.equal(feed.at(1)?.number, 1);
  t.mock.timers.tick(1);
  assert.equal(feed.at(1), undefined);
});

test("a store that is observed tells of what expired, overflowed and was buried", async () => {
  const feed = new Feed();
  feed.enter();
  await using system = await start({
    store: observed(memory(), (happened) => feed.add(happened)),
    pull: [{ from: "jobs", capacity: { count: 1, overflow: "drop-oldest" } }],
  });
  await system.cast("jobs", "a", 1);
  await system.cast("jobs", "b", 2);
  await system.publish("nobody.hears", 3);
  const told = Array.from({ length: feed.next - 1 }, (_, at) => feed.at(at + 1)!);
  const dead = told
    .filter(({ type }) => type === "dead")
    .map(({ reason, envelope: { operation } }) => [reason, operation]);
  assert.deepEqual(dead[0], ["overflow", "a"]);
  assert.deepEqual(
    told
      .filter(({ type }) => type === "stored")
      .map(({ envelope: { operation } }) => operation)
      .slice(0, 2),
    ["a", "b"],
  );
});

test("a slow reader is overtaken, told how much it missed, and holds up nobody", async () => {
  await using ground = await open({ agents: [echo] });
  const { client, hub } = ground;
  const response = await fetch(`${client.url}/v1/live`);
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  await reader.read();
  const payload = "x".repeat(200_000);
  for (let at = 0; at < 300; at++) await hub.system.cast("echo", "note", payload);
  let text = "";
  while (!text.includes("event: gap")) {
    const { value, done } = await reader.read();
    assert.equal(done, false);
    text = text.slice(-200) + value;
  }
  const [, missed] =
    /event: gap\nid: \S+\ndata: \{"missed":(\d+)\}/.exec(text + (await reader.read()).value) ?? [];
  assert.ok(Number(missed) > 0, text.slice(-300));
  await reader.cancel();
});
