/** What a principal may do with the store: each operation has its rule, and what a client says of itself counts for nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { agent, memory, start } from "hermod";
import { operations, remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { Hub } from "../hub.ts";
import { guarded, Raw, type Guarded } from "./auth.kit.ts";
import { tagOf } from "./desks.ts";
import { rules } from "./guard.ts";

const FORBIDDEN = "HERMOD_FORBIDDEN";
/** Addresses of systems. */
const [OTHER, OWN] = (["owner", "stranger"] as const).map(
  (name) => `~1.${tagOf({ name, kind: "system" })}`,
) as [string, string];
const rule = {};
let ids = 0;
const letter = (more: object) => ({ id: `m${++ids}`, from: "mine", to: "friend", ...more });
const settling = (more: object) => ({ token: 1, settlement: { type: "ack" }, ...more });

/** What a stranger may not do, for each operation. */
const refused: Readonly<Record<(typeof operations)[number], readonly object[]>> = {
  append: [
    { envelope: letter({ from: "theirs" }) },
    { envelope: letter({ from: "~people/anna" }) },
    { envelope: letter({ from: OTHER }) },
    { envelope: letter({ from: "theirs#1" }) },
    { envelope: letter({ to: "theirs" }) },
    { envelope: letter({ to: "theirs#1" }) },
    { envelope: letter({ to: `${OTHER}/theirs`, verb: "call", type: "request" }) },
    { envelope: letter({ to: "~people/anna" }) },
    { envelope: letter({ to: "~schedules#x" }) },
    { envelope: letter({ replyTo: "theirs" }) },
    { envelope: letter({ replyTo: `${OTHER}/mine` }) },
    { envelope: letter({ to: undefined, topic: "secret.news" }) },
    { envelope: letter({ published: { by: OTHER, number: 1 } }) },
    { envelope: letter({ waits: 1, hops: ["theirs"] }) },
    { envelope: letter({ verb: "info", operation: "~cancel", payload: { id: "theirs-1" } }) },
  ],
  appendAll: [
    { envelopes: [letter({}), letter({ from: "theirs" })] },
    { envelopes: [letter({ to: "theirs" })] },
  ],
  bury: [{ envelope: letter({ from: "theirs" }), reason: "terminal" }],
  claim: [
    { mailbox: "theirs", max: 1, lease: 1000 },
    { mailbox: "~people", max: 1, lease: 1000 },
    { mailbox: OTHER, max: 1, lease: 1000 },
    { mailbox: "~schedules", max: 1, lease: 1000 },
    {
      mailbox: "theirs",
      max: 1,
      lease: 1000,
      where: [{ field: "id", operator: "is", value: "theirs-1", negated: false }],
    },
    {
      mailbox: "theirs",
      max: 1,
      lease: 1000,
      where: [{ field: "id", operator: "is", value: "unknown", negated: false }],
    },
    { mailbox: "theirs", max: 1, lease: 1000, where: "id:theirs-1" },
  ],
  // What the session does not hold is stale, whoever has it: see below.
  extend: [],
  settle: [],
  load: [{ key: "theirs" }, { key: "theirs#1" }, { key: "theirs c1" }],
  announce: [
    { mailbox: "theirs", rule },
    { mailbox: OTHER, rule },
    { mailbox: "~people", rule: { count: 0 } },
    { mailbox: "friend", rule },
  ],
  // Only what it announced is withdrawn, and nobody is told what was not.
  withdraw: [],
  directory: [],
  bind: [
    { pattern: "open.>", mailbox: "theirs" },
    { pattern: "secret.*", mailbox: "mine" },
    { pattern: ">", mailbox: "mine" },
    { pattern: "*.news", mailbox: "mine" },
  ],
  unbind: [{ pattern: "open.>", mailbox: "theirs" }],
  record: [
    { id: "theirs-1", part: { type: "part", value: 1 } },
    { id: "theirs-1", part: { type: "end", state: "done" } },
    { id: "unknown", part: 1 },
  ],
  parts: [],
  follow: [{ id: "theirs-1" }],
  unfollow: [],
  spend: [{ conversation: "theirs-1", amounts: { tokens: 1 }, limits: {} }],
  watch: [{ mailbox: "theirs" }, { mailbox: OTHER }, { mailbox: "~people" }],
  unwatch: [],
  read: [],
  operate: [
    { operation: { type: "redrive", id: "theirs-1@theirs" } },
    { operation: { type: "discard", id: "theirs-1@theirs" } },
    { operation: { type: "discard", id: "x@mine@theirs" } },
    { operation: { type: "discard", id: "x" } },
    { operation: { type: "remove", mailbox: "theirs" } },
    { operation: { type: "remove", mailbox: OTHER } },
    { operation: { type: "remove", mailbox: "~people" } },
  ],
};

