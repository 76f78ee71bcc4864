/** What a line of the waterfall shows lies on the line of time, in order, and the critical path below what it goes through. */
import { busyIn, criticalPath, endOf, foldGaps, spansOf, type SpanLine } from "@hermod/hub/drawing";
import fc from "fast-check";
import { expect, test } from "vitest";
import { toTook, tookText } from "./asked.ts";
import { partsOf, sharesOf, ticksOf, waysOf, xOf } from "./parts.ts";

const message = (id: string, sentAt: number, more: Partial<SpanLine> = {}): SpanLine => ({
  ...{
    id,
    verb: "call",
    type: "request",
    operation: "do",
    from: "~1",
    to: "writer",
    conversationId: "c",
    sentAt,
  },
  ...{ state: "done", attempts: [], ...more },
});
const tried = (startedAt: number, endedAt: number, outcome: "acked" | "retried" = "acked") => ({
  startedAt,
  endedAt,
  outcome,
});

function drawn(lines: readonly SpanLine[], now: number) {
  const spans = spansOf(lines);
  const path = criticalPath(spans, now);
  const folding = foldGaps(busyIn(spans, now));
  return { spans, path, ways: waysOf(path, spans.count), scale: { folding, scale: 2, now } };
}

test("an attempt that failed, the wait for the next one, and the one that was well", () => {
  const { spans, ways, scale } = drawn(
    [message("1", 0, { attempts: [tried(10, 20, "retried"), tried(50, 60)] })],
    0,
  );
  expect(partsOf(spans, 0, ways, scale).map(({ kind, tone, x, width }) => [kind, tone, x, width])).toEqual([
    ["wait", "info", 0, 20],
    ["work", "warn", 20, 20],
    ["wait", "info", 40, 60],
    ["work", "good", 100, 20],
    ["path", "info", 0, 120],
  ]);
});

test("what waits, what runs, and what never ran", () => {
  const states = ["waiting", "running", "dead"] as const;
  const kinds = states.map((state) => {
    const { spans, ways, scale } = drawn([message("1", 0, { state })], 50);
    return partsOf(spans, 0, ways, scale).map(({ kind, tone }) => `${kind} ${tone}`);
  });
  expect(kinds).toEqual([["wait info", "path info"], ["work info", "path info"], ["work bad"]]);
});

const lines = fc
  .array(
    fc.record({
      cause: fc.nat(),
      offset: fc.nat(5000),
      wait: fc.nat(50),
      work: fc.nat(900),
      open: fc.boolean(),
    }),
    { minLength: 1, maxLength: 25 },
  )
  .map((drawnLines) => {
    const all: SpanLine[] = [];
    for (const [at, { cause, offset, wait, work, open }] of drawnLines.entries()) {
      const parent = at === 0 ? undefined : all[cause % at];
      const sentAt = ((parent?.sentAt as number | undefined) ?? 0) + offset;
      const more = open
        ? ({ state: "running" } as const)
        : { attempts: [tried(sentAt + wait, sentAt + wait + work)] };
      all.push(message(`m${at}`, sentAt, { causeId: parent?.id, ...more }));
    }
    return all;
  });

test("parts lie between the sending and the end, one behind the other; those of the path are all of the path", () =>
  fc.assert(
    fc.property(lines, (all) => {
      const { spans, path, ways, scale } = drawn(all, 1e6);
      let ofPath = 0;
      for (let at = 0; at < spans.count; at++) {
        const parts = partsOf(spans, at, ways, scale);
        const own = parts.filter(({ kind }) => kind !== "path");
        const [from, to] = [xOf(scale, spans.sent[at] as number), xOf(scale, endOf(spans, at, 1e6))];
        for (const [place, { x, width }] of own.entries()) {
          expect(x).toBeGreaterThanOrEqual(from - 1e-6);
          expect(x + width).toBeLessThanOrEqual(to + 2 + 1e-6);
          expect(x).toBeGreaterThanOrEqual((own[place - 1]?.x ?? from) - 1e-6);
        }
        ofPath += parts.length - own.length;
      }
      expect(ofPath).toBe(path.count);
      const shares = sharesOf(spans, path);
      if (path.count > 0) expect(shares.reduce((sum, [, part]) => sum + part, 0)).toBeCloseTo(1, 6);
    }),
  ));

test("marks of the time stand apart from one another, and their times grow", () => {
  const { scale } = drawn([message("1", 0, { attempts: [tried(0, 1000)] }), message("2", 3_600_000)], 0);
  const ticks = ticksOf(scale, 200);
  for (const [at, { x, time }] of ticks.entries()) {
    if (at > 0) expect(x - (ticks[at - 1]?.x ?? 0)).toBeGreaterThanOrEqual(200 - 1e-6);
    expect(time).toBeGreaterThanOrEqual(ticks[at - 1]?.time ?? 0);
  }
});

test("how long traces took is said in the address, and nothing else is", () => {
  expect([toTook("5s-1m"), toTook("5s-"), toTook("-200ms"), toTook("x-1s")]).toEqual([
    { longer: "5s", shorter: "1m" },
    { longer: "5s", shorter: "" },
    { longer: "", shorter: "200ms" },
    { longer: "", shorter: "1s" },
  ]);
  for (const text of ["5s-1m", "5s-", "-1m"]) expect(tookText(toTook(text))).toBe(text);
  expect(tookText(toTook(""))).toBeUndefined();
});
