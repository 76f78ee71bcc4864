/** Spans: where the time of a message went, from its sending to its answer. */
import type { MessageRecord } from "../../api/types.ts";
import type { TalkLine } from "./asked.ts";

export interface Span {
  readonly what:
    | "held back"
    | "waited"
    | "handled"
    | "waited to try again"
    | "answer on its way"
    | "deadline";
  readonly from: number;
  /** Undefined for what has not ended. */
  readonly to: number | undefined;
  /** Of what was handled: which attempt, and how it ended. */
  readonly attempt?: number;
  readonly outcome?: string;
  /** True for what went wrong. */
  readonly isBad?: boolean;
}

/** All of them in order, without gaps between them; `replies` are the answers to the message. */
export function spansOf(record: MessageRecord, replies: readonly TalkLine[], now: number): readonly Span[] {
  const { envelope, attempts, state } = record;
  const sent = Date.parse(envelope.sentAt);
  const due = envelope.notBefore === undefined ? sent : Math.max(sent, Date.parse(envelope.notBefore));
  const first = attempts[0] && Date.parse(attempts[0].startedAt);
  const spans: Span[] = [];
  const held = Math.min(due, first ?? due);
  if (held > sent) spans.push({ what: "held back", from: sent, to: held > now ? undefined : held });
  let at = held;
  for (const { number, startedAt, endedAt, outcome, error } of attempts) {
    const [start, end] = [Date.parse(startedAt), Date.parse(endedAt)];
    spans.push({
      what: number === 1 ? "waited" : "waited to try again",
      from: at,
      to: Math.max(at, start),
    });
    const isBad = error !== undefined || ["retried", "failed", "dead", "lease-expired"].includes(outcome);
    spans.push({ what: "handled", from: start, to: end, attempt: number, outcome, ...(isBad && { isBad }) });
    at = end;
  }
  const isFirst = attempts.length === 0;
  if (state === "waiting" && held <= now)
    spans.push({ what: isFirst ? "waited" : "waited to try again", from: at, to: undefined });
  if (state === "running")
    spans.push({
      what: "handled",
      from: at,
      to: undefined,
      attempt: attempts.length + 1,
      outcome: "running",
    });
  for (const reply of replies)
    spans.push({
      what: "answer on its way",
      from: reply.sentAt,
      to: reply.startedAt ?? reply.endedAt ?? reply.sentAt,
    });
  return spans;
}

export interface Scale {
  readonly from: number;
  readonly to: number;
}

/** From the first beginning to the last end; what has not ended lasts until now. */
export function scaleOf(spans: readonly Span[], now: number): Scale {
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(...spans.map((span) => span.to ?? now));
  return { from, to: Math.max(to, from + 1) };
}

/** Where a span lies on the scale, in percent. */
export function placeOf(
  { from, to }: Span,
  scale: Scale,
  now: number,
): { readonly left: number; readonly width: number } {
  const whole = scale.to - scale.from;
  const percent = (at: number): number => (Math.max(0, Math.min(whole, at - scale.from)) / whole) * 100;
  const left = percent(from);
  return { left, width: percent(to ?? now) - left };
}