/** A hub with somebody whom a stranger would like to be. */
async function twoOf(): Promise<Guarded & { readonly owner: Raw; readonly stranger: Raw }> {
  const at = await guarded();
  const owner = await Raw.hello(at.hub.url, {
    token: at.token("owner", ["serve:*", "send:*", "read:*", "redrive:*"]),
  });
  for (const mailbox of ["theirs", "friend", OTHER])
    assert.equal(await owner.code("announce", { mailbox, rule }), "");
  const sent = {
    id: "theirs-1",
    from: "theirs",
    to: "theirs",
    payload: "secret",
    verb: "task",
    type: "task",
  };
  assert.equal(await owner.code("append", { envelope: sent }), "");
  await owner.ask("record", { id: "theirs-1", part: { type: "progress" } });
  const rights = [
    "serve:mine",
    "send:friend",
    "send:mine",
    "subscribe:open.*",
    "send:open.*",
    "redrive:mine",
  ];
  const stranger = await Raw.hello(at.hub.url, { token: at.token("stranger", rights) });
  assert.equal(await stranger.code("announce", { mailbox: "mine", rule }), "");
  assert.equal(await stranger.code("announce", { mailbox: OWN, rule }), "");
  return Object.assign(at, { owner, stranger });
}

test("every operation has a rule, and what it refuses is tried", () => {
  assert.deepEqual(Object.keys(rules).toSorted(), [...operations].toSorted());
  assert.deepEqual(Object.keys(refused).toSorted(), [...operations].toSorted());
});

for (const op of operations)
  if (refused[op].length > 0)
    test(`a stranger may not: ${op}`, async () => {
      await using at = await twoOf();
      for (const frame of refused[op])
        assert.equal(await at.stranger.code(op, frame as never), FORBIDDEN, `${op} ${JSON.stringify(frame)}`);
    });

test("what a stranger may do it can do: send, serve, speak from its own system, subscribe", async () => {
  await using at = await twoOf();
  const { stranger } = at;
  const given: readonly (readonly [string, object])[] = [
    ["append", { envelope: letter({}) }],
    [
      "append",
      { envelope: letter({ from: OWN, to: "mine", replyTo: `${OWN}/x`, verb: "call", type: "request" }) },
    ],
    [
      "append",
      { envelope: letter({ to: undefined, topic: "open.news", published: { by: OWN, number: 1 } }) },
    ],
    ["append", { envelope: letter({ to: `${OTHER}/theirs`, verb: "reply", type: "response" }) }],
    ["claim", { mailbox: "mine", max: 1, lease: 1000 }],
    ["bind", { pattern: "open.>", mailbox: "mine" }],
    ["watch", { mailbox: OWN }],
    ["load", { key: "mine c1" }],
    [
      "announce",
      { mailbox: "~people", rule: { order: "priority", keyBy: "none", slots: 1, overflow: "reject" } },
    ],
    ["spend", { conversation: "fresh", amounts: { tokens: 1 }, limits: {} }],
    ["operate", { operation: { type: "discard", id: "x@mine" } }],
    ["operate", { operation: { type: "remove", mailbox: OWN } }],
  ];
  for (const [op, frame] of given)
    assert.equal(await stranger.code(op, frame as never), "", `${op} ${JSON.stringify(frame)}`);
});

