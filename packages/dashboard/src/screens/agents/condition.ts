/** Condition: how an agent does, in a word, and how bad that is: the worst come first. */
import type { AgentStatus } from "../../api/types.ts";
import type { Pace } from "./rates.ts";

/** "bad" needs somebody, "warn" may soon, "quiet" is meant so. */
export type Tone = "bad" | "warn" | "quiet" | "good";

export interface Condition {
  readonly tone: Tone;
  readonly word: string;
  /** Grows with what is wrong. */
  readonly weight: number;
}

/** Messages that wait longer than this are late, in milliseconds. */
const LATE = 60_000;
/** A share of failures that needs somebody. */
const MANY = 0.5;

/** Milliseconds that the oldest message has waited. */
export function ageOf({ mailbox }: AgentStatus, now: number): number {
  return mailbox?.oldestSentAt === undefined ? 0 : Math.max(0, now - Date.parse(mailbox.oldestSentAt));
}

/** Whether anybody takes its messages: a system, or somebody who pulls. */
const isServed = ({ systems, pulled, clients = [] }: AgentStatus): boolean =>
  systems > 0 || pulled || clients.length > 0;

type Rule = (agent: AgentStatus, pace: Pace, age: number) => Omit<Condition, "weight"> | undefined;

/** From the worst to the best; the first that fits is told. */
const rules: readonly Rule[] = [
  ({ state }) => (state === "failed" ? { tone: "bad", word: "failed" } : undefined),
  (agent) =>
    !isServed(agent) && (agent.mailbox?.waiting ?? 0) > 0
      ? { tone: "bad", word: "nobody serves it" }
      : undefined,
  ({ breaker }) => (breaker === "open" ? { tone: "bad", word: "breaker open" } : undefined),
  (_, { failing }) => (failing >= MANY ? { tone: "bad", word: "failing" } : undefined),
  ({ breaker }) => (breaker === "half-open" ? { tone: "warn", word: "half-open" } : undefined),
  ({ paused = 0 }, _, age) => (paused === 0 && age > LATE ? { tone: "warn", word: "behind" } : undefined),
  (_, { failing }) => (failing > 0 ? { tone: "warn", word: "some fail" } : undefined),
  ({ state }) => (state === "starting" ? { tone: "warn", word: "starting" } : undefined),
  ({ paused = 0 }) => (paused > 0 ? { tone: "quiet", word: "paused" } : undefined),
  ({ state }) => (state === "stopped" ? { tone: "quiet", word: "stopped" } : undefined),
  (agent) => (isServed(agent) ? undefined : { tone: "quiet", word: "not running" }),
  ({ mailbox }) => ((mailbox?.running ?? 0) > 0 ? { tone: "good", word: "working" } : undefined),
];
const well: Condition = { tone: "good", word: "idle", weight: 0 };

export function conditionOf(agent: AgentStatus, pace: Pace, now: number): Condition {
  const age = ageOf(agent, now);
  for (const [at, rule] of rules.entries()) {
    const said = rule(agent, pace, age);
    // Whether it works now changes all the time, and is no reason to stand elsewhere.
    if (said) return { ...said, weight: said.tone === "good" ? 0 : rules.length - at };
  }
  return well;
}
