/**
 * Spans: the messages of a trace with when each waited and was handled, as lists side by side: one place in each list for a message, those that were
 * sent while it was handled behind it. Of a call the answer is its end and has no place of its own. Pure.
 */
import type { Attempt, MessageRecord } from "hermod";
import { nameOf } from "./events.ts";

/** A message without what it says. Times in milliseconds since 1970, or ISO 8601. */
export interface SpanLine {
  readonly id: string;
  readonly verb: string;
  readonly type: string;
  readonly operation: string;
  readonly from: string;
  readonly to?: string | undefined;
  readonly topic?: string | undefined;
  readonly mailbox?: string | undefined;
  readonly conversationId: string;
  readonly causeId?: string | undefined;
  readonly inReplyTo?: string | undefined;
  /** W3C trace context. */
  readonly trace?: string | undefined;
  readonly sentAt: number | string;
  readonly state: MessageRecord["state"];
  readonly attempts: readonly SpanAttempt[];
}

export interface SpanAttempt {
  readonly startedAt: number | string;
  readonly endedAt: number | string;
  readonly outcome: Attempt["outcome"];
  /** Why it failed. */
  readonly error?: string | undefined;
}

/** Lists of equal length, one place for each message; those of attempts go by `tries`. */
export interface Spans {
  readonly count: number;
  readonly ids: readonly string[];
  readonly verbs: readonly string[];
  readonly operations: readonly string[];
  /** Who sent it and who got it, as people call them. */
  readonly senders: readonly string[];
  readonly receivers: readonly string[];
  readonly states: readonly MessageRecord["state"][];
  readonly conversations: readonly string[];
  /** W3C trace context, or "". */
  readonly contexts: readonly string[];
  /** The place of the message whose handling sent it; -1 for what begins. */
  readonly parent: Int32Array;
  readonly depth: Int32Array;
  /** The place behind all that follows from it. */
  readonly last: Int32Array;
  readonly sent: Float64Array;
  /** When handling began; NaN before that. */
  readonly begun: Float64Array;
  /** When it was handled for the last time and its answer was sent; NaN while it is in flight. */
  readonly ended: Float64Array;
  /** When its answer was sent; NaN where there is none. */
  readonly answered: Float64Array;
  /** Where the attempts of a message begin in their lists; those of the next one follow. */
  readonly tries: Int32Array;
  readonly tryFrom: Float64Array;
  readonly tryTo: Float64Array;
  readonly tryOutcomes: readonly SpanAttempt["outcome"][];
  readonly tryErrors: readonly (string | undefined)[];
}

export function lineOf({ envelope, mailbox, state, attempts }: MessageRecord): SpanLine {
  const { id, verb, type, operation, from, to, topic, conversationId, causeId, inReplyTo, trace, sentAt } =
    envelope;
  return {
    ...{
      id,
      verb,
      type,
      operation,
      from,
      to,
      topic,
      mailbox,
      conversationId,
      causeId,
      inReplyTo,
      trace,
      sentAt,
      state,
    },
    attempts: attempts.map(({ startedAt, endedAt, outcome, error }) => ({
      ...{ startedAt, endedAt, outcome },
      ...(error !== undefined && { error: error.message }),
    })),
  };
}

/** The spans of messages in the order in which they were stored. */
export function spansOf(lines: readonly SpanLine[]): Spans {
  const own: SpanLine[] = [];
  const answers = new Map<string, SpanLine>();
  for (const line of lines) {
    if (line.verb !== "reply") own.push(line);
    else if (line.type !== "status" && line.inReplyTo !== undefined) answers.set(line.inReplyTo, line);
  }
  const parents = parentsOf(own, lines);
  const order = inOrder(own, parents);
  return filled(own, order, parents, answers);
}

