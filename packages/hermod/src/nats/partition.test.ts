/** Whoever reads a partition's journal from its beginning has the rows of its owner, in every table: that is all a takeover rests on. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { tries } from "../core/samples.test.kit.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { toTerms } from "./options.ts";
import { Play } from "./play.test.kit.ts";
import { missing, Server } from "./server.test.kit.ts";

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
let server: Server;
let broker: Broker;
let copies: Copies;
let partitions = 0;

before(async () => {
  if (skip) return;
  server = await Server.start();
  // So little is kept that the chores have work.
  const kept = { history: { count: 20, bytes: 9000 }, deadLetters: { count: 2 }, dedupe: "1s" } as const;
  broker = await connect(toTerms({ servers: server.url, journalBytes: 2 ** 24, ...kept }));
  copies = new Copies(broker.terms.limits);
});
after(async () => {
  await broker?.close();
  copies?.close();
  await server?.close();
});

type Deed = keyof Play["deeds"];
type Step = readonly [deed: Deed, which: number];

async function played(steps: readonly Step[]): Promise<Awaited<ReturnType<Play["rows"]>>> {
  const play = new Play(broker, copies, partitions++);
  await play.begin();
  for (const [deed, which] of steps) await play.deeds[deed](which);
  const rows = await play.rows();
  for (const [table, own] of Object.entries(rows.own)) assert.deepEqual(rows.replayed[table], own, table);
  return rows;
}

const all: readonly Deed[] = [
  ...(["send", "keyed", "later", "brief", "publish", "bind", "unbind", "claim", "ack", "fail"] as const),
  ...(["die", "retry", "release", "answer", "part", "spend", "redrive", "discard", "remove"] as const),
  ...(["advance", "takeover", "end", "crowd", "send", "keyed", "claim", "claim", "answer", "die"] as const),
];
const steps = fc.array(fc.tuple(fc.constantFrom(...all), fc.nat(20)), {
  minLength: 40,
  maxLength: 80,
  size: "max",
});

test(
  "whatever is done by one owner after the other, a reader of the journal has the same rows",
  { skip },
  () =>
    fc.assert(
      fc.asyncProperty(steps, async (list) => void (await played(list))),
      { ...tries(10), endOnFailure: true },
    ),
);

test(
  "chores that take away what is old, and attempts that were killed, leave the same rows too",
  { skip },
  async () => {
    const some = all.map((each, at): Step => [each, at]);
    const without = some.filter(([each]) => each !== "remove");
    const { own, sent } = await played([
      ["crowd", 0],
      ...without,
      ...without,
      ["crowd", 0],
      ["claim", 2],
      ["takeover", 0],
    ]);
    assert.ok(sent > 500);
    assert.ok(
      (own["fate"] ?? []).length > 0 && (own["message"] ?? []).length < sent,
      "nothing was taken away",
    );
    const filled = Object.keys(own).filter((table) => (own[table] ?? []).length > 0);
    for (const table of [
      "mailbox",
      "message",
      "waiting",
      "fate",
      "dead",
      "state",
      "binding",
      "part",
      "spent",
      "by_agent",
    ])
      assert.ok(filled.includes(table), `no row in ${table}`);
  },
);
