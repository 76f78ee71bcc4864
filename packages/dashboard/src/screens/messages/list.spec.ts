/** The parts of the message list that only reckon: lines, rows, terms, counts, bins, times, exports. */
import fc from "fast-check";
import { parseFilter } from "hermod";
import { expect, test } from "vitest";
import type { Envelope, MessageRecord } from "../../api/types.ts";
import { binsOf } from "./bins.ts";
import { countsOf } from "./counts.ts";
import { idOf, keyOf, toLine, type Line } from "./line.ts";
import { bounded } from "./pages.ts";
import { Rows, type Sheet } from "./rows.ts";
import { hasTerm, joined, term, termsOf, toggled } from "./terms.ts";
import { whenOf } from "./when.ts";

const NOW = Date.parse("2026-11-22T12:00:00Z");

function record(part: Partial<Envelope> = {}, rest: Partial<MessageRecord> = {}): MessageRecord {
  const envelope = {
    ...{ v: 1, id: "m-1", verb: "call", type: "request", operation: "draft", from: "editor", to: "writer" },
    ...{
      priority: 2,
      delivery: "at-most-once",
      conversationId: "c-1",
      sentAt: new Date(NOW).toISOString(),
      size: 4,
    },
    ...part,
  } as Envelope;
  return { envelope, state: "done", attempts: [], ...rest };
}

const line = (sentAt: number, rest: Partial<Line> = {}): Line => ({
  ...toLine(record({ id: `m${sentAt}`, sentAt: new Date(sentAt).toISOString() })),
  ...rest,
});

const older = (...times: number[]): Sheet => ({ way: "older", lines: times.map((at) => line(at)) });

test("a line holds what its row shows, and no more of a payload than that", () => {
  const attempts = [
    {
      ...{ number: 1, startedAt: new Date(NOW + 5).toISOString(), endedAt: new Date(NOW + 41).toISOString() },
      outcome: "dead" as const,
      error: { code: "X", message: "e".repeat(500), retryable: false },
    },
  ];
  const long = toLine(record({ payload: "p".repeat(10_000), size: 10_002 }, { attempts, state: "dead" }));
  expect([long.ms, long.attempts, long.preview.length, long.error?.length]).toEqual([41, 1, 160, 160]);
  expect(toLine(record({ payload: { a: 1 } })).preview).toBe('{"a":1}');
  expect(toLine(record({ payload: { a: "x".repeat(9000) }, size: 9010 })).preview).toBe("{ a }");
  expect(toLine(record({ payload: [1, 2], size: 5000 })).preview).toBe("a list of 2");
  expect([toLine(record()).preview, toLine(record({ payload: null })).preview]).toEqual(["", "null"]);
});

test("copies of a published message have rows of their own", () => {
  const published = record({ topic: "tide.high", verb: "publish" }, { mailbox: "harbour" });
  expect([keyOf(published), keyOf(record({}, { mailbox: "writer" }))]).toEqual(["m-1@harbour", "m-1"]);
  const id = "01a200cf-af33-7000-841b-498222e4de42";
  expect([idOf(`${id}@harbour`), idOf(id), idOf("me@home")]).toEqual([id, id, "me@home"]);
});

test("rows are found by their place, their key and their time, over all pages", () => {
  const rows = new Rows([{ way: "newer", lines: [line(90), line(80)] }, older(70, 60), older(), older(50)]);
  expect([rows.count, rows.newer]).toEqual([5, 2]);
  expect([...rows].map(({ sentAt }) => sentAt)).toEqual([90, 80, 70, 60, 50]);
  expect([0, 1, 2, 3, 4, 5].map((at) => rows.at(at)?.sentAt)).toEqual([90, 80, 70, 60, 50, undefined]);
  expect([rows.indexOf("m60"), rows.indexOf("m50"), rows.indexOf("m1"), rows.indexOf(undefined)]).toEqual([
    3, 4, -1, -1,
  ]);
  expect([rows.since(95), rows.since(75), rows.since(50), rows.since(1)]).toEqual([0, 2, 4, 4]);
  expect([new Rows().count, new Rows().at(0), new Rows().since(5)]).toEqual([0, undefined, 0]);
});

