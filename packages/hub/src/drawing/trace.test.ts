/** A trace: its spans in order, the critical path through them, the waterfall of a terminal and the JSON of OpenTelemetry. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { columnsOf } from "./canvas.ts";
import { criticalPath } from "./criticalpath.ts";
import { toOtlp, traceIdOf } from "./otlp.ts";
import { busyIn, endOf, extentOf, spansOf, unfolded, type SpanLine, type Spans } from "./spans.ts";
import { drawWaterfall } from "./waterfall.ts";

const CONVERSATION = "01a200ce-e8e7-7000-88bb-263956ce011f";

function line(id: string, from: string, to: string, sentAt: number, more: Partial<SpanLine> = {}): SpanLine {
  return {
    ...{ id, verb: "call", type: "request", operation: "do", from, to, conversationId: CONVERSATION, sentAt },
    ...{ state: "done", attempts: [], ...more },
  };
}
const tried = (startedAt: number, endedAt: number) => [{ startedAt, endedAt, outcome: "acked" as const }];
const reply = (to: SpanLine, at: number): SpanLine => ({
  ...line(`${to.id}r`, to.to ?? "", "~1", at, { verb: "reply", type: "response", inReplyTo: to.id }),
});

const plan = line("1", "~1", "planner", 0, { attempts: tried(10, 100) });
const write = line("2", "~1/planner", "writer", 20, { causeId: "1", attempts: tried(30, 60) });
const note = line("3", "planner", "log", 25, { causeId: "1", verb: "cast", attempts: tried(26, 400) });
const check = line("4", "planner", "critic", 60, { causeId: "1", attempts: tried(62, 90) });
const all = [plan, write, note, reply(write, 60), check, reply(check, 90), reply(plan, 100)];

/** "2 20-60" for each stretch. */
function stretches(spans: Spans, now = 0): readonly string[] {
  const { count, row, from, to } = criticalPath(spans, now);
  return Array.from({ length: count }, (_, at) => `${spans.ids[row[at] as number]} ${from[at]}-${to[at]}`);
}

describe("spans:", () => {
  test("what was sent while a message was handled stands behind it; an answer is an end and has no place", () => {
    const spans = spansOf(all);
    assert.deepEqual(spans.ids, ["1", "2", "3", "4"]);
    assert.deepEqual([...spans.parent], [-1, 0, 0, 0]);
    assert.deepEqual([...spans.last], [4, 2, 3, 4]);
    assert.deepEqual(spans.senders.slice(0, 2), ["system", "planner"]);
    assert.deepEqual([...spans.begun], [10, 30, 26, 62]);
    assert.deepEqual([...spans.answered], [100, 60, NaN, 90]);
  });
  test("what follows from an answer stands below what was asked; of copies, below the one of who sends on", () => {
    const next = line("5", "~1", "writer", 110, { causeId: "1r" });
    assert.deepEqual([...spansOf([...all, next]).parent], [-1, 0, 0, 0, 0]);
    const copies = ["a", "b"].map((mailbox) => line("e", "x", "", 0, { mailbox, verb: "publish" }));
    const sentOn = line("f", "b", "c", 5, { causeId: "e" });
    assert.deepEqual([...spansOf([...copies, sentOn]).parent], [-1, -1, 1]);
  });
  test("what is folded away shows neither its own nor what follows from that", () => {
    const deep = line("5", "writer", "x", 40, { causeId: "2" });
    const spans = spansOf([...all, deep]);
    assert.deepEqual([...unfolded(spans, new Uint8Array(5))], [0, 1, 2, 3, 4]);
    assert.deepEqual([...unfolded(spans, Uint8Array.of(0, 1, 0, 0, 0))], [0, 1, 3, 4]);
    assert.deepEqual([...unfolded(spans, Uint8Array.of(1, 1, 0, 0, 0))], [0]);
  });
  test("what is in flight lasts until now", () => {
    const spans = spansOf([line("1", "a", "b", 5, { state: "waiting" })]);
    assert.equal(endOf(spans, 0, 77), 77);
    assert.deepEqual(extentOf(spans, 77), { from: 5, to: 77 });
    assert.deepEqual(busyIn(spans, 77), [
      { from: 5, to: 5 },
      { from: 77, to: 77 },
    ]);
  });
});

