/** Rows: the worst stand first, are found by words, and fold in groups; rates come from what the hub counts. */
import { expect, test } from "vitest";
import type { AgentStatus } from "../../api/types.ts";
import { percentText, rateText } from "./figures.ts";
import { Rates } from "./rates.ts";
import { grouped, narrowed, orderText, sorted, toOrder, toRows } from "./rows.ts";
import { said } from "./said.ts";

const NOW = Date.parse("2026-01-01T00:10:00Z");
const box = (over: object = {}) => ({
  ...{ mailbox: "x", served: true, waiting: 0, delayed: 0, running: 0, bytes: 0, received: 0 },
  ...over,
});
const status = (name: string, over: Partial<AgentStatus> = {}): AgentStatus => ({
  ...{ name, systems: 1, pulled: false, paused: 0, clients: ["eu"], state: "running", mailbox: box() },
  ...over,
});
const counts = (processed: number, failed = 0, retried = 0) => ({ processed, failed, retried, dead: 0 });

const all = [
  status("well"),
  status("working", { mailbox: box({ running: 1 }) }),
  status("paused", { paused: 1, mailbox: box({ waiting: 9, oldestSentAt: "2026-01-01T00:00:00Z" }) }),
  status("behind", { mailbox: box({ waiting: 9, oldestSentAt: "2026-01-01T00:00:00Z" }) }),
  status("orphan", { systems: 0, clients: [], mailbox: box({ waiting: 1 }) }),
  status("broken", { state: "failed" }),
  status("resting", { breaker: "open" }),
];

test("the worst come first, and those that do well stand by name", () => {
  const rows = sorted(toRows(all, new Rates(), NOW), toOrder());
  expect(rows.map(({ agent, condition }) => [agent.name, condition.word])).toEqual([
    ["broken", "failed"],
    ["orphan", "nobody serves it"],
    ["resting", "breaker open"],
    ["behind", "behind"],
    ["paused", "paused"],
    ["well", "idle"],
    ["working", "working"],
  ]);
});

test("rates are of what was counted in between; a system that began anew is no fall", () => {
  const rates = new Rates();
  const note = (seconds: number, numbers: ReturnType<typeof counts>) =>
    rates.note(seconds * 1000, [status("a", { numbers })]);
  note(0, counts(100));
  expect(rates.of("a")).toEqual({ perSecond: 0, failing: 0, line: [] });
  note(2, counts(106, 1, 1));
  expect(rates.of("a")).toEqual({ perSecond: 4, failing: 0.25, line: [4] });
  note(2, counts(999));
  expect(rates.of("a").line).toEqual([4]);
  note(4, counts(0));
  expect(rates.of("a").line).toEqual([]);
  for (let at = 3; at < 100; at++) note(at * 2, counts(at));
  expect(rates.of("a").line).toHaveLength(30);
  expect(rates.of("nobody").perSecond).toBe(0);
});

test("words narrow by name, condition and place, and leave out behind a minus", () => {
  const rows = toRows(all, new Rates(), NOW);
  const names = (words: string) => narrowed(rows, words).map(({ agent }) => agent.name);
  expect(names("EU failed")).toEqual(["broken"]);
  expect(names("nowhere")).toEqual(["orphan"]);
  expect(names("-eu")).toEqual(["orphan"]);
  expect(names(" - ")).toHaveLength(all.length);
});

test("groups stand in the order of their worst, and fold", () => {
  const rows = sorted(
    toRows([status("b-2"), status("a-1"), status("b-1", { state: "failed" })], new Rates(), NOW),
    toOrder(),
  );
  const shown = (folded: readonly string[]) =>
    grouped(rows, "name", new Set(folded)).map((row) =>
      row.kind === "group" ? `${row.name} ${row.count} ${row.worst.word}` : row.agent.name,
    );
  expect(shown([])).toEqual(["b 2 failed", "b-1", "b-2", "a 1 idle", "a-1"]);
  expect(shown(["b"])).toEqual(["b 2 failed", "a 1 idle", "a-1"]);
});

test("the order stands in the address, and what stands there otherwise is none", () => {
  expect(orderText(toOrder("system -waiting"))).toBe("system -waiting");
  expect(orderText(toOrder())).toBe(undefined);
  expect(toOrder("constructor -constructor")).toEqual({ group: "nothing", by: undefined, down: true });
  expect(sorted(toRows(all, new Rates(), NOW), toOrder("nothing -waiting"))[0]?.agent.mailbox?.waiting).toBe(
    9,
  );
});

test("figures are short, and what a system has done is told", () => {
  expect([0, 0.01, 0.25, 4.24, 1234].map(rateText)).toEqual(["0", "<0.1", "0.3", "4.2", "1,234"]);
  expect([0, 0.001, 0.5].map(percentText)).toEqual(["0 %", "<1 %", "50 %"]);
  expect(said({ system: "s", answers: false }).tone).toBe("bad");
  expect(said({ system: "s", answers: true, idle: false }).tone).toBe("warn");
  expect(said({ system: "s", answers: true }).word).toBe("done");
});
