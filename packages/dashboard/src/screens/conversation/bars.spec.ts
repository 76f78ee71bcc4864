/** Bars: what waits, what is handled, and where it stands. */
import { expect, test } from "vitest";
import { barsOf, busyIn, tickStep, timeLanes } from "./bars.ts";
import { foldGaps } from "./folding.ts";
import { attempt, sample, START } from "./sample.ts";
import { chosenOf, saidBeside, saidIn } from "./shownrecords.ts";

const records = [
  sample({
    ...{ id: "1", to: "b", replyTo: "~d" },
    attempts: [attempt(1, [5, 10], "retried", "no"), attempt(2, [30, 40], "acked")],
  }),
  sample({ id: "2", at: 8, to: "b", state: "waiting" }),
  sample({ id: "3", at: 41, verb: "reply", type: "response", from: "b", to: "~d", inReplyTo: "1" }),
];
const said = saidIn(records);

test("each attempt is a bar with its wait before it; what is open goes on until now; replies are no work", () => {
  const bars = barsOf(said, START + 50);
  expect(bars.map(({ id, phase, from, to, tone }) => [id, phase, from - START, to - START, tone])).toEqual([
    ["1", "wait", 0, 5, "info"],
    ["1", "work", 5, 10, "warn"],
    ["1", "wait", 10, 30, "info"],
    ["1", "work", 30, 40, "good"],
    ["2", "wait", 8, 50, "info"],
  ]);
  expect(bars.map(({ isOpen }) => isOpen)).toEqual([false, false, false, false, true]);
  expect(bars[1]?.reason).toBe("no");
});

test("that something waits for long does not keep the line from being folded", () => {
  const late = saidIn([
    sample({ id: "1", to: "b", attempts: [attempt(1, [3_600_000, 3_600_010], "acked")] }),
  ]);
  const { length } = foldGaps(busyIn(late, barsOf(late, 0)));
  expect(length).toBeLessThan(2000);
});

test("what runs at once stands in lines of its own", () => {
  const both = saidIn([
    sample({ id: "1", to: "b", attempts: [attempt(1, [0, 20], "acked")] }),
    sample({ id: "2", to: "b", attempts: [attempt(1, [0, 20], "acked")] }),
    sample({ id: "3", at: 30, to: "b", attempts: [attempt(1, [30, 40], "acked")] }),
  ]);
  const bars = barsOf(both, 0);
  const [lane] = timeLanes(bars, foldGaps(busyIn(both, bars)), 10);
  expect(lane?.bars.map(({ bar, track }) => [bar.id, track])).toEqual([
    ["1", 0],
    ["2", 1],
    ["3", 0],
  ]);
});

test("what is too small to be told apart is drawn as one, however much it is", () => {
  const many = saidIn(
    Array.from({ length: 20_000 }, (_, at) =>
      sample({ id: String(at), at, to: `b${at % 4}`, attempts: [attempt(1, [at, at + 3], "acked")] }),
    ),
  );
  const bars = barsOf(many, 0);
  const lanes = timeLanes(bars, foldGaps(busyIn(many, bars)), 1000 / 20_000);
  const drawn = lanes.flatMap((lane) => lane.bars);
  expect(drawn.length).toBeLessThanOrEqual(1500);
  expect(drawn.reduce((sum, { count }) => sum + count, 0)).toBe(20_000);
});

test("marks of the time stand at round figures", () =>
  expect([0.4, 3, 11, 180, 999].map(tickStep)).toEqual([1, 5, 20, 200, 1000]));

test("chat and list show the same choice of messages, and step through it", () => {
  const choice = { hidesReplies: true, focus: undefined, folded: new Set<string>() };
  const ids = (shown: typeof said) => shown.map(({ record }) => record.envelope.id);
  expect(ids(chosenOf(said, choice, undefined))).toEqual(["1", "2"]);
  expect(ids(chosenOf(said, { ...choice, focus: "a", hidesReplies: false }, START + 8))).toEqual(["1", "2"]);
  expect(said[2]?.to).toBe("a");
  expect([saidBeside(said, "1", 1), saidBeside(said, "1", -1), saidBeside(said, undefined, -1)]).toEqual([
    ...["2", undefined, "3"],
  ]);
});
