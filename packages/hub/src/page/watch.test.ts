/** The page's socket: rows of what happens, what was missed, and nothing that its reader may not see. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { agent, type Envelope } from "hermod";
import { open, tokens } from "../api/api.test.kit.ts";
import { Feed, type Happened } from "../api/feed.ts";
import { Onlooker } from "../api/onlooker.ts";
import { HIDDEN, toRedaction } from "../redaction.ts";
import { BUNDLE, bundleOf, Known } from "./bundle.ts";

interface Row {
  readonly id: string;
  readonly [field: string]: unknown;
}

interface Said {
  readonly at?: string;
  readonly missed?: number | null;
  readonly rows?: readonly Row[];
  readonly error?: { readonly code: string };
}

/** A page that hears what the hub says. */
class Page implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly ended: Promise<number>;
  readonly #heard: Said[] = [];
  #wake: () => void = () => undefined;

  constructor(url: string, wish: unknown) {
    this.socket = new WebSocket(`${url.replace("http", "ws")}/v1/watch`);
    this.socket.on("open", () => this.say(wish));
    this.socket.on("message", (data: Buffer) => {
      this.#heard.push(JSON.parse(String(data)) as Said);
      this.#wake();
    });
    this.ended = new Promise((resolve) => this.socket.on("close", (code) => resolve(code)));
  }

  say(wish: unknown): void {
    this.socket.send(typeof wish === "string" ? wish : JSON.stringify(wish));
  }

  async next(): Promise<Said> {
    while (this.#heard.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#heard.shift() as Said;
  }

  /** What is known of each message, once that is enough. */
  async until(enough: (known: ReadonlyMap<string, Row>) => boolean): Promise<ReadonlyMap<string, Row>> {
    const known = new Map<string, Row>();
    while (!enough(known))
      for (const row of (await this.next()).rows ?? []) known.set(row.id, { ...known.get(row.id), ...row });
    return known;
  }

  /** The rows until there are so many. */
  async rows(count: number): Promise<NonNullable<Said["rows"]>> {
    const rows: NonNullable<Said["rows"]>[number][] = [];
    while (rows.length < count) rows.push(...((await this.next()).rows ?? []));
    return rows;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close();
    await this.ended;
  }
}

/** As much of an envelope as a row tells. */
const envelopeOf = (id: string): Envelope => {
  const said = { id, verb: "cast", type: "notification", operation: "note", from: "a", to: "b" };
  return {
    ...said,
    conversationId: "c",
    sentAt: 1,
    size: 20,
    payload: { token: "t" },
  } as unknown as Envelope;
};

const say = (body: unknown, more = "") => [`post /v1/agents/echo/say${more}`, { body }] as const;

test("a page hears of each message as a row, and of what becomes of it", async () => {
  await using ground = await open();
  await using page = new Page(ground.hub.url, { where: "conversation:c" });
  assert.ok((await page.next()).at);
  await ground.client.ask(...say({ text: "x".repeat(500) }, "?conversation=c"));
  await ground.client.ask(...say(2, "?conversation=other"));
  const rows = await page.until((told) => told.size === 2 && [...told.values()][0]?.["state"] === "done");
  const [call, reply] = [...rows.values()];
  assert.deepEqual([call?.["verb"], call?.["to"], call?.["attempt"]], ["call", "echo", 1]);
  assert.deepEqual([reply?.["verb"], reply?.["inReplyTo"]], ["reply", call?.id]);
  assert.equal(String(call?.["preview"]).length, 160, "a line, not the payload");
});

test("what becomes of a message that the page knows is told without the message, unless it looks at something else", async () => {
  const { promise: held, resolve: go } = Promise.withResolvers<void>();
  const slow = agent("slow", { on: { request: () => held.then(() => "said") } });
  await using ground = await open({ agents: [slow] });
  await using page = new Page(ground.hub.url, { where: "to:slow" });
  await using turned = new Page(ground.hub.url, { where: "to:slow" });
  await Promise.all([page.next(), turned.next()]);
  const asked = ground.client.ask("post /v1/agents/slow/say", { body: "hello" });
  assert.deepEqual(
    (await Promise.all([page.rows(1), turned.rows(1)])).map(([row]) => row?.["preview"]),
    ["hello", "hello"],
  );
  turned.say({ where: "verb:call" });
  turned.socket.ping();
  await once(turned.socket, "pong");
  go();
  await asked;
  const [[news], [anew]] = await Promise.all([page.rows(1), turned.rows(1)]);
  const { at: _, id: __, ...rest } = news as Row;
  assert.deepEqual(rest, { event: "settled", state: "done", mailbox: "slow", attempt: 1 });
  assert.deepEqual([anew?.["state"], anew?.["preview"]], ["done", "hello"]);
});

