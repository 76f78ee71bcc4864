import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseFilter } from "../../core/filter.ts";
import { codeOf, tries } from "../../core/samples.test.kit.ts";
import { fromBody } from "./body.ts";
import { named, testFile, type TestFile } from "./rows.test.kit.ts";
import { Indexer } from "./indexer.ts";
import { happening, questions, search, write, type Naive, type Question } from "./past.test.kit.ts";
import { Reader } from "./reader.ts";

/** All pages of an answer; a page goes on behind the one before it, or the walk would not end. */
function walk(reader: Reader, question: Question, now: number, limit: number): unknown[] {
  const found: unknown[] = [];
  for (let after: string | undefined, more = true; more;) {
    const { items, next } = reader.history({ ...question, now, limit, after });
    assert.ok(items.length <= limit);
    const [from, to] = [Number(after ?? (isBack(question) ? Infinity : 0)), Number(next)];
    assert.ok(next === undefined || (isBack(question) ? to < from : to > from));
    found.push(...items.map(({ body, ...rest }) => ({ ...rest, envelope: fromBody(body) })));
    after = next;
    more = next !== undefined;
  }
  return found;
}

function isBack({ order }: Question & { readonly order?: string }): boolean {
  return order === "newest";
}

function expected(records: readonly Naive[], question: Question, now: number): unknown[] {
  return search(records, question, now).map(({ mailbox, ...rest }) =>
    mailbox === undefined ? rest : { ...rest, mailbox },
  );
}

function compareAll(file: TestFile, records: readonly Naive[], now: number, limits: readonly number[]): void {
  const reader = new Reader(file.db);
  for (const question of questions) {
    const wanted = expected(records, question, now);
    for (const limit of limits)
      for (const order of ["oldest", "newest"] as const)
        assert.deepEqual(
          walk(reader, { ...question, order } as Question, now, limit),
          order === "newest" ? wanted.toReversed() : wanted,
          `${order} ${JSON.stringify(question)}`,
        );
  }
}

test("history gives what a naive search gives, with the lists filled, half filled or empty", (t) => {
  const check = (happenings: Parameters<typeof write>[1], part: number, limit: number): void => {
    const file = testFile(t);
    const records = write(file, happenings);
    const now = happenings.length * 10_000;
    const indexer = new Indexer(file.db);
    for (const rows of [0, part, 3, 1000]) {
      if (rows > 0) indexer.slice(rows);
      compareAll(file, records, now, [limit]);
    }
    while (indexer.slice(7));
    assert.equal(indexer.behind, 0);
    compareAll(file, records, now, [limit]);
  };
  const worlds = fc.array(happening, { minLength: 20, maxLength: 60 });
  fc.assert(
    fc.property(worlds, fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), check),
    // A smaller world would take minutes to find, and the seed is printed.
    { ...tries(10), endOnFailure: true },
  );
});

test("history of a thousand messages is the same in pages of any length", (t) => {
  const file = testFile(t);
  const happenings = fc.sample(fc.array(happening, { minLength: 1000, maxLength: 1000 }), {
    numRuns: 1,
    seed: 1,
  });
  const records = write(file, happenings[0] ?? []);
  new Indexer(file.db).slice(500);
  compareAll(file, records, 10_000_000, [7, 100, 1000]);
});

test("a message is found by the filter in the state that the main thread knows of it", (t) => {
  const file = testFile(t);
  const [runs, waits, lost] = [file.put(), file.put(), file.put()];
  file.wait(runs);
  file.wait(waits);
  const reader = new Reader(file.db);
  const live = new Map([[runs, "running"] as const]);
  const found = (where: string) =>
    reader.history({ where: parseFilter(where), now: 0, live }).items.map(({ seq, state }) => [seq, state]);
  assert.deepEqual(found("state:running"), [[runs, "running"]]);
  assert.deepEqual(found("state:waiting"), [[waits, "waiting"]]);
  assert.deepEqual(found("state:failed"), [[lost, "failed"]]);
});