test("pressing a facet adds its term, takes the place of another of its field, and takes it out again", () => {
  expect(toggled('age:<5m "free text"', "from", "writer")).toBe('age:<5m "free text" from:writer');
  expect(toggled("from:critic x", "from", "writer")).toBe("x from:writer");
  expect(toggled("x from:writer", "from", "writer")).toBe("x");
  expect(toggled("-from:a", "from", "b", true)).toBe("-from:a -from:b");
  expect(toggled("from:a", "from", "a", true)).toBe("-from:a");
  expect(toggled("-from:a", "from", "a")).toBe("from:a");
  expect([hasTerm("a from:b", "from:b"), hasTerm("a -from:b", "from:b")]).toEqual([true, false]);
  expect([joined("", undefined, "a", "b"), termsOf("").length]).toEqual(["a b", 0]);
});

test("a term means exactly its value, whatever stands in it", () => {
  const value = fc.string({ minLength: 1 }).filter((text) => !/[\n\r\u2028\u2029]/.test(text));
  fc.assert(
    fc.property(value, fc.boolean(), (operation, negated) => {
      const written = term("operation", operation, negated);
      expect(parseFilter(written)).toEqual([
        { field: "operation", operator: "is", value: operation, negated },
      ]);
      expect(termsOf(`a ${written} b`)).toEqual(["a", written, "b"]);
    }),
  );
});

test("facets are counted over all pages, the most frequent first, and systems are no names", () => {
  const sheets: Sheet[] = [
    { way: "older", lines: [line(3), line(2, { state: "dead", from: "~0a1b/critic" })] },
    { way: "older", lines: [line(1, { from: "~0a1b", to: undefined, topic: "t" })] },
  ];
  const counts = countsOf(sheets);
  expect(counts.state).toEqual([
    { value: "done", count: 2 },
    { value: "dead", count: 1 },
  ]);
  expect(counts.from.map(({ value }) => value)).toEqual(["critic", "editor"]);
  expect(counts.to).toEqual([{ value: "writer", count: 2 }]);
});

test("every message is in one bin, and bins follow one another without a gap", () => {
  expect(binsOf([], 10)).toEqual([]);
  expect(binsOf([{ lines: [line(NOW)] }], 10)).toMatchObject([{ count: 1, failed: 0 }]);
  const times = fc.array(fc.integer({ min: 0, max: 4e12 }), { minLength: 1 });
  fc.assert(
    fc.property(times, fc.integer({ min: 2, max: 200 }), (all, most) => {
      const bins = binsOf(
        [{ lines: [] }, { lines: all.map((at) => line(at, at % 3 === 0 ? { state: "dead" } : {})) }],
        most,
      );
      expect(bins.length).toBeLessThanOrEqual(most);
      expect(bins.reduce((sum, { count }) => sum + count, 0)).toBe(all.length);
      expect(bins.reduce((sum, { failed }) => sum + failed, 0)).toBe(all.filter((at) => at % 3 === 0).length);
      for (const [at, { from }] of bins.entries()) if (at > 0) expect(from).toBe(bins[at - 1]?.to);
    }),
  );
});

test("times are read as people type them, and what is none is none", () => {
  const local = (text: string) => new Date(text).getTime();
  expect([whenOf("10m", NOW), whenOf("1.5h ago", NOW), whenOf("30 s", NOW)]).toEqual([
    NOW - 600_000,
    NOW - 5_400_000,
    NOW - 30_000,
  ]);
  expect(whenOf("2026-11-22 14:03", NOW)).toBe(local("2026-11-22T14:03"));
  expect(whenOf("2026-11-22", NOW)).toBe(local("2026-11-22T00:00"));
  expect(whenOf("2026-11-22T14:03:07.120Z", NOW)).toBe(Date.parse("2026-11-22T14:03:07.120Z"));
  const clock = whenOf("14:03:07", NOW) as number;
  expect([
    new Date(clock).getHours(),
    new Date(clock).getSeconds(),
    clock <= NOW,
    clock > NOW - 86_400_000,
  ]).toEqual([...[14, 7, true, true]]);
  for (const text of ["", "soon", "25:00", "12:61", "01a200cf-af33-7000-841b-498222e4de42", "2026-13-45"])
    expect(whenOf(text, NOW), text).toBeUndefined();
});

test("a time splits the history: each message is on one side of it", () => {
  const part = { where: "from:editor", from: NOW - 5000 };
  const [older, newer] = (["older", "newer"] as const).map((way) =>
    parseFilter(bounded(part, way, NOW)).at(-1),
  );
  // What was sent at the time itself is 5000 ms old: not older, but less than 5001 ms old.
  expect(older).toMatchObject({ field: "age", operator: "more", value: 5000 });
  expect(newer).toMatchObject({ field: "age", operator: "less", value: 5001 });
  expect(bounded(part, "newer", NOW - 9000)).toBe("from:editor age:<1");
  expect(bounded({ where: "x", from: undefined }, "older", NOW)).toBe("x");
});
