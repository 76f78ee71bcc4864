/** The picture of the traffic: everything stands for something in it, within its bounds; what has a place keeps it. */
import { parseFilter } from "hermod";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { AgentStatus, Edge, End } from "../../api/types.ts";
import { amountOf, tintOf, whereOf } from "./ends.ts";
import { overlap, ranked, settled, type Places } from "./layout.ts";
import { OTHERS, groupings, shapeOf, toPicture, widthOf } from "./picture.ts";

const agent = (name: string, client = "here"): AgentStatus => ({
  name,
  systems: 1,
  pulled: false,
  clients: [client],
});
const end = (name: string): End => ({ kind: "agent", name });
const edge = (from: End, to: End, sent = 1, failed = 0): Edge => ({
  ...{ from, to, sent, done: sent - failed, failed, retried: 0, lastAt: "2026-01-01T00:00:00.000Z" },
});
const none = new Set<string>();

test("agents are drawn also where they have no traffic, and traffic also where its agent is not known", () => {
  const picture = toPicture([agent("a")], [edge(end("b"), { kind: "topic", name: "t" })], [], {
    ...{ grouping: "nothing", open: none },
  });
  expect(picture.dots.map(({ id }) => id)).toEqual(["agent a", "agent b", "topic t"]);
  expect(picture.lines.map(({ from, to, amount }) => [from, to, amount])).toEqual([
    ["agent b", "topic t", 1],
  ]);
});

test("in groups lines are joined, what goes inside is told, and an open group shows its members", () => {
  const edges = [edge(end("w-1"), end("c")), edge(end("w-2"), end("c"), 5, 3), edge(end("w-1"), end("w-2"))];
  const agents = ["w-1", "w-2", "c"].map((name) => agent(name));
  const wish = { grouping: "type", open: none } as const;
  const { dots, lines } = toPicture(agents, edges, [], wish);
  expect(dots.map(({ id, inside }) => [id, inside])).toEqual([
    ["group w", 1],
    ["agent c", 0],
  ]);
  expect(lines.map(({ sent, failed, edges: own }) => [sent, failed, own.length])).toEqual([[6, 3, 2]]);
  const opened = toPicture(agents, edges, [], { ...wish, open: new Set(["group w"]) });
  expect(opened.dots.map(({ id, group }) => [id, group])).toEqual([
    ["agent w-1", "group w"],
    ["agent w-2", "group w"],
    ["agent c", undefined],
  ]);
});

test("they stand together by their supervisor, and by where they run", () => {
  const agents = [agent("a", "east"), agent("b", "west"), agent("c", "east"), agent("d", "west")];
  const places = ["a", "b"].map((name) => ({ name, type: "agent", state: "running" }) as const);
  const systems = [
    {
      system: "~1",
      answers: true,
      tree: [{ name: "desk", type: "supervisor", state: "running", children: places }],
    },
  ] as const;
  const labels = (grouping: "supervisor" | "process") =>
    toPicture(agents, [], systems, { grouping, open: none }).dots.map(({ label }) => label);
  expect(labels("supervisor")).toEqual(["desk", "below no supervisor"]);
  expect(labels("process")).toEqual(["east", "west"]);
});

const names = fc.string({ unit: fc.constantFrom("a", "b", "-", "1", "2"), minLength: 1, maxLength: 4 });
const ends = fc.record({
  kind: fc.constantFrom("agent", "person", "topic"),
  name: names,
}) as fc.Arbitrary<End>;
const edges = fc.array(
  fc.tuple(ends, ends, fc.nat(9)).map(([from, to, sent]) => edge(from, to, sent)),
  { maxLength: 40 },
);

test("however it is grouped, each stands for itself or in one group, no more than may be are drawn, and no message is lost", () =>
  fc.assert(
    fc.property(
      edges,
      fc.array(names),
      fc.constantFrom(...groupings),
      fc.integer({ min: 2, max: 12 }),
      (all, own, grouping, most) => {
        const agents = [...new Set(own)].map((name) => agent(name));
        const picture = toPicture(agents, all, [], { grouping, open: new Set(["group a"]), most });
        expect(picture.dots.length).toBeLessThanOrEqual(most);
        const stands = picture.dots.flatMap((dot) => dot.ends.map(({ kind, name }) => `${kind} ${name}`));
        expect(new Set(stands).size).toBe(stands.length);
        expect(stands.length).toBe(picture.ends);
        const drawn = picture.lines.reduce((sum, { amount }) => sum + amount, 0);
        const inside = picture.dots.reduce((sum, dot) => sum + dot.inside, 0);
        expect(drawn + inside).toBe(all.reduce((sum, each) => sum + amountOf(each), 0));
        const ids = new Set(picture.dots.map(({ id }) => id));
        for (const { from, to } of picture.lines)
          expect(ids.has(from) && ids.has(to) && from !== to).toBe(true);
      },
    ),
  ));

