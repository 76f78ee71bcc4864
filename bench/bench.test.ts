/** The benchmark itself: that it measures what is stated. No figure is judged here, since a busy machine would fail it. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { keys } from "./keys/index.ts";
import { FOLDER, withFile } from "./disk.ts";
import { fanOutRate } from "./fanout.ts";
import { Tally } from "./flood.ts";
import { keepInFlight, keepLotsInFlight } from "./inflight.ts";
import { agentOf, conversationOf, pastPayload } from "./past.ts";
import { PART } from "./part.ts";
import { patternAt, topicSource } from "./patterns.ts";
import { peersFor, peersLeftOut } from "./peers.ts";
import { RawQueue } from "./raw.ts";
import { postgresLacks, redisLacks } from "./servers.ts";

const run = (...args: string[]) =>
  spawnSync(process.execPath, ["--expose-gc", join(import.meta.dirname, "run.ts"), ...args], {
    encoding: "utf8",
    timeout: 240_000,
    env: { ...process.env, [PART]: "0.05" },
  });

/** One measurement of a small size, its files in `folder`. */
const measure = (folder: string, ...args: readonly string[]) =>
  spawnSync(process.execPath, ["--expose-gc", join(import.meta.dirname, "one.ts"), ...args], {
    encoding: "utf8",
    timeout: 240_000,
    env: { ...process.env, [FOLDER]: folder, [PART]: "0.05" },
  });

const outFolder = join(import.meta.dirname, "../out");

