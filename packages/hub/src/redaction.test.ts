/** What a hub hides: it leaves by no way of looking on, and reaches whoever has to work with it. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { agent, type Envelope } from "hermod";
import { sqlite } from "hermod/sqlite";
import { WebSocket } from "ws";
import { open } from "./api/api.test.kit.ts";
import { textOf } from "./server/socket.ts";
import { hermod } from "./cli/cli.test.kit.ts";
import { HIDDEN, Redaction, TEXTS, holdsHidden, secretNames, toRedaction } from "./redaction.ts";

const SECRET = "hunter2-very-secret";

const envelopeOf = (payload: unknown, metadata: object = {}): Envelope => ({ payload, metadata }) as Envelope;
const shown = (payload: unknown, rules?: readonly string[]): unknown =>
  new Redaction(rules).envelope(envelopeOf(payload)).payload;

test("values of secret names are hidden at any depth, however they are written", () => {
  const payload = {
    a: [{ Password: SECRET, b: { "API-KEY": { deep: SECRET } } }],
    api_key: 7,
    tokens: 12,
    note: "ok",
  };
  assert.deepEqual(shown(payload), {
    ...{ a: [{ Password: HIDDEN, b: { "API-KEY": HIDDEN } }], api_key: HIDDEN, tokens: 12, note: "ok" },
  });
  assert.deepEqual(payload.a[0]?.Password, SECRET, "the message itself is what it was");
});

test("a rule by a path hides that place alone, and `*` stands for one name; roots are data and metadata", () => {
  const payload = {
    card: { number: SECRET, kind: "visa" },
    users: [{ ssn: SECRET }, { ssn: null }],
    number: 1,
  };
  assert.deepEqual(shown(payload, ["data.card.number", "users.*.ssn"]), {
    ...{ card: { number: HIDDEN, kind: "visa" }, users: [{ ssn: HIDDEN }, { ssn: null }], number: 1 },
  });
  const told = new Redaction(["metadata.who"]).envelope(envelopeOf({ who: "a" }, { who: "b" }));
  assert.deepEqual([told.payload, told.metadata], [{ who: "a" }, { who: HIDDEN }]);
});

test("where nothing is hidden the envelope stays the same; false hides nothing, names come on top of the usual ones", () => {
  const plain = envelopeOf({ note: "x", bytes: new Uint8Array(2) });
  assert.equal(new Redaction().envelope(plain), plain);
  const secret = envelopeOf({ password: SECRET });
  assert.equal(toRedaction(false).envelope(secret), secret);
  assert.deepEqual(toRedaction(["ssn"]).rules, [...secretNames, TEXTS, "ssn"]);
});

test("nothing of a hidden value is left, whatever stands around it", () => {
  const name = fc.constantFrom(...secretNames, ...secretNames.map((each) => each.toUpperCase()));
  const around = fc.jsonValue({ maxDepth: 3 });
  fc.assert(
    fc.property(name, around, fc.array(fc.string(), { maxLength: 4 }), (secret, other, path) => {
      const inner: unknown = { other, [secret]: { value: [SECRET] } };
      const payload = path.reduce<unknown>((within, key) => [{ [key]: within }], inner);
      assert.ok(!JSON.stringify(shown(payload)).includes(SECRET));
      assert.ok(holdsHidden(shown(payload)));
    }),
  );
});

test("a filter's field is refused at, above a name and below a hidden place, and nowhere else", () => {
  const redaction = new Redaction(["token", "data.card", "users.*.ssn"]);
  const asked = [
    "data.token",
    "data.a.Token",
    "metadata.token.x",
    "data.card",
    "data.card.number",
    "data.users.0.ssn",
  ];
  assert.deepEqual(
    asked.filter((field) => !redaction.hides(field)),
    [],
  );
  assert.deepEqual(
    ["data.tokens", "data.cards", "from", "token", "data.users.0.name", "metadata.card"].filter((field) =>
      redaction.hides(field),
    ),
    [],
  );
});

const folder = mkdtempSync(join(tmpdir(), "hermod-hidden-"));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const said: unknown[] = [];
const vault = agent("vault", {
  retry: { retries: 0 },
  on: {
    request: (payload, ctx) => {
      said.push(payload);
      ctx.log.info("opens", { token: SECRET, door: 1 });
      return { password: SECRET };
    },
    notification: () => {
      throw Object.assign(new Error("shut"), { details: { token: SECRET } });
    },
  },
});

/** What the command line prints, aside too. */
async function printed(url: string, ...args: string[]): Promise<string> {
  const { out, err } = await hermod([...args, "--url", url]);
  return out + err;
}