/** Which of them each follows from, by its place among them. What is stored before its cause begins by itself: so nothing goes in circles. */
function parentsOf(own: readonly SpanLine[], lines: readonly SpanLine[]): Int32Array {
  const asked = new Map<string | undefined, string | undefined>(
    lines.flatMap(({ verb, id, inReplyTo }) => (verb === "reply" ? [[id, inReplyTo]] : [])),
  );
  const known = new Map<string, number[]>();
  return Int32Array.from(own, (line, at) => {
    const cause = asked.get(line.causeId) ?? line.causeId;
    const places = cause === undefined ? undefined : known.get(cause);
    // Of what was published each who listens has a copy; who sent this one on is among them.
    const parent = places?.findLast((place) => receiverOf(own[place]) === line.from) ?? places?.[0] ?? -1;
    const alike = known.get(line.id);
    if (alike) alike.push(at);
    else known.set(line.id, [at]);
    return parent;
  });
}

const receiverOf = (line: SpanLine | undefined): string | undefined =>
  line?.mailbox ?? line?.to ?? line?.topic;

/** Each before what follows from it, and what was sent earlier first. */
function inOrder(own: readonly SpanLine[], parents: Int32Array): Int32Array {
  const below = Map.groupBy(own.keys(), (at) => parents[at] as number);
  const sent = own.map(({ sentAt }) => toMs(sentAt));
  const later = (a: number, b: number): number => (sent[b] as number) - (sent[a] as number) || b - a;
  const order = new Int32Array(own.length);
  const waiting = (below.get(-1) ?? []).toSorted(later);
  for (let at = 0; waiting.length > 0; at++) {
    const place = waiting.pop() as number;
    order[at] = place;
    const own = below.get(place);
    if (own) for (const each of own.toSorted(later)) waiting.push(each);
  }
  return order;
}

function filled(
  own: readonly SpanLine[],
  order: Int32Array,
  parents: Int32Array,
  answers: ReadonlyMap<string, SpanLine>,
): Spans {
  const count = own.length;
  const rows = Array.from(order, (place) => own[place] as SpanLine);
  const placeOf = new Int32Array(count);
  for (const [at, place] of order.entries()) placeOf[place] = at;
  const parent = Int32Array.from(order, (place) => {
    const above = parents[place] as number;
    return above < 0 ? -1 : (placeOf[above] as number);
  });
  const depth = new Int32Array(count);
  for (let at = 0; at < count; at++) {
    const above = parent[at] as number;
    depth[at] = above < 0 ? 0 : (depth[above] as number) + 1;
  }
  const last = Int32Array.from({ length: count }, (_, at) => at + 1);
  for (let at = count - 1; at >= 0; at--) {
    const above = parent[at] as number;
    if (above >= 0) last[above] = Math.max(last[above] as number, last[at] as number);
  }
  const tries = new Int32Array(count + 1);
  for (const [at, { attempts }] of rows.entries()) tries[at + 1] = (tries[at] as number) + attempts.length;
  const attempts = rows.flatMap((row) => row.attempts);
  const answered = Float64Array.from(rows, ({ id }) => toMs(answers.get(id)?.sentAt));
  return {
    ...{ count, parent, depth, last, tries, answered },
    ids: rows.map(({ id }) => id),
    verbs: rows.map(({ verb }) => verb),
    operations: rows.map(({ operation, type }) => operation || type),
    senders: rows.map(({ from }) => callerOf(from)),
    receivers: rows.map((row) => callerOf(receiverOf(row))),
    states: rows.map(({ state }) => state),
    conversations: rows.map(({ conversationId }) => conversationId),
    contexts: rows.map(({ trace = "" }) => trace),
    sent: Float64Array.from(rows, ({ sentAt }) => toMs(sentAt)),
    begun: Float64Array.from(rows, (row) => begunAt(row)),
    ended: Float64Array.from(rows, (row, at) => endedAt(row, answered[at] as number)),
    tryFrom: Float64Array.from(attempts, ({ startedAt }) => toMs(startedAt)),
    tryTo: Float64Array.from(attempts, ({ endedAt: to }) => toMs(to)),
    tryOutcomes: attempts.map(({ outcome }) => outcome),
    tryErrors: attempts.map(({ error }) => error),
  };
}

