/**
 * State: a keyed state is the list of the messages that changed it, appended to within their transactions. Committed readings
 * of one key form one order in which each continues the one before, and hold just what was committed.
 */
import type { Acked, Event, Read } from "./event.ts";
import { nameOf, type At, type Trail } from "./trail.ts";
import type { Findings } from "./verdict.ts";

export function judgeState(
  history: readonly Event[],
  trails: ReadonlyMap<string, Trail>,
  findings: Findings,
): void {
  const committed = acksOf(trails);
  const reads = history.flatMap((event, at) => (event.kind === "read" ? [{ at, event }] : []));
  const valid = reads.filter(({ event: { by } }) => by === undefined || committed.has(claimName(by)));
  for (const [key, ofKey] of Map.groupBy(valid, ({ event }) => event.key)) {
    judgeReads(key, ofKey, findings);
    judgeMembers(key, ofKey, trails, committed, findings);
  }
  judgeOutputs(trails, findings);
}

function claimName({ id, mailbox, token }: { id: string; mailbox: string; token: number }): string {
  return `${nameOf(id, mailbox)} by ${token}`;
}

function acksOf(trails: ReadonlyMap<string, Trail>): ReadonlyMap<string, At<Acked>> {
  const acks = new Map<string, At<Acked>>();
  for (const { steps } of trails.values())
    for (const { at, event } of steps)
      if (event.kind === "acked" && event.phase === "ok") acks.set(claimName(event), { at, event });
  return acks;
}

/** Each reading against the next longer one: together they are one order. */
function judgeReads(key: string, reads: readonly At<Read>[], findings: Findings): void {
  const lists = reads.map(({ event }) => event.list).toSorted((a, b) => a.length - b.length);
  for (const [at, list] of lists.entries()) {
    const longer = lists[at + 1];
    if (longer !== undefined && list.some((id, place) => longer[place] !== id))
      findings.fault(
        "FORKED_STATE",
        `${key}: a reading of ${list.length} is no beginning of one of ${longer.length}`,
      );
  }
  const longest = lists.at(-1) ?? [];
  const twice = longest.filter((id, place) => longest.indexOf(id) !== place);
  for (const id of new Set(twice)) findings.fault("DOUBLE_EFFECT", `${key} holds ${id} twice`);
}

/** The last reading holds what was acked before it, and nothing that was refused, given up or handed out again. */
function judgeMembers(
  key: string,
  reads: readonly At<Read>[],
  trails: ReadonlyMap<string, Trail>,
  acks: ReadonlyMap<string, At<Acked>>,
  findings: Findings,
): void {
  const last = reads.at(-1) as At<Read>;
  const members = new Set(last.event.list);
  for (const { at, event } of acks.values())
    if (event.key === key && at < last.at && !members.has(event.id))
      findings.fault("HALF_EFFECT", `${event.id} is acked, and not in ${key}`);
  const first = firstReads(reads);
  const own = [...trails.values()].filter((trail) => members.has(trail.id) && isOf(trail, key));
  for (const trail of own) judgeMember(key, trail, first.get(trail.id) as number, findings);
  const known = new Set(own.map(({ id }) => id));
  for (const id of members)
    if (!known.has(id)) findings.fault("UNEXPECTED", `${key} holds ${id}, never handled`);
}

function isOf({ steps }: Trail, key: string): boolean {
  return steps.some(({ event }) => event.kind === "acked" && event.key === key);
}

function judgeMember(key: string, { id, steps }: Trail, read: number, findings: Findings): void {
  const isOut = steps.some(({ at, event }) => event.kind === "handled" && at > read);
  const isDead = steps.some(({ event }) => event.kind === "dead-lettered" && event.phase === "ok");
  if (isOut) findings.fault("HALF_EFFECT", `${id} is in ${key}, and was handed out again`);
  else if (isDead) findings.fault("HALF_EFFECT", `${id} is in ${key}, and a dead letter`);
}

function firstReads(reads: readonly At<Read>[]): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const { at, event } of reads) for (const id of event.list) if (!first.has(id)) first.set(id, at);
  return first;
}

/** An output is one message, and is seen only when its cause is done. */
function judgeOutputs(trails: ReadonlyMap<string, Trail>, findings: Findings): void {
  for (const { id, mailbox, steps, sends } of trails.values()) {
    const handled = steps.flatMap(({ at, event }) => (event.kind === "handled" ? [{ at, event }] : []));
    const copies = new Set(handled.map(({ event }) => event.message));
    if (copies.size > 1) findings.fault("DOUBLE_EFFECT", `${nameOf(id, mailbox)} is ${copies.size} messages`);
    const cause = sends[0]?.event.cause;
    const seen = handled[0];
    if (cause === undefined || seen === undefined) continue;
    const trail = trails.get(nameOf(cause.id, cause.mailbox));
    if (trail?.steps.some(({ at, event }) => event.kind === "handled" && at > seen.at))
      findings.fault("HALF_EFFECT", `${id} was seen before ${cause.id} was done`);
  }
}
