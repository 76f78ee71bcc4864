/** A client of another make: what it says on the bare wire, and what it is told where it is wrong. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { env, hand, Hand, store } from "./hand.test.kit.ts";
import { Hosting } from "./hosting.ts";
import { overLink } from "./open.ts";
import { MOST_MESSAGE } from "./protocol.ts";

const spend = (n: number) => ({ n, op: "spend", conversation: "c", amounts: { tokens: 1 } });

test("a number that was answered and told of is refused: silence would be waited for without an end", async () => {
  const hub = await hand();
  await hub.say({ hello: 1 }, spend(1));
  assert.deepEqual((await hub.say(spend(1)))[0]?.["is"], { amounts: { tokens: 1 } }, "the kept answer");
  const [answer] = await hub.say({ got: [1] }, spend(1));
  assert.match(JSON.stringify(answer?.["refused"]), /HERMOD_PROTOCOL.*request 1 is answered/u);
  assert.equal(hub.isOpen, false);
});

test("a number below one that was used is refused rather than passed over", async () => {
  const hub = await hand();
  const [, , answer] = await hub.say({ hello: 1 }, spend(5), spend(3));
  assert.match(JSON.stringify(answer), /request 3 .* numbers grow/u);
});

test("whoever never says got is told of it", async () => {
  const hub = await hand({ credit: 10 });
  const many = Array.from({ length: 1100 }, (_, at) => spend(at + 1));
  const heard = await hub.say({ hello: 1 }, ...many);
  assert.match(JSON.stringify(heard.at(-1)), /at most \d+ of answers that it has not said to have/u);
  const other = await hand({ credit: 10 });
  await other.say({ hello: 1 });
  for (const request of many) await other.say(request, { got: [request.n] });
  assert.equal(other.isOpen, true);
});

test("what is not asked for again has come, though the word of it was lost", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const first = new Hand(hosting);
  const [welcome] = await first.say({ hello: 1 }, spend(1), spend(2));
  const session = welcome?.["session"];
  const second = new Hand(hosting);
  const heard = await second.say({ hello: 1, session }, spend(2), spend(3));
  assert.deepEqual(
    heard.map(({ n, is }) => [n, (is as { amounts: object } | undefined)?.amounts]),
    [
      [undefined, undefined],
      [2, { tokens: 2 }],
      [3, { tokens: 3 }],
    ],
  );
  const [refused] = await second.say(spend(1));
  assert.match(JSON.stringify(refused), /request 1 is answered/u);
});

test("what an earlier connection says late is not heard: it is said again on the later one", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const first = new Hand(hosting);
  const [welcome] = await first.say({ hello: 1 }, spend(1));
  const second = new Hand(hosting);
  await second.say({ hello: 1, session: welcome?.["session"] });
  assert.deepEqual(await first.say(spend(2), { bye: true }), []);
  assert.equal(first.isOpen, false);
  const [, answer] = await second.say(spend(1), spend(2));
  assert.deepEqual(answer?.["is"], { amounts: { tokens: 2 } });
});

test("a mailbox is announced without a rule of its own", async () => {
  const hub = await hand();
  assert.equal((await hub.say({ hello: 1 }, { n: 1, op: "announce", mailbox: "writer" }))[1]?.["is"], null);
});

test("what is said in one turn goes in messages of a bounded length", async () => {
  const hub = await hand();
  const part = "x".repeat(400_000);
  const asked = [1, 2, 3, 4, 5].map((n) => ({ n, op: "parts", id: "m", after: 0, limit: 1 }));
  await hub.say({ hello: 1 }, { n: 10, op: "record", id: "m", part });
  await hub.say(...asked);
  assert.deepEqual(
    hub.texts.slice(-3).map((text) => Math.round(text.length / 400_000)),
    [2, 1, 2],
  );
});

test("an answer that no connection can carry is refused by name", async () => {
  const hub = await hand();
  await hub.say({ hello: 1 });
  const part = "x".repeat(2 ** 22);
  for (let n = 1; n <= 5; n++) await hub.say({ n, op: "record", id: "m", part });
  const [refused] = await hub.say({ n: 6, op: "parts", id: "m", after: 0, limit: 5 });
  assert.match(JSON.stringify(refused), /HERMOD_TOO_LARGE/u);
  const [taken] = await hub.say({ n: 7, op: "parts", id: "m", after: 0, limit: 1 });
  assert.deepEqual(taken, { n: 7, is: [part] });
});

test("a request that no hub reads is refused before it is sent", async () => {
  const hosting = new Hosting({ store: await store(), ...env });
  const client = await overLink({
    ...{ where: "here", timeout: 1000, beat: Infinity, patience: 0 },
    dial: (ends) => {
      const guest = hosting.connect({ send: ends.heard, close: () => undefined });
      setImmediate(ends.opened);
      return { send: guest.hear, close: guest.gone };
    },
  })(env as never);
  // Two bytes each: its length in characters would pass.
  const part = "é".repeat(MOST_MESSAGE / 2);
  await assert.rejects(async () => client.record("m", part), { code: "HERMOD_TOO_LARGE" });
  assert.equal(await client.record("m", part.slice(0, MOST_MESSAGE / 4)), 1);
  await client.close();
  hosting.close();
});