const toMs = (at: number | string | undefined): number =>
  at === undefined ? NaN : typeof at === "number" ? at : Date.parse(at);

/** The agent behind a system's address is who speaks. */
function callerOf(address: string | undefined): string {
  const [, agent] = /^~(?!people\/)[^/]*\/(.+)$/u.exec(address ?? "") ?? [];
  return nameOf(agent ?? address);
}

/** What was sent is not handled before; what runs now for the first time has begun at some time after its sending that nobody tells. */
function begunAt({ attempts: [first], state, sentAt }: SpanLine): number {
  if (first) return Math.max(toMs(sentAt), toMs(first.startedAt));
  return state === "running" ? toMs(sentAt) : NaN;
}

function endedAt({ state, attempts, sentAt }: SpanLine, answered: number): number {
  if (state === "waiting" || state === "running") return NaN;
  const last = attempts.at(-1);
  const done = last ? toMs(last.endedAt) : toMs(sentAt);
  return Math.max(toMs(sentAt), done, Number.isNaN(answered) ? done : answered);
}

/** When it ended; what is in flight lasts until now. */
export function endOf({ ended, sent }: Spans, at: number, now: number): number {
  const end = ended[at] as number;
  return Number.isNaN(end) ? Math.max(now, sent[at] as number) : end;
}

/** Whether any of it is in flight. */
export const isInFlight = ({ ended }: Spans): boolean => ended.some((end) => Number.isNaN(end));

/** The places that are shown where what follows from some is folded away. */
export function unfolded({ count, last }: Spans, folded: Uint8Array): Int32Array {
  const shown = new Int32Array(count);
  let length = 0;
  for (let at = 0; at < count; at = folded[at] ? (last[at] as number) : at + 1) shown[length++] = at;
  return shown.subarray(0, length);
}

/** When something happens: sending and handling; that something waits is no reason to show all of it. In order, apart from one another. */
export function busyIn(spans: Spans, now: number): { readonly from: number; readonly to: number }[] {
  const { count, sent, begun, tries, tryFrom, tryTo, ended } = spans;
  const from: number[] = [];
  const to: number[] = [];
  const put = (begin: number, end: number): void => void (from.push(begin), to.push(Math.max(begin, end)));
  for (let at = 0; at < count; at++) {
    put(sent[at] as number, sent[at] as number);
    for (let each = tries[at] as number; each < (tries[at + 1] as number); each++)
      put(tryFrom[each] as number, tryTo[each] as number);
    const end = endOf(spans, at, now);
    if (Number.isNaN(ended[at])) put(Number.isNaN(begun[at]) ? end : lastOf(spans, at), end);
    else put(end, end);
  }
  return merged(from, to);
}

/** When it was handled last, or first began. */
function lastOf({ tries, tryTo, begun }: Spans, at: number): number {
  const end = tries[at + 1] as number;
  return end > (tries[at] as number) ? (tryTo[end - 1] as number) : (begun[at] as number);
}

function merged(from: readonly number[], to: readonly number[]): { from: number; to: number }[] {
  const order = Uint32Array.from(from.keys()).sort((a, b) => (from[a] as number) - (from[b] as number));
  const all: { from: number; to: number }[] = [];
  for (const at of order) {
    const [begin, end] = [from[at] as number, to[at] as number];
    const before = all.at(-1);
    if (before && begin <= before.to) before.to = Math.max(before.to, end);
    else all.push({ from: begin, to: end });
  }
  return all;
}

/** From the first sending to the last end. */
export function extentOf(spans: Spans, now: number): { readonly from: number; readonly to: number } {
  let [from, to] = [Infinity, -Infinity];
  for (let at = 0; at < spans.count; at++) {
    from = Math.min(from, spans.sent[at] as number);
    to = Math.max(to, endOf(spans, at, now));
  }
  return spans.count === 0 ? { from: 0, to: 0 } : { from, to };
}
