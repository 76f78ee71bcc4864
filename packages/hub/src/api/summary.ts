/** Summary: a conversation in short, of as much of it as its reader may see. */
import type { Amounts, MessageRecord, System } from "hermod";
import { previewOf } from "../page/row.ts";
import type { Redaction } from "../redaction.ts";
import type { Principal } from "../auth/principal.ts";
import { isSeen } from "./newest.ts";

/** Messages of one conversation that are looked at for its summary. */
const MOST = 2000;
/** Participants that are named. */
const MOST_NAMED = 50;

/** Undefined where nothing of it may be seen. */
export async function summaryOf(
  system: System,
  id: string,
  latest: number,
  { principal, redaction }: { readonly principal: Principal; readonly redaction: Redaction },
) {
  const { records, isWhole } = await beginningOf(system, id);
  const seen = records.filter((record) => isSeen(principal, record));
  const [first] = seen;
  if (first === undefined) return undefined;
  const participants = [...new Set(seen.flatMap(participantsOf))];
  const { sentAt, verb, type, operation, from, to, topic } = first.envelope;
  // What was spent tells of all messages, so it is for those who may see all.
  const spent = seen.length === records.length ? amounts(await system.spent(id)) : undefined;
  return {
    id,
    first: { ...{ verb, type, operation, from, to, topic }, preview: previewOf(redaction.record(first)) },
    participants: participants.slice(0, MOST_NAMED),
    others: Math.max(0, participants.length - MOST_NAMED),
    messages: seen.length,
    isWhole,
    state: stateOf(seen),
    startedAt: iso(sentAt),
    endedAt: iso(seen.map(endOf).reduce((most, each) => Math.max(most, each), latest)),
    ...(spent && { spent }),
  };
}

async function beginningOf(system: System, id: string) {
  const records: MessageRecord[] = [];
  let after: string | undefined;
  do {
    const page = await system.history({
      ...{ conversation: id, limit: 1000 },
      ...(after !== undefined && { after }),
    });
    records.push(...page.items);
    after = page.next;
  } while (after !== undefined && records.length < MOST);
  return { records, isWhole: after === undefined };
}

function participantsOf({ envelope: { from, to, topic, verb }, mailbox }: MessageRecord): string[] {
  // A reply goes to the desk where the one who asked waits; who asked has spoken already.
  if (verb === "reply") return [from];
  return [from, to ?? mailbox ?? topic].filter((each) => each !== undefined);
}

function stateOf(records: readonly MessageRecord[]): "open" | "failed" | "done" {
  if (records.some(({ state }) => state === "waiting" || state === "running")) return "open";
  return records.some(({ state }) => state === "failed" || state === "dead") ? "failed" : "done";
}

function endOf({ envelope, attempts }: MessageRecord): number {
  return attempts.at(-1)?.endedAt ?? envelope.sentAt;
}

/** What language models have cost, where anything has. */
function amounts({ tokens, cost }: Amounts) {
  if (tokens === undefined && cost === undefined) return undefined;
  return { ...(tokens !== undefined && { tokens }), ...(cost !== undefined && { cost }) };
}

const iso = (at: number): string => new Date(at).toISOString();