test("of what is not its own a stranger sees nothing, as if it were not there", async () => {
  await using at = await twoOf();
  const { stranger, owner } = at;
  const is = async (raw: Raw, op: string, rest: object) => (await raw.ask(op, rest as never))?.["is"];
  const items = async (raw: Raw, query: object) =>
    ((await is(raw, "read", { query })) as { items: unknown[] }).items;
  assert.deepEqual(await is(stranger, "parts", { id: "theirs-1", after: 0, limit: 10 }), []);
  assert.equal(((await is(owner, "parts", { id: "theirs-1", after: 0, limit: 10 })) as unknown[]).length, 1);
  for (const query of [
    { type: "history" },
    { type: "history", agent: "theirs" },
    { type: "history", where: [{ field: "id", operator: "is", value: "theirs-1", negated: false }] },
    { type: "waiting", mailbox: "theirs" },
    { type: "dead" },
  ])
    assert.deepEqual(await items(stranger, query), [], JSON.stringify(query));
  assert.equal((await items(owner, { type: "history" })).length, 1);
  const known = (await is(stranger, "directory", {})) as string[];
  assert.deepEqual(known.toSorted(), ["friend", "mine", OWN]);
  const counted = (await items(stranger, { type: "counts" })) as { mailbox: string }[];
  assert.deepEqual(counted.map(({ mailbox }) => mailbox).toSorted(), ["friend", "mine", OWN]);
});

test("a claim of another session is stale here: it is neither extended nor settled", async () => {
  await using at = await twoOf();
  const { stranger, owner } = at;
  const claims = (await owner.ask("claim", { mailbox: "theirs", max: 1, lease: 60_000 }))?.["is"] as {
    token: number;
  }[];
  const token = claims[0]?.token;
  assert.deepEqual((await stranger.ask("settle", settling({ token })))?.["is"], { status: "stale" });
  assert.equal((await stranger.ask("extend", { token, lease: 1000 }))?.["is"], false);
  assert.deepEqual((await owner.ask("settle", settling({ token })))?.["is"], { status: "settled" });
});

test("a claim is settled with what its server may say, and its own state alone", async () => {
  await using at = await twoOf();
  const { stranger } = at;
  await stranger.ask("append", { envelope: letter({ to: "mine" }) });
  const claims = (await stranger.ask("claim", { mailbox: "mine", max: 1, lease: 60_000 }))?.["is"] as {
    token: number;
  }[];
  const token = claims[0]?.token;
  const outputs = (more: object) => settling({ token, outputs: [letter(more)] });
  for (const more of [{ from: "theirs" }, { to: "theirs" }, { replyTo: OTHER }])
    assert.equal(await stranger.code("settle", outputs(more)), FORBIDDEN);
  assert.equal(
    await stranger.code("settle", settling({ token, state: { key: "theirs", base: 0, json: "{}" } })),
    FORBIDDEN,
  );
  assert.equal(
    await stranger.code("settle", settling({ token, state: { key: "mine", base: 0, json: "{}" } })),
    "",
  );
});

test("whoever sent a message takes it back before it began, and cannot answer it", async () => {
  await using at = await twoOf();
  const { stranger } = at;
  const where = (value: string) => [{ field: "id", operator: "is", value, negated: false }];
  const sent = letter({ from: OWN, replyTo: OWN, verb: "call", type: "request" });
  await stranger.ask("append", { envelope: sent });
  const asked = { mailbox: "friend", max: 1, lease: 60_000, where: where(sent.id) };
  const claims = (await stranger.ask("claim", asked))?.["is"] as { token: number }[];
  const token = claims[0]?.token;
  const error = { code: "HERMOD_CANCELLED", message: "taken back" };
  assert.equal(await stranger.code("settle", settling({ token })), FORBIDDEN);
  const end = { type: "end", state: "done", result: "forged" };
  assert.equal(
    await stranger.code("settle", settling({ token, settlement: { type: "fail", error }, part: end })),
    FORBIDDEN,
  );
  assert.equal(await stranger.code("settle", settling({ token, settlement: { type: "fail", error } })), "");
});

test("an address of a system belongs to its principal, and to no other after a restart of the hub", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-desks-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, "hub.db");
  const envelope = letter({ from: OTHER, to: "friend" });
  {
    await using at = await guarded(sqlite(file));
    const owner = await Raw.hello(at.hub.url, { token: at.token("owner", ["send:*"]) });
    assert.equal(owner.welcome["tag"], OTHER.split(".")[1]);
    assert.equal(await owner.code("announce", { mailbox: OTHER, rule }), "");
    assert.equal(await owner.code("append", { envelope: letter({ from: OTHER, to: OTHER }) }), "");
  }
  await using at = await guarded(sqlite(file));
  // Whoever comes first after the restart.
  const thief = await Raw.hello(at.hub.url, { token: at.token("thief", ["send:*", "serve:*", "read:*"]) });
  for (const [op, frame] of [
    ["announce", { mailbox: OTHER, rule }],
    ["watch", { mailbox: OTHER }],
    ["claim", { mailbox: OTHER, max: 1, lease: 1000 }],
    ["append", { envelope }],
    ["operate", { operation: { type: "remove", mailbox: OTHER } }],
    ["announce", { mailbox: at.hub.system.address, rule }],
    ["claim", { mailbox: at.hub.system.address, max: 1, lease: 1000 }],
    ["announce", { mailbox: "~anybody", rule }],
  ] as const)
    assert.equal(await thief.code(op, frame as never), FORBIDDEN, op);
  const owner = await Raw.hello(at.hub.url, { token: at.token("owner", ["send:*"]) });
  assert.equal(await owner.code("announce", { mailbox: OTHER, rule }), "");
  const claims = (await owner.ask("claim", { mailbox: OTHER, max: 1, lease: 1000 }))?.["is"] as unknown[];
  assert.equal(claims.length, 1);
});