test("a secret reaches its agent and its caller, and nobody who looks on: over HTTP, the page's socket or the command line", async () => {
  await using ground = await open({ store: sqlite(join(folder, "a.db")), agents: [vault] });
  const { client } = ground;
  const seen: string[] = [];
  const socket = new WebSocket(`${client.url.replace("http", "ws")}/v1/watch`);
  socket.on("message", (data) => seen.push(textOf(data)));
  await once(socket, "open");
  socket.send("{}");
  await once(socket, "message");
  const events = client.events("/v1/live")[Symbol.asyncIterator]();
  await events.next();
  const body = { secret: SECRET, card: { token: SECRET }, note: "open" };
  const reply = await client.ask("post /v1/agents/vault/open", { body });
  assert.deepEqual([reply.body, said.at(-1)], [{ password: SECRET }, body], "who works with it has it whole");
  await client.ask("post /v1/agents/vault/note?verb=cast", { body });
  await client.ask("post /v1/agents/elsewhere/note?verb=cast&hold=true", { body });
  await client.ask("post /v1/agents/elsewhere/note?verb=cast&hold=true&delay=1h", { body });
  const list = async (path: string): Promise<string> =>
    JSON.stringify((await client.ask(`get ${path}`)).body);
  await client.until(async () => (await client.ask("get /v1/dead-letters")).body.items.length > 0);
  const { envelope } = (await client.ask("get /v1/history?where=verb:call")).body.items[0];
  assert.equal(envelope.payload.note, "open");
  const notes = (await client.ask(`get /v1/messages/${envelope.id}/notes`)).body.notes;
  assert.deepEqual([notes[0].text, notes[0].data], ["opens", { token: HIDDEN, door: 1 }]);
  const ways = [
    ...[
      "/v1/history",
      "/v1/history?cut=10",
      `/v1/conversations/${envelope.conversationId}`,
      "/v1/conversations",
      "/v1/export/conversations",
    ],
    ...["/v1/dead-letters", "/v1/dead-letters?cut=5", "/v1/dead-letters/groups", "/v1/mailboxes/elsewhere"],
    ...["/v1/mailboxes/elsewhere/delayed", "/v1/agents", "/v1/questions"],
  ];
  for (const path of ways) assert.ok(!(await list(path)).includes(SECRET), path);
  const streamed: string[] = [];
  while (streamed.length < 3) streamed.push(JSON.stringify((await events.next()).value));
  await events.return?.(undefined);
  while (!seen.join("").includes('"operation":"note"')) await once(socket, "message");
  socket.close();
  assert.ok(![...streamed, ...seen].join("").includes(SECRET), "live");
  const commands = [
    ["messages", "ls"],
    ["messages", "ls", "--json"],
    ["messages", "show", envelope.id],
    ["messages", "show", envelope.id, "--json"],
    ["messages", "export"],
    ["conversations", "show", envelope.conversationId],
    ["conversations", "show", envelope.conversationId, "--json"],
    ["dlq", "ls", "--json"],
    ["dlq", "export"],
    ["mailbox", "peek", "elsewhere", "--json"],
    ["tail", "--json"],
    ["agents", "show", "vault", "--json"],
  ];
  for (const command of commands) {
    const text = await printed(client.url, ...command);
    assert.ok(!text.includes(SECRET) && text.length > 2, `${command.join(" ")}: ${text.slice(0, 300)}`);
  }
  assert.match(await printed(client.url, "messages", "show", envelope.id), /opens .*door/su);
  assert.match(await printed(client.url, "messages", "resend", envelope.id), /hides/u);
});

test("what is hidden is found out by no filter, and words that only it holds find nothing", async () => {
  await using ground = await open({ agents: [vault], hide: ["card.number"] });
  const { client } = ground;
  await client.ask("post /v1/agents/vault/open", {
    body: { password: SECRET, card: { number: "4711" }, note: "open sesame" },
  });
  for (const where of [
    "data.password:h*",
    "-data.password:h*",
    "data.card.number:4*",
    "data.card.number:>1",
  ]) {
    const asked = encodeURIComponent(where);
    for (const path of [
      "history",
      "conversations",
      "dead-letters",
      "dead-letters/groups",
      "mailboxes/vault",
      "live",
    ]) {
      const { status, body } = await client.ask(`get /v1/${path}?where=${asked}`);
      assert.deepEqual([status, body.error?.code], [400, "HERMOD_BAD_FILTER"], `${path} ${where}`);
    }
    const { status } = await client.ask("post /v1/dead-letters/redrive", { body: { where, dryRun: true } });
    assert.equal(status, 400);
  }
  const found = async (where: string): Promise<number> =>
    (await client.ask(`get /v1/history?where=${encodeURIComponent(where)}`)).body.items.length;
  assert.deepEqual(
    [await found('"hunter2"'), await found('"4711"'), await found('"open sesame"')],
    [0, 0, 1],
  );
  assert.equal((await client.ask('get /v1/conversations?where="hunter2"')).body.items.length, 0);
  assert.deepEqual((await client.ask("get /v1/me")).body.hides, [...secretNames, TEXTS, "card.number"]);
});