test("a page that is too slow gets what it can read, and is told how much it missed", () => {
  const feed = new Feed({ events: 300 });
  const redaction = toRedaction();
  const leave = feed.enter();
  const principal = { name: "all", kind: "person", may: () => true } as const;
  const onlooker = new Onlooker(feed, principal, [], { seen: undefined, redaction });
  const known = new Known();
  const stored = (n: number): Happened => ({ type: "stored", envelope: envelopeOf(`m${n}`) });
  for (let n = 0; n < 500; n++) feed.add(stored(n));
  assert.deepEqual([onlooker.missed(), bundleOf(onlooker, known).length], [{ missed: 200 }, BUNDLE]);
  const next = JSON.parse(bundleOf(onlooker, known)[0] ?? "") as Row;
  assert.deepEqual([next.id, next["preview"]], [`m${200 + BUNDLE}`, `{"token":"${HIDDEN}"}`]);
  leave();
});

test("a message that was stored and settled since is one row, with all that is known of it", () => {
  const feed = new Feed();
  const leave = feed.enter();
  const principal = { name: "all", kind: "person", may: () => true } as const;
  const onlooker = new Onlooker(feed, principal, [], { seen: undefined, redaction: toRedaction() });
  const envelope = envelopeOf("m");
  feed.add({ type: "stored", envelope });
  feed.add({ type: "dead", envelope, attempt: 2, mailbox: "b", outcome: "dead", error: "no" });
  feed.add({ type: "dead", envelope, reason: "exhausted" });
  const [text = "", ...others] = bundleOf(onlooker, new Known());
  const { event, state, attempt, mailbox, error, reason, from } = JSON.parse(text) as Row;
  assert.deepEqual(
    [event, state, attempt, mailbox, error, reason],
    ["dead", "dead", 2, "b", "no", "exhausted"],
  );
  assert.deepEqual([from, others], ["a", []]);
  leave();
});

test("a page may change what it watches, and one that was cut off goes on where it was", async () => {
  await using ground = await open();
  let at: string | undefined;
  {
    await using page = new Page(ground.hub.url, { where: "conversation:c" });
    await page.next();
    page.say({ where: "conversation:d" });
    // What it says and its ping are heard in order.
    page.socket.ping();
    await once(page.socket, "pong");
    await ground.client.ask(...say(1, "?conversation=c"));
    await ground.client.ask(...say(2, "?conversation=d"));
    const { rows, ...told } = await page.next();
    assert.equal((rows ?? [])[0]?.["conversation"], "d");
    at = told.at;
    page.say({ where: "state:" });
    while ((await page.next()).error?.code !== "HERMOD_BAD_FILTER");
    assert.equal(await page.ended, 4400);
  }
  await ground.client.ask(...say("later", "?conversation=d"));
  await using again = new Page(ground.hub.url, {
    where: "conversation:d verb:call state:waiting",
    after: at,
  });
  assert.equal((await again.rows(1)).at(-1)?.["preview"], "later");
});

test("a page that saw another hub is told that something was missed", async () => {
  await using ground = await open();
  await using page = new Page(ground.hub.url, { after: "0123456789ab.5" });
  await page.next();
  assert.equal((await page.next()).missed, null);
});

test("a page sees what its token may read, ends with it, and none comes in without one", async () => {
  const auth = tokens({ all: ["* *"], reader: ["read nobody"] });
  await using ground = await open({ auth });
  await using nobody = new Page(ground.hub.url, {});
  assert.equal((await nobody.next()).error?.code, "HERMOD_UNAUTHORIZED");
  await using reader = new Page(ground.hub.url, { token: "reader" });
  await using all = new Page(ground.hub.url, { token: "all" });
  await Promise.all([reader.next(), all.next()]);
  await ground.client.ask("post /v1/agents/echo/say", { body: 1, token: "all" });
  assert.ok((await all.rows(1)).length > 0);
  const silence = new Promise((resolve) => setImmediate(() => resolve("nothing")));
  assert.equal(await Promise.race([reader.next(), silence]), "nothing");
});

test("what is no wish is refused with a code", async () => {
  await using ground = await open();
  for (const wish of ["", "{", "[]", `{"where":5}`, `{"else":1}`, "x".repeat(9000)]) {
    await using page = new Page(ground.hub.url, wish);
    assert.equal((await page.next()).error?.code, "HERMOD_PROTOCOL", wish.slice(0, 20));
    assert.equal(await page.ended, 4400);
  }
});