describe("the critical path", () => {
  test("goes through whoever was waited for last", () =>
    assert.deepEqual(
      stretches(spansOf([plan, write, reply(write, 60), check, reply(check, 90), reply(plan, 100)])),
      [...["1 90-100", "4 60-90", "2 20-60", "1 0-20"]],
    ));
  test("ends with what ended last, though nobody waited for it", () =>
    assert.deepEqual(stretches(spansOf(all)), ["3 25-400", "1 0-25"]));
  test("of what is in flight goes until now", () => {
    const open = line("2", "planner", "writer", 20, { causeId: "1", state: "running" });
    const asked = { ...plan, state: "running", attempts: [] } as const;
    assert.deepEqual(stretches(spansOf([asked, open]), 70), ["2 20-70", "1 0-20"]);
  });
});

/** Traces of any form: each message is caused by an earlier one or by none, within its time, and some are answered. */
const traces = fc
  .array(
    fc.record({
      ...{
        cause: fc.nat(),
        root: fc.integer({ min: 0, max: 9 }),
        offset: fc.nat(50),
        wait: fc.nat(20),
        work: fc.nat(80),
      },
      ...{
        verb: fc.constantFrom("call", "cast", "task"),
        state: fc.constantFrom("done", "failed", "running", "waiting"),
      },
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((drawn) => {
    const own: SpanLine[] = [];
    const lines: SpanLine[] = [];
    for (const [at, { cause, root, offset, wait, work, verb, state }] of drawn.entries()) {
      const parent = at === 0 || root === 0 ? undefined : own[cause % at];
      const sentAt = (parent ? (parent.sentAt as number) : at) + offset;
      const ended = state === "done" || state === "failed";
      const begun = sentAt + wait;
      const message = line(`m${at}`, parent?.to ?? "~1", `a${at}`, sentAt, {
        ...{ verb, state: state as SpanLine["state"], causeId: parent?.id },
        attempts: ended ? tried(begun, begun + work) : [],
      });
      own.push(message);
      lines.push(message);
      if (ended && verb === "call") lines.push(reply(message, begun + work));
    }
    return lines;
  });
const NOW = 1e6;

test("each way of the path goes without gap or overlap from its beginning to the last end of all that follows", () =>
  fc.assert(
    fc.property(traces, (lines) => {
      const spans = spansOf(lines);
      const { count, from, to, row, share } = criticalPath(spans, NOW);
      const total = share.reduce((sum, each) => sum + each, 0);
      let wanted = 0;
      for (let root = 0; root < spans.count; root = spans.last[root] as number) {
        let end = 0;
        for (let at = root; at < (spans.last[root] as number); at++)
          end = Math.max(end, endOf(spans, at, NOW));
        wanted += end - (spans.sent[root] as number);
      }
      assert.equal(total, wanted);
      for (let at = 0; at < count; at++) {
        assert.ok((from[at] as number) < (to[at] as number));
        assert.ok((from[at] as number) >= (spans.sent[row[at] as number] as number));
        const goesOn = at + 1 < count && from[at] === to[at + 1];
        let root = row[at] as number;
        while ((spans.parent[root] as number) >= 0) root = spans.parent[root] as number;
        if (!goesOn) assert.equal(from[at], spans.sent[root], "a way ends where it began");
      }
    }),
  ));

test("every message has one place, behind the one that it follows from, and no more than these are shown folded", () =>
  fc.assert(
    fc.property(traces, fc.array(fc.nat(40)), (lines, folded) => {
      const spans = spansOf(lines);
      assert.deepEqual(
        spans.ids.toSorted(),
        lines.flatMap(({ verb, id }) => (verb === "reply" ? [] : [id])).toSorted(),
      );
      const marks = new Uint8Array(spans.count);
      for (const each of folded) if (each < spans.count) marks[each] = 1;
      const shown = new Set(unfolded(spans, marks));
      for (let at = 0; at < spans.count; at++) {
        const above = spans.parent[at] as number;
        assert.ok(above < at && (spans.last[at] as number) > at);
        const isShown = above < 0 || (shown.has(above) && marks[above] === 0);
        assert.equal(shown.has(at), isShown);
      }
    }),
  ));

test("messages that cause one another, or themselves, stand for themselves", () => {
  const spans = spansOf([line("1", "a", "b", 0, { causeId: "2" }), line("2", "b", "a", 0, { causeId: "1" })]);
  assert.deepEqual([[...spans.parent], criticalPath(spans, 1).count], [[-1, 0], 0]);
  assert.deepEqual([...spansOf([line("1", "a", "a", 0, { causeId: "1" })]).parent], [-1]);
});

describe("the waterfall of a terminal", () => {
  test("shows who waited and worked, what follows from what, and the critical path", () =>
    assert.deepEqual(
      drawWaterfall(
        spansOf([plan, write, reply(write, 60), check, reply(check, 90), reply(plan, 100)]),
        0,
        90,
      ).split("\n"),
      [
        "* call system → planner  do    ░░░░█████████████████████████████████████  100ms",
        "*   call planner → writer  do          ░░░░█████████████                  40ms",
        "*   call planner → critic  do                           ████████████      30ms",
      ],
    ));
  test("folds where nothing happens, and says what failed and what is in flight", () => {
    const late = line("9", "~1", "b", 3_600_000, { state: "failed", attempts: tried(3_600_000, 3_600_050) });
    const open = line("8", "~1", "c", 3_600_010, { state: "running" });
    const text = drawWaterfall(spansOf([plan, late, open]), 3_600_100, 90);
    assert.match(text, /⋯/);
    assert.match(text, /50ms +failed\n.*90ms +running$/);
  });
  test("is never wider than it may be, and holds nothing that steers a terminal", () =>
    fc.assert(
      fc.property(traces, fc.integer({ min: 60, max: 140 }), (lines, width) => {
        for (const each of drawWaterfall(spansOf(lines), NOW, width).split("\n"))
          assert.ok(columnsOf(each) <= width);
      }),
    ));
  test("of nothing says so", () => assert.equal(drawWaterfall(spansOf([]), 0), "no messages"));
});

test("a trace is as deep and as wide as it comes", () => {
  for (const cause of [(at: number) => at - 1, () => 0]) {
    const lines = Array.from({ length: 10_000 }, (_, at) =>
      line(`m${at}`, "a", "a", at, {
        causeId: at === 0 ? undefined : `m${cause(at)}`,
        attempts: tried(at, at + 5),
      }),
    );
    const spans = spansOf(lines);
    const { share } = criticalPath(spans, 0);
    assert.deepEqual([spans.count, share.reduce((sum, each) => sum + each, 0)], [10_000, 10_004]);
  }
});

describe("OTLP:", () => {
  interface OtlpSpan {
    readonly traceId: string;
    readonly spanId: string;
    readonly parentSpanId?: string;
    readonly name: string;
    readonly kind: number;
    readonly startTimeUnixNano: string;
    readonly links?: readonly { readonly spanId: string }[];
  }
  const spansIn = (lines: readonly SpanLine[]): OtlpSpan[] => {
    const { resourceSpans } = toOtlp(spansOf(lines), NOW) as {
      resourceSpans: { scopeSpans: { spans: OtlpSpan[] }[] }[];
    };
    return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
  };
  test("a span of who sends, and one of who handles that links to it; what follows stands below", () => {
    const found = spansIn([plan, write]);
    const named = (name: string) => found.filter((span) => span.name === name);
    const [sent, asked] = named("send do");
    const [handled, written] = named("process do");
    assert.deepEqual([sent?.kind, handled?.kind, sent?.traceId], [3, 5, CONVERSATION.replaceAll("-", "")]);
    assert.deepEqual([handled?.parentSpanId, handled?.links?.[0]?.spanId], [sent?.spanId, sent?.spanId]);
    assert.deepEqual([asked?.parentSpanId, written?.parentSpanId], [handled?.spanId, asked?.spanId]);
    assert.equal(handled?.startTimeUnixNano, "10000000");
  });
  test("a trace context gives its own ids", () => {
    const trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    assert.equal(traceIdOf(trace), "0af7651916cd43dd8448eb211c80319c");
    const [sent] = spansIn([{ ...plan, trace }]);
    assert.deepEqual([sent?.traceId, sent?.parentSpanId], [traceIdOf(trace), "b7ad6b7169203331"]);
  });
  test("ids have their form, and no span has that of another", () =>
    fc.assert(
      fc.property(traces, (lines) => {
        const found = spansIn(lines);
        assert.equal(new Set(found.map(({ spanId }) => spanId)).size, found.length);
        for (const { traceId, spanId } of found)
          assert.ok(/^[\da-f]{32}$/.test(traceId) && /^[\da-f]{16}$/.test(spanId));
      }),
    ));
});
