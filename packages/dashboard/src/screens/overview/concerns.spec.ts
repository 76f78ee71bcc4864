import { expect, test } from "vitest";
import type { AgentStatus, BreakerStatus, DeadLetterGroup, Question, Series } from "../../api/types.ts";
import { concernsOf, restartsIn, some } from "./concerns.ts";

const NOW = Date.UTC(2026, 0, 1, 12);
const ago = (ms: number): string => new Date(NOW - ms).toISOString();
const agent = (name: string, fields: Partial<AgentStatus> = {}, waiting = 1, age = 0): AgentStatus => ({
  ...{ name, systems: 1, pulled: false, paused: 0 },
  mailbox: {
    ...{ mailbox: name, served: true, waiting, delayed: 0, running: 0, bytes: 0, received: 9 },
    ...(waiting > 0 && { oldestSentAt: ago(age) }),
  },
  ...fields,
});
const texts = (known: Parameters<typeof concernsOf>[0]): readonly string[] =>
  concernsOf(known, NOW).map(({ tone, text }) => `${tone}: ${text}`);

test("nothing is wrong where nothing is known, and where all is well", () => {
  expect(texts({})).toEqual([]);
  const series = { range: "5m", total: { stored: 9, done: 99, failed: 1, retried: 0, p50: 1, p95: 2 } };
  const agents = [agent("a", {}, 0), agent("b", {}, 3, 59_000), agent("c", { systems: 0, pulled: true })];
  expect(texts({ agents, series: series as Series, breakers: [], questions: [], groups: [] })).toEqual([]);
});

test("the worst comes first, each with who it is about", () => {
  const breakers = [
    { agent: "critic", state: "open" },
    { agent: "critic", state: "open" },
    { agent: "jury", state: "half-open" },
  ] as BreakerStatus[];
  const agents = [
    agent("late", {}, 2, 200_000),
    agent("alone", { systems: 0 }),
    agent("held", { paused: 1 }, 1, 900_000),
  ];
  const groups = [{ count: 30 }, { count: 3 }] as DeadLetterGroup[];
  const questions = [{ deadline: ago(-600_000) }, { deadline: ago(-86_400_000) }, {}] as Question[];
  const total = { stored: 9, done: 6, failed: 3, retried: 0, p50: 1, p95: 2 };
  const series = { range: "1h", total } as Series;
  const systems = [{ system: "~1", client: "press", answers: false }];
  expect(texts({ breakers, agents, groups, questions, series, systems })).toEqual([
    "bad: 33 % failed in the last 1h",
    "bad: 1 breaker open: critic",
    "bad: messages wait and nobody serves alone",
    "bad: no answer from press",
    "warn: 1 breaker half-open: jury",
    "warn: the oldest message waits for 3 m 20 s: late",
    "warn: messages wait while paused: held",
    "warn: 33 dead letters of 2 causes",
    "warn: 1 question must be answered within the hour",
  ]);
});

test("restarts are summed over all that runs, at any depth", () => {
  const child = (restarts: number, children: readonly object[] = []) =>
    ({ name: "x", type: "agent", state: "running", restarts, children }) as never;
  expect(restartsIn([{ system: "~1", answers: true, tree: [child(1, [child(2)]), child(0)] }])).toBe(3);
});

test("many names are cut, and told how many", () => {
  expect(some(["a", "b", "c", "d", "e"])).toBe("a, b, c and 2 more");
});
