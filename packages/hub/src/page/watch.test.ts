/** The page's socket: rows of what happens, what was missed, and nothing that its reader may not see. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocket } from "ws";
import { open, tokens } from "../api/api.test.kit.ts";

interface Said {
  readonly at?: string;
  readonly missed?: number | null;
  readonly rows?: readonly { readonly id: string; readonly [field: string]: unknown }[];
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

const say = (body: unknown, more = "") => [`post /v1/agents/echo/say${more}`, { body }] as const;

test("a page hears of each message as a row, and of what becomes of it", async () => {
  await using ground = await open();
  await using page = new Page(ground.hub.url, { where: "conversation:c" });
  assert.ok((await page.next()).at);
  await ground.client.ask(...say({ text: "x".repeat(500) }, "?conversation=c"));
  await ground.client.ask(...say(2, "?conversation=other"));
  const rows = await page.rows(3);
  assert.deepEqual(
    rows.slice(0, 3).map(({ event, verb, state, to }) => [event, verb, state, to]),
    [
      ["stored", "call", "waiting", "echo"],
      ["settled", "call", "done", "echo"],
      ["stored", "reply", "waiting", rows[2]?.["to"]],
    ],
  );
  assert.equal(String(rows[0]?.["preview"]).length, 160, "a line, not the payload");
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