test("without tokens any address of a system will do, but that of the hub itself", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const raw = await Raw.hello(hub.url);
  assert.equal(raw.welcome["tag"], undefined);
  assert.equal(await raw.code("announce", { mailbox: "~anybody", rule }), "");
  assert.equal(await raw.code("announce", { mailbox: hub.system.address, rule }), FORBIDDEN);
});

test("a session belongs to its principal: nobody else goes on with it", async () => {
  await using at = await twoOf();
  const token = at.token("thief", ["send:*"]);
  const { session } = (at.owner as Raw & { welcome: { session: string } }).welcome;
  using thief = await Raw.hello(at.hub.url, { token, session });
  assert.equal(thief.welcome["resumed"], false);
  assert.notEqual(thief.welcome["session"], session);
  assert.equal(await at.owner.code("watch", { mailbox: "theirs" }), "", "the owner's goes on");
});

test("a person answers in its own name; a system never does", async () => {
  await using at = await guarded();
  const asking = await start({
    agents: [
      agent("writer", {
        on: { request: (_said, ctx) => ctx.ask("anna", "print it?", { options: ["yes", "no"] }) },
      }),
    ],
    store: remote(at.hub.url, { token: at.token("team", ["serve:writer", "send:writer", "send:~people/*"]) }),
  });
  await using _ = asking;
  const answer = asking.call("writer", "", "go");
  answer.catch(() => undefined);
  const until = async () => {
    for (;;) {
      const [question] = await at.hub.system.people.list();
      if (question) return question.id;
      await new Promise((go) => setImmediate(go));
    }
  };
  const id = await until();
  await assert.rejects(asking.people.answer(id, "yes"), { code: FORBIDDEN });
  await using bob = await start({
    store: remote(at.hub.url, { token: at.token("bob", ["answer:bob"], "person") }),
  });
  await assert.rejects(bob.people.answer(id, "yes"), { code: FORBIDDEN });
  await using posing = await start({
    store: remote(at.hub.url, { token: at.token("anna", ["answer:anna"], "system") }),
  });
  await assert.rejects(posing.people.answer(id, "yes"), { code: FORBIDDEN });
  await using anna = await start({
    store: remote(at.hub.url, { token: at.token("anna", ["answer:anna"], "person") }),
  });
  await anna.people.answer(id, "yes");
  assert.equal(await answer, "yes");
});

test("systems with few rights work together: calls, tasks, their parts and their end, topics", async () => {
  await using at = await guarded();
  const worker = agent("worker", {
    on: {
      request: (said) => said,
      async *task(most) {
        for (let part = 1; part <= (most as number); part++) yield part;
        return "done";
      },
      notification: () => undefined,
    },
  });
  await using _ = await start({
    agents: [worker],
    store: remote(at.hub.url, { token: at.token("workers", ["serve:worker"]) }),
  });
  await using caller = await start({
    store: remote(at.hub.url, { token: at.token("caller", ["send:worker"]) }),
  });
  assert.equal(await caller.call("worker", "", "hello"), "hello");
  const task = await caller.task("worker", "", 3);
  const parts: unknown[] = [];
  for await (const { value } of task.parts()) parts.push(value);
  assert.deepEqual([parts, await task.result()], [[1, 2, 3], "done"]);
  const later = await caller.task("worker", "", 3, { delay: "1h" });
  assert.equal(await later.cancel(), "cancelled-before-start");
  await assert.rejects(caller.call("other", "", 1), { code: FORBIDDEN });
});