function emptyFolder(context: TestContext): string {
  mkdirSync(outFolder, { recursive: true });
  const folder = mkdtempSync(join(outFolder, "bench-test-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A pattern as its documentation says it. */
const toExpression = (pattern: string) =>
  new RegExp(`^${pattern.replaceAll(".", "\\.").replaceAll("*", "[^.]+").replace(">", ".+")}$`);

test("every speed that is stated has a key of the benchmark, with its floor and its target [(43)]", () => {
  const names = keys.map(({ name }) => name);
  assert.deepEqual(names.toSorted(), [
    "call",
    "cast",
    "cast_1000",
    "deadline_overhead",
    "durable_end_to_end",
    "durable_enqueue",
    "durable_latency",
    "durable_transactional",
    "history_page",
    "hub_call",
    "hub_durable_send",
    "hub_idle_clients",
    "hub_slow_reader",
    "idle_agent",
    "llm_overhead",
    "llm_streams",
    "nats_call",
    "nats_end_to_end",
    "nats_scale_out",
    "pool",
    "publish",
    "publish_mailboxes",
    "restart",
    "spawn",
    "stream",
    "task",
    "timers",
    "waiting_message",
    "wildcard",
    "with_history",
  ]);
  for (const key of keys)
    assert.deepEqual(
      [typeof key.floor, typeof key.ours, typeof key.target],
      ["function", "function", "object"],
    );
});

test("an event counts once for each subscriber, and one that is handled too often fails the run", async () => {
  const measure = async (handlings: number) => {
    const tally = new Tally();
    const publish = () => {
      for (let at = 0; at < handlings; at++) tally.add();
    };
    return fanOutRate({ subscribers: 10, deliveries: 1000 }, publish, tally);
  };
  assert.ok((await measure(10)).value > 0);
  await assert.rejects(measure(11), /messages handled/);
});

test("each pattern has wildcards and its turn among the topics, of which no two are alike", () => {
  const nextTopic = topicSource(1000);
  const topics = Array.from({ length: 2000 }, nextTopic);
  assert.equal(new Set(topics).size, 2000);
  const patterns = Array.from({ length: 1000 }, (_, index) => patternAt(index));
  const expressions = patterns.map(toExpression);
  const fitting = (topic: string) => patterns.filter((_, index) => expressions[index]?.test(topic));
  assert.equal(new Set(topics.flatMap(fitting)).size, 1000);
  assert.ok(topics.slice(0, 50).every((topic) => fitting(topic).length === 1));
  assert.ok(patterns.every((pattern) => /[*>]/.test(pattern)));
});

test("one run gives value, floor and ratio of a key as JSON", () => {
  const { stdout, status, stderr } = run("--json", "--only", "spawn", "--runs", "1");
  assert.equal(status, 0, stderr);
  const { spawn: measured } = JSON.parse(stdout.trim().split("\n").at(-1) as string).keys;
  for (const name of ["value", "floor", "ratio"]) assert.ok(measured[name] > 0, name);
});

test("a key without a target says so, and compares a second size that it names", () => {
  const { stdout, status, stderr } = run("--only", "pool", "--runs", "1");
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^ {2}no target\n {2}at 8 × the size \(64\): /m);
  assert.match(stdout, /^ {2}cast +[\d.]+/m);
});

test("each durable key measures both of its sides, and removes what it wrote", (context) => {
  const folder = emptyFolder(context);
  for (const key of ["durable_enqueue", "durable_end_to_end", "durable_latency", "durable_transactional"])
    for (const side of ["floor", "ours"]) {
      const { stdout, stderr } = measure(folder, key, side, "300");
      assert.ok(JSON.parse(stdout).value > 0, `${key} ${side}: ${stderr}`);
    }
  assert.deepEqual(readdirSync(folder), []);
});

test("the long past is built once, and read by its pages and by a restart that ends as if killed", (context) => {
  const folder = emptyFolder(context);
  const valuesOf = (key: string, side: string) => {
    const { stdout, stderr } = measure(folder, key, side, "10000");
    return JSON.parse(stdout || stderr) as Record<string, number>;
  };
  for (const key of ["history_page", "restart"]) assert.ok((valuesOf(key, "floor")["value"] ?? 0) > 0);
  const { value = 0, agent, conversation, text } = valuesOf("history_page", "ours");
  assert.equal(value, Math.max(agent ?? NaN, conversation ?? NaN, text ?? NaN));
  const restarted = valuesOf("restart", "ours");
  assert.ok((restarted["value"] ?? 0) > 0 && (restarted["rss_mb"] ?? 0) > 30);
  assert.ok(readdirSync(folder).includes("past-10000.db-wal"), "nobody closed it");
});

test("a file in memory is refused: a sync there is none", (context) => {
  if (!existsSync("/dev/shm")) return context.skip("no /dev/shm");
  const { status, stderr } = measure("/dev/shm", "durable_enqueue", "floor", "100");
  assert.equal(status, 1);
  assert.match(stderr, /\/dev\/shm is kept in memory.*HERMOD_BENCH_FOLDER/);
});

test("the lots of a thousand sends in flight hold each message once, and never more than a thousand", async () => {
  for (const flight of [keepInFlight, inLots]) {
    const seen: number[] = [];
    let [flying, most] = [0, 0];
    await flight(5, 2_505, async ({ id }) => {
      seen.push(id);
      most = Math.max(most, ++flying);
      await Promise.resolve();
      flying--;
    });
    assert.deepEqual(
      seen.toSorted((a, b) => a - b),
      Array.from({ length: 2_500 }, (_, at) => at + 5),
    );
    assert.equal(most, 1_000);
  }
});

const inLots: typeof keepInFlight = (from, to, send) =>
  keepLotsInFlight(from, to, (lot) => Promise.all(lot.map((message, at) => send(message, at))));

test("the raw queue hands out what was sent behind the stored, in order, and each message once", async () => {
  await withFile(async (file) => {
    const queue = new RawQueue(file);
    queue.fill(250);
    queue.send(1_000, 1_150);
    const idsOf = (bodies: readonly string[]) => bodies.map((body) => JSON.parse(body).id as number);
    const claimed = queue.claim();
    queue.remove(claimed);
    const handled: unknown[] = [];
    const handle = (message: unknown) => {
      handled.push(message);
      return { state: handled.length, output: message };
    };
    assert.deepEqual([queue.process(handle), queue.process(handle)], [50, 0]);
    const ids = [
      ...idsOf(claimed.map(({ body }) => body)),
      ...idsOf(handled.map((each) => JSON.stringify(each))),
    ];
    assert.deepEqual(
      ids,
      Array.from({ length: 150 }, (_, at) => at + 1_000),
    );
    queue.close();
  });
});

test("a past has its agents and conversations in even parts, and the same words each time", () => {
  const messages = Array.from({ length: 100_000 }, (_, index) => index);
  const parts = (of: (index: number) => unknown) =>
    new Set(
      Map.groupBy(messages, of)
        .values()
        .map((all) => all.length),
    );
  assert.deepEqual([...parts(agentOf)], [1_000]);
  assert.deepEqual([...parts(conversationOf)], [50]);
  assert.deepEqual(pastPayload(7), pastPayload(7));
  const words = messages.slice(0, 2_000).flatMap((index) => pastPayload(index).text.split(" "));
  assert.ok(new Set(words).size > 1_000);
  assert.equal(words.length, 24_000);
});

test("what a peer lacks is a reason, or it takes part", () => {
  for (const [peer, lack] of [
    ["bullmq", redisLacks()],
    ["pg-boss", postgresLacks()],
  ] as const) {
    assert.equal(peersFor("durable_latency").includes(peer), lack === undefined);
    assert.equal(
      peersLeftOut().some((line) => line === `${peer} is left out: ${lack}`),
      lack !== undefined,
    );
  }
  assert.ok(peersFor("durable_enqueue").includes("plainjob"));
});

test("an unknown key is refused with the names of the known ones", () => {
  const { status, stderr } = run("--only", "speed");
  assert.equal(status, 2);
  assert.match(stderr, /cast_1000/);
});
