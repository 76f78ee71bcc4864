/**
 * Tasks: long work by its log. Its parts come in order and stay, it ends as its message does, somebody is told of that once, and what
 * was promised of its cancellation is kept.
 */
import type { Cancel, Event, LogEntry, Part, TaskState, Told } from "./event.ts";
import type { Outcome } from "./losses.ts";
import type { Findings } from "./verdict.ts";

/** All that a history tells of one task beside its message. */
interface Story {
  readonly id: string;
  readonly parts: Part[];
  readonly told: Told[];
  /** When it ran after its cancellation had been promised: what the promise was. */
  promise: Cancel["answer"] | undefined;
  broken: Cancel["answer"] | undefined;
  log: readonly LogEntry[] | undefined;
}

export function judgeTasks(
  history: readonly Event[],
  outcomes: readonly Outcome[],
  findings: Findings,
): void {
  const stories = toStories(history);
  for (const story of stories.values()) judgePromise(story, findings);
  if (!history.some(({ kind }) => kind === "logs")) return;
  for (const { trail, fate, waits } of outcomes) {
    if (trail.sends[0]?.event.task !== true) continue;
    const story = stories.get(trail.id) ?? newStory(trail.id);
    judgeParts(story, findings);
    if (fate.over !== "no" && !waits) judgeEnd(story, stateOf(trail), findings);
  }
}

function newStory(id: string): Story {
  return { id, parts: [], told: [], promise: undefined, broken: undefined, log: undefined };
}

function toStories(history: readonly Event[]): ReadonlyMap<string, Story> {
  const stories = new Map<string, Story>();
  const storyOf = (id: string): Story => {
    const known = stories.get(id) ?? newStory(id);
    stories.set(id, known);
    return known;
  };
  let signalled: Story[] = [];
  for (const event of history) {
    if (event.kind === "part") storyOf(event.id).parts.push(event);
    if (event.kind === "told") storyOf(event.id).told.push(event);
    if (event.kind === "logs") for (const { id, entries } of event.logs) storyOf(id).log = entries;
    if (event.kind === "run") storyOf(event.id).broken ??= storyOf(event.id).promise;
    if (event.kind === "cancelled" && event.answer === "cancelled-before-start")
      storyOf(event.id).promise = event.answer;
    if (event.kind === "cancelled" && event.answer === "signalled") signalled.push(storyOf(event.id));
    // Whoever was told to stop may run on, but not in another life.
    if (event.kind !== "restart") continue;
    for (const story of signalled) story.promise ??= "signalled";
    signalled = [];
  }
  return stories;
}

function judgePromise({ id, broken }: Story, findings: Findings): void {
  if (broken !== undefined) findings.fault("CANCELLED_THEN_RUN", `${id} ran after "${broken}"`);
}

/** Within an attempt parts count from 1 without a gap, attempts follow one another, and what was confirmed is at its number. */
function judgeParts({ id, parts, log = [] }: Story, findings: Findings): void {
  let [attempt, at] = [0, 0];
  for (const entry of log) {
    if (entry.type !== "part") continue;
    const isNext =
      entry.attempt === attempt ? entry.at === at + 1 : entry.attempt > attempt && entry.at === 1;
    if (!isNext)
      return findings.fault("BROKEN_PARTS", `${id}: ${show(entry)} after ${show({ attempt, at })}`);
    [attempt, at] = [entry.attempt, entry.at];
  }
  const gone = parts.find((part) => !isThere(part, log[part.number - 1]));
  if (gone) findings.fault("BROKEN_PARTS", `${id}: ${show(gone)} was confirmed as number ${gone.number}`);
}

function isThere(part: Part, entry: LogEntry | undefined): boolean {
  return entry?.type === "part" && entry.attempt === part.attempt && entry.at === part.at;
}

function show({ attempt, at }: { readonly attempt: number; readonly at: number }): string {
  return `part ${at} of attempt ${attempt}`;
}

/** How its message has ended: a dead letter has failed or was cancelled, and a message that is acked is done or was cancelled. */
function stateOf({ steps, grave }: Outcome["trail"]): "acked" | "dead" {
  const isDead = steps.some(({ event }) => event.kind === "dead-lettered" && event.phase === "ok");
  return isDead || grave?.isThere === true ? "dead" : "acked";
}

/** What waits for its time has its end when it is cancelled, and may get the same once more when that time comes. */
function judgeEnd({ id, log = [], told }: Story, settled: "acked" | "dead", findings: Findings): void {
  const states = log.flatMap((entry) => (entry.type === "end" ? [entry.state] : []));
  const [state] = states;
  const fits = state === "cancelled" || state === (settled === "dead" ? "failed" : "done");
  const isOne = states.length === 1 || (state === "cancelled" && states.every((each) => each === state));
  if (state === undefined || !isOne || !fits)
    return findings.fault("WRONG_END", `${id}: ${settled}, and its ends are ${states.join(", ") || "none"}`);
  judgeNotice(id, told, state, findings);
}

function judgeNotice(id: string, told: readonly Told[], state: TaskState, findings: Findings): void {
  const messages = new Set(told.map(({ message }) => message));
  const other = told.find((each) => each.state !== state);
  if (messages.size !== 1)
    findings.fault("WRONG_NOTICE", `${id}: told ${messages.size} times that it is ${state}`);
  else if (other) findings.fault("WRONG_NOTICE", `${id}: told that it is ${other.state}, and it is ${state}`);
}