// Put together here, so that nobody who looks for secrets in files finds any in this one.
const KEY = ["sk-ant-api03-", "4fA9xQ2mZ7cK1pR8tV3wY6bN0dG5hJ"].join("");
const TOKEN = "Zb81hf0Q2mZ7cK1pR8tV";

test("a secret inside of a text is hidden, and the text around it is shown; false hides none", () => {
  const payload = {
    note: `my key is ${KEY}.`,
    list: [`Authorization: Bearer ${TOKEN}`],
    id: "0190a3c2-7b1e",
  };
  const hidden = {
    note: `my key is ${HIDDEN}.`,
    list: [`Authorization: Bearer ${HIDDEN}`],
    id: "0190a3c2-7b1e",
  };
  assert.deepEqual(shown(payload), hidden);
  assert.equal(shown(`${KEY}`), HIDDEN);
  assert.ok(holdsHidden(shown(payload)));
  assert.equal(toRedaction(false).envelope(envelopeOf(payload)).payload, payload);
  assert.equal(shown(payload, ["password"]), payload, "only where the rule is given");
});

const gossip = agent("gossip", {
  retry: { retries: 0 },
  on: {
    request: (said, ctx) => (ctx.log.info(`heard ${KEY}`), said),
    notification: async (_, ctx) => {
      if (ctx.envelope.operation === "ask") return void (await ctx.ask("ana", `Is ${KEY} yours?`));
      throw new Error(`it is refused: Bearer ${TOKEN}; ${KEY} as well`);
    },
  },
});

test("a secret inside of a text leaves by no way of looking on", async () => {
  await using ground = await open({ store: sqlite(join(folder, "b.db")), agents: [gossip] });
  const { client } = ground;
  const seen: string[] = [];
  const socket = new WebSocket(`${client.url.replace("http", "ws")}/v1/watch`);
  socket.on("message", (data) => seen.push(textOf(data)));
  await once(socket, "open");
  socket.send("{}");
  await once(socket, "message");
  const body = `my key is ${KEY}`;
  assert.equal((await client.ask("post /v1/agents/gossip/tell?conversation=c", { body })).body, body);
  await client.ask("post /v1/agents/gossip/note?verb=cast", { body: { said: body } });
  await client.ask("post /v1/agents/gossip/ask?verb=cast", { body });
  const list = async (path: string): Promise<string> =>
    JSON.stringify((await client.ask(`get ${path}`)).body);
  await client.until(async () => (await client.ask("get /v1/dead-letters")).body.items.length > 0);
  await client.until(async () => (await client.ask("get /v1/questions")).body.items.length > 0);
  const { envelope } = (await client.ask("get /v1/history?where=operation:tell")).body.items[0];
  const { conversationId } = (await client.ask("get /v1/dead-letters")).body.items[0].envelope;
  const ways = [
    ...["/v1/history", "/v1/history?cut=20", "/v1/conversations/c", "/v1/conversations", "/v1/questions"],
    "/v1/export/conversations",
    ...["/v1/dead-letters", "/v1/dead-letters/groups", `/v1/messages/${envelope.id}/notes`],
    ...[`/v1/traces/${conversationId}`, `/v1/conversations/${conversationId}`],
  ];
  const isLeft = (text: string): boolean => text.includes(KEY.slice(-12)) || text.includes(TOKEN.slice(-8));
  for (const path of ways) {
    const text = await list(path);
    assert.ok(!isLeft(text) && text.length > 60, `${path}: ${text}`);
  }
  assert.match(await list("/v1/dead-letters"), /it is refused: Bearer \[hidden by the hub\]/u);
  const found = async (where: string): Promise<number> =>
    (await client.ask(`get /v1/history?where=${encodeURIComponent(where)}`)).body.items.length;
  assert.deepEqual(
    [await found(`"${KEY}"`), await found(`data.said:"my key is sk-ant*"`), await found("data.said:my*")],
    [0, 0, 1],
  );
  while (!seen.join("").includes('"event":"dead"')) await once(socket, "message");
  socket.close();
  assert.ok(!isLeft(seen.join("")), "live");
  for (const command of [["messages", "ls", "--json"], ["dlq", "groups"], ["dlq", "ls", "--json"], ["tail"]])
    assert.ok(!isLeft(await printed(client.url, ...command)), command.join(" "));
});
