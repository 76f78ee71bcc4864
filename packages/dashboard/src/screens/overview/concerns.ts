/** Concerns: what is wrong now, and where, the worst first; each leads to the screen that shows it. Pure, of what the hub has answered. */
import type {
  AgentStatus,
  BreakerStatus,
  Child,
  DeadLetterGroup,
  Question,
  Series,
  SystemStatus,
} from "../../api/types.ts";
import { counted, plain, spanText } from "../../parts/text.ts";

/** What is known; what could not be asked, or is still asked, is absent. */
export interface Known {
  readonly agents?: readonly AgentStatus[] | undefined;
  readonly breakers?: readonly BreakerStatus[] | undefined;
  readonly systems?: readonly SystemStatus[] | undefined;
  readonly questions?: readonly Question[] | undefined;
  readonly groups?: readonly DeadLetterGroup[] | undefined;
  readonly series?: Series | undefined;
}

export interface Concern {
  /** "bad" is broken now, "warn" wants a look. */
  readonly tone: "bad" | "warn";
  readonly text: string;
  readonly to: "/dead-letters" | "/breakers" | "/agents" | "/supervision" | "/inbox" | "/messages";
  readonly where?: string;
}

/** After how long what waits has waited too long, in milliseconds. */
const LONG = 60_000;
/** How near the end of its time a question is pressing, in milliseconds. */
const NEAR = 3_600_000;
/** Which part of what ended may fail before something is broken. */
const MANY = 0.1;

export function concernsOf(known: Known, now: number): readonly Concern[] {
  const all = [
    ...ofTraffic(known.series),
    ...ofBreakers(known.breakers ?? []),
    ...ofMailboxes(known.agents ?? [], now),
    ...ofSystems(known.systems ?? []),
    ...ofLetters(known.groups ?? []),
    ...ofQuestions(known.questions ?? [], now),
  ];
  return all.toSorted((a, b) => Number(b.tone === "bad") - Number(a.tone === "bad"));
}

function ofTraffic(series: Series | undefined): readonly Concern[] {
  const { failed = 0, done = 0 } = series?.total ?? {};
  if (series === undefined || failed === 0) return [];
  const share = failed / (failed + done);
  const text = `${Math.max(1, Math.round(share * 100))} % failed in the last ${series.range}`;
  const where = `state:failed age:<${series.range}`;
  return share < MANY ? [] : [{ tone: "bad", text, to: "/messages", where }];
}

function ofBreakers(breakers: readonly BreakerStatus[]): readonly Concern[] {
  const of = (state: BreakerStatus["state"], tone: Concern["tone"]): readonly Concern[] => {
    const names = [
      ...new Set(breakers.filter((each) => each.state === state).map(({ agent }) => plain(agent))),
    ];
    const text = `${counted(names.length, "breaker")} ${state}: ${some(names)}`;
    return names.length === 0 ? [] : [{ tone, text, to: "/breakers" }];
  };
  return [...of("open", "bad"), ...of("half-open", "warn")];
}

function ofMailboxes(agents: readonly AgentStatus[], now: number): readonly Concern[] {
  const waiting = agents.filter(({ mailbox }) => (mailbox?.waiting ?? 0) > 0);
  const alone = waiting.filter(({ systems, pulled }) => systems === 0 && !pulled);
  const paused = waiting.filter((each) => !alone.includes(each) && isPaused(each));
  const late = waiting.filter(
    (each) => !alone.includes(each) && !paused.includes(each) && ageOf(each, now) > LONG,
  );
  const named = (list: readonly AgentStatus[]): string => some(list.map(({ name }) => plain(name)));
  const oldest = Math.max(0, ...late.map((each) => ageOf(each, now)));
  return [
    ...when(alone, "bad", `messages wait and nobody serves ${named(alone)}`),
    ...when(late, "warn", `the oldest message waits for ${spanText(oldest)}: ${named(late)}`),
    ...when(paused, "warn", `messages wait while paused: ${named(paused)}`),
  ];
}

const isPaused = ({ paused = 0, systems }: AgentStatus): boolean => paused > 0 && paused >= systems;

function when(list: readonly unknown[], tone: Concern["tone"], text: string): readonly Concern[] {
  return list.length === 0 ? [] : [{ tone, text, to: "/agents" }];
}

/** How long the oldest that waits for an agent has waited, in milliseconds. */
export function ageOf({ mailbox }: AgentStatus, now: number): number {
  return mailbox?.oldestSentAt === undefined ? 0 : Math.max(0, now - Date.parse(mailbox.oldestSentAt));
}

function ofSystems(systems: readonly SystemStatus[]): readonly Concern[] {
  const silent = systems.filter(({ answers }) => !answers).map(({ client, system }) => client ?? system);
  const failed = systems
    .flatMap(({ tree = [] }) => tree.flatMap(flat))
    .filter(({ state }) => state === "failed");
  const names = failed.map(({ name }) => plain(name));
  return [
    ...(silent.length > 0 ? [bad(`no answer from ${some(silent.map(plain))}`)] : []),
    ...(failed.length > 0 ? [bad(`broken and not started again: ${some(names)}`)] : []),
  ];
}

const bad = (text: string): Concern => ({ tone: "bad", text, to: "/supervision" });

/** A place in a tree with all below it. */
export function flat(child: Child): readonly Child[] {
  return [child, ...(child.children ?? []).flatMap(flat)];
}

/** How often something was started again, over all systems. Whoever is above others does not count what they count. */
export function restartsIn(systems: readonly SystemStatus[]): number {
  return systems
    .flatMap(({ tree = [] }) => tree.flatMap(flat))
    .reduce((sum, { restarts }) => sum + (typeof restarts === "number" ? restarts : 0), 0);
}

function ofLetters(groups: readonly DeadLetterGroup[]): readonly Concern[] {
  const count = groups.reduce((sum, each) => sum + each.count, 0);
  if (count === 0) return [];
  const text = `${counted(count, "dead letter")} of ${counted(groups.length, "cause")}`;
  return [{ tone: "warn", text, to: "/dead-letters" }];
}

function ofQuestions(questions: readonly Question[], now: number): readonly Concern[] {
  const near = questions.filter(
    ({ deadline }) => deadline !== undefined && Date.parse(deadline) - now < NEAR,
  );
  const text = `${counted(near.length, "question")} must be answered within the hour`;
  return near.length === 0 ? [] : [{ tone: "warn", text, to: "/inbox" }];
}

/** "a, b, c and 4 more". */
export function some(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most).join(", ");
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