test("a message that was published without a recipient and came back stands in its copies alone", (t) => {
  const file = testFile(t);
  const source = file.publish({});
  file.die(source, "no-subscriber");
  const reader = new Reader(file.db);
  const seqs = () => reader.history({ conversation: "c1", now: 0 }).items.map(({ seq }) => seq);
  new Indexer(file.db).slice(10);
  assert.deepEqual(seqs(), [source]);
  const copy = file.put({ source, mailbox: "critic" });
  file.fate(source, "replaced", 0);
  for (const indexed of [false, true]) {
    if (indexed) new Indexer(file.db).slice(10);
    assert.deepEqual(seqs(), [copy]);
  }
});

test("dead letters are read in the order of their deaths, by filter, in pages, and by id", (t) => {
  const file = testFile(t);
  const source = file.publish({ payload: { text: "ebb" } }, "critic");
  const seqs = [file.put({ draft: { payload: "flood" } }), source + 1, file.put({ mailbox: undefined })];
  file.die(seqs[0] as number, "exhausted", "the press is jammed");
  file.die(seqs[1] as number, "expired");
  file.die(seqs[2] as number, "no-recipient");
  const reader = new Reader(file.db);
  const found = (where: string) =>
    reader.dead({ where: parseFilter(where), now: 0 }).items.map(({ seq }) => seq);
  assert.deepEqual(found(""), seqs);
  assert.deepEqual(found("reason:expired"), [seqs[1]]);
  assert.deepEqual(found("ebb"), [seqs[1]]);
  assert.deepEqual(found("jammed state:dead attempts:1"), [seqs[0]]);
  const first = reader.dead({ now: 0, limit: 2 });
  assert.deepEqual([first.items.length, first.next], [2, "2"]);
  const second = reader.dead({ now: 0, limit: 2, after: first.next });
  assert.deepEqual([second.items.map(({ number }) => number), second.next], [[3], undefined]);
  const letter = reader.letter(`m${source}@${source + 1}`);
  const { body, ...rest } = letter ?? assert.fail("no letter");
  assert.deepEqual(fromBody(body), file.envelope(source));
  const same = { id: `m${source}@${source + 1}`, seq: source + 1, mailbox: "critic", reason: "expired" };
  assert.deepEqual(rest, { ...same, number: 2, attempts: [], diedAt: 9, generation: 1 });
  assert.deepEqual(first.items[0]?.error?.message, "the press is jammed");
  assert.equal(reader.letter("none"), undefined);
});

test("what waits, states and parts are read after a number", (t) => {
  const file = testFile(t);
  const source = file.publish({}, "critic", "editor");
  const own = file.put();
  for (const seq of [source + 1, source + 2, own]) file.wait(seq, 2);
  file.wait(file.put(), 3);
  const critic = file.count("SELECT number FROM mailbox WHERE address = 'critic'");
  const reader = new Reader(file.db);
  const waiting = reader.waiting(critic, 2, 0, 10);
  assert.deepEqual(
    waiting.map(({ seq }) => seq),
    [source + 1, own],
  );
  assert.deepEqual(fromBody(waiting[0]?.body ?? ""), file.envelope(source));
  assert.deepEqual(
    reader.waiting(critic, 2, source + 1, 1).map(({ seq }) => seq),
    [own],
  );
  assert.equal(reader.state("critic"), undefined);
  file.run("INSERT INTO state VALUES ('critic', 7, '{}', 'critic')");
  assert.deepEqual({ ...reader.state("critic") }, { json: "{}", version: 7 });
  for (const number of [1, 2, 3]) file.run("INSERT INTO part VALUES ('m1', ?, ?)", number, `"${number}"`);
  assert.deepEqual(reader.parts("m1", 1, 1), ['"2"']);
  assert.deepEqual(reader.parts("m1", 1, 9), ['"2"', '"3"']);
});

test("a limit out of range and what is no cursor are refused", (t) => {
  const reader = new Reader(testFile(t).db);
  for (const wrong of [{ limit: 0 }, { limit: 1001 }, { after: "x" }, { after: "-1" }]) {
    assert.equal(
      codeOf(() => reader.history({ now: 0, ...wrong })),
      "HERMOD_BAD_OPTION",
    );
    assert.equal(
      codeOf(() => reader.dead({ now: 0, ...wrong })),
      "HERMOD_BAD_OPTION",
    );
  }
  assert.deepEqual(reader.history({ now: 0, agent: named("critic") }), { items: [] });
});
