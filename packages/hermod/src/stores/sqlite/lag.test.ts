/** What waits in memory alone: how far senders may run ahead of the disk, and how much may stand there. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Envelope } from "../../core/envelope.ts";
import { Bench } from "../../testing/store/bench.ts";
import { critic, editor } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite, type SqliteOptions } from "../sqlite.ts";
import { DiskBox } from "./box.ts";
import { DiskCapacity } from "./capacity.ts";
import { Journal } from "./journal.ts";
import { Lines } from "./lines.ts";
import { DiskShelf } from "./shelf.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;

async function trial(options: SqliteOptions, run: (bench: Bench) => Promise<void>): Promise<void> {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, `${++files}.db`), { thread: false, ...options })(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  for (const mailbox of [critic, editor]) await bench.announce({}, mailbox);
  try {
    await run(bench);
  } finally {
    await store.close();
  }
}

const MIB = 1024 * 1024;
const large = { delivery: "at-most-once", payload: "x".repeat(MIB / 4 - 100) } as const;

test("senders of at-most-once messages wait while eight megabytes are to be written, and go on in order", () =>
  trial({}, async (bench) => {
    const sent = Array.from({ length: 50 }, () => bench.message(large));
    const answers = sent.map((envelope) => bench.store.append(envelope, true));
    const notice = bench.store.append(bench.notice({ delivery: "at-most-once" }), true);
    const waiting = answers.filter((answer) => answer instanceof Promise);
    assert.ok(waiting.length > 10 && waiting.length < 20, `${waiting.length} wait`);
    assert.ok(!(notice instanceof Promise), "a notice waits for nothing");
    await bench.rest();
    for (const answer of answers) assert.deepEqual(await answer, { status: "stored" });
    assert.deepEqual(
      (await bench.ids()).slice(1),
      sent.map(({ id }) => id),
    );
  }));

test("who waits behind what is to be written hears that the store is closed", () =>
  trial({}, async (bench) => {
    const answers = Array.from({ length: 50 }, async () => bench.store.append(bench.message(large), true));
    const heard = Promise.allSettled(answers);
    await bench.store.close();
    const codes = (await heard).map((each) => (each.status === "rejected" ? each.reason.code : "stored"));
    assert.deepEqual([...new Set(codes)], ["stored", "HERMOD_CLOSED"]);
  }));

test("a removed mailbox leaves the room in memory to the others", () =>
  trial({ window: { lane: 10, all: 10 } }, async (bench) => {
    await bench.send(...Array.from({ length: 10 }, () => ({})));
    await bench.rest();
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.send(...Array.from({ length: 5 }, () => ({ to: editor })));
    assert.equal((await bench.claim(10, { mailbox: editor })).length, 5);
  }));

test("what waits in memory alone has the budget of the memory store; what has a row has none", () => {
  const { env, ...heard } = createEnv();
  const journal = new Journal({ write: () => undefined }, env.clock, {} as never);
  const opened = { epoch: 1, clean: true, killers: [], suspects: [], seq: 0 };
  const shelf = new DiskShelf(env, journal, 0, {
    ...opened,
    mailboxes: [],
    lanes: [],
    late: [],
    later: [],
    bindings: [],
  });
  const lines = new Lines(shelf, { lane: 2, all: 10 });
  const capacity = new DiskCapacity(shelf);
  const rule = { order: "priority", total: Infinity, count: Infinity, bytes: Infinity } as never;
  const box = new DiskBox(critic, rule, 1);
  const bench = new Bench(undefined as never, heard, () => undefined as never);
  const message = (delivery: Envelope["delivery"]): Envelope => ({
    ...bench.message({ delivery }),
    size: 64 * MIB,
  });
  const volatile = Array.from({ length: 4 }, () => message("at-most-once"));
  volatile.forEach((envelope, at) => lines.show(box, envelope, -1 - at));
  assert.equal(capacity.full(box, message("at-most-once"))?.limit, "store");
  assert.equal(capacity.full(box, message("at-least-once")), undefined);
  lines.left(box, volatile[0] as Envelope);
  assert.equal(capacity.full(box, message("at-most-once")), undefined);
  lines.forget(box);
  assert.equal(shelf.unfiled, 0);
});