test("1,000 agents stand in groups, and of those what has little traffic as one", () => {
  const many = Array.from({ length: 1000 }, (_, at) =>
    agent(`kind${String.fromCharCode(97 + (at % 26))}x${at}`),
  );
  const picture = toPicture(many, [], [], { grouping: "nothing", open: none });
  expect([picture.grouping, picture.dots.length]).toEqual(["type", 26]);
  const alone = Array.from({ length: 1000 }, (_, at) =>
    agent(`${"abcdefghij"[at % 10]}${String.fromCodePoint(0x4e00 + at)}`),
  );
  const wide = toPicture(alone, [], [], { grouping: "nothing", open: none });
  expect([wide.dots.length, wide.dots.at(-1)?.id, wide.dots.at(-1)?.ends.length]).toEqual([300, OTHERS, 701]);
});

test("what goes between two ends is found by a filter that is one", () => {
  const named = (kind: End["kind"], name: string, keyed?: true): End => ({
    kind,
    name,
    ...(keyed && { keyed }),
  });
  const found = [
    [end("a b"), end("c"), 'from:"a b" to:"c"'],
    [named("system", ""), end("c"), 'from:~* -from:~people/* to:"c"'],
    [named("agent", "a", true), named("person", "ana"), 'from:a#* to:"~people/ana"'],
    [end("a"), named("topic", "t.u"), 'from:"a" topic:"t.u"'],
    [named("topic", "t.u"), end("b"), 'topic:"t.u"'],
  ] as const;
  for (const [from, to, where] of found) {
    expect(whereOf({ from, to })).toBe(where);
    parseFilter(where);
  }
});

test("a line is wider the more goes, and tinted by what fails of what ended", () => {
  const tints = [edge(end("a"), end("b"), 9), edge(end("a"), end("b"), 9, 1), edge(end("a"), end("b"), 9, 5)];
  expect(tints.map(tintOf)).toEqual(["plain", "warn", "bad"]);
  const widths = [1, 10, 1000, 1e9].map((sent) => {
    const [line] = toPicture([], [edge(end("a"), end("b"), sent)], [], {
      grouping: "nothing",
      open: none,
    }).lines;
    return line ? widthOf(line) : 0;
  });
  expect(widths).toEqual(widths.toSorted((a, b) => a - b));
  expect(widths.at(-1)).toBe(8);
});

const sketches = fc
  .tuple(fc.integer({ min: 1, max: 14 }), fc.array(fc.tuple(fc.nat(13), fc.nat(13)), { maxLength: 20 }))
  .map(([count, pairs]) => ({
    dots: Array.from({ length: count }, (_, at) => `d${at}`),
    lines: pairs
      .filter(([from, to]) => from !== to && from < count && to < count)
      .map(([from, to]) => [`d${from}`, `d${to}`, 1] as const),
  }));
const places: fc.Arbitrary<Places> = fc
  .array(fc.tuple(fc.nat(13), fc.integer({ min: -3, max: 3 }), fc.integer({ min: -4, max: 4 })), {
    maxLength: 14,
  })
  .map((all) =>
    Object.fromEntries(all.map(([at, x, y]) => [`d${at}`, { x: x * 180, y: y * 60 + at * 700 }])),
  );

test("everything has a place, who had one keeps it, and nobody stands on anybody else", () =>
  fc.assert(
    fc.property(sketches, places, (sketch, kept) => {
      const now = settled(sketch.dots, ranked(sketch), kept);
      expect(Object.keys(now).toSorted()).toEqual(sketch.dots.toSorted());
      for (const id of sketch.dots) if (kept[id]) expect(now[id]).toEqual(kept[id]);
      const all = sketch.dots.map((id) => now[id] as { x: number; y: number });
      for (const [at, one] of all.entries())
        for (const other of all.slice(at + 1)) expect(overlap(one, other)).toBe(false);
    }),
    { numRuns: 60 },
  ));

test("the same gives the same, in whatever order it comes; and only who is there and who knows whom is a change of it", () => {
  const all = [edge(end("a"), end("b")), edge(end("b"), end("c"))];
  const wish = { grouping: "nothing", open: none } as const;
  const one = toPicture([agent("a"), agent("z")], all, [], wish);
  const other = toPicture(
    [agent("z"), agent("a")],
    [edge(end("b"), end("c"), 99, 9), edge(end("a"), end("b"))],
    [],
    wish,
  );
  expect(shapeOf(other)).toBe(shapeOf(one));
  const sketch = {
    dots: ["a", "b", "c"],
    lines: [
      ["a", "b", 1],
      ["b", "c", 1],
    ] as const,
  };
  expect(ranked({ dots: sketch.dots.toReversed(), lines: sketch.lines.toReversed() })).toEqual(
    ranked(sketch),
  );
});
