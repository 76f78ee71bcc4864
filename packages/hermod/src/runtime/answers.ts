/** Answers: what goes back to an asker, a reply or an error. Sealed and passed by the outgoing interceptors, not yet stored. */
import { answerType, type Envelope } from "../core/envelope.ts";
import { FailedError, RejectedError, toRecord, type ErrorRecord } from "../core/errors.ts";
import { derivedId } from "../core/id.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { Crash } from "../core/retry.ts";
import { isTerminal, unwrap } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import type { Reports } from "./reports.ts";
import type { Origin, Sender } from "./send.ts";

/** What answering needs. */
export interface AnswerParts {
  readonly sender: Sender;
  readonly reports: Reports;
}

/** The reply to a claimed message. */
export function toReply(
  { sender }: AnswerParts,
  claim: Claim,
  origin: Origin,
  payload: unknown,
): Maybe<Envelope> {
  const { envelope, generation } = claim;
  const draft = replyDraft(envelope, answerType(envelope), payload);
  if (envelope.delivery !== "exactly-once") return sender.intercepted(sender.seal(draft, origin));
  // A rerun of an exactly-once message must not answer twice.
  const id = derivedId(envelope.sentAt, envelope.id, draft.to, generation, "reply");
  return sender.intercepted(sender.seal({ ...draft, id }, origin));
}

/** The error for an asker; an interceptor that refuses even that is reported, and leaves the asker to its timeout. */
export function toErrorReply(
  parts: AnswerParts,
  request: Envelope,
  origin: Origin,
  record: ErrorRecord,
): Maybe<Envelope | undefined> {
  const refused = (error: unknown): undefined => {
    parts.reports.emit({ type: "listener.failed", listener: "outgoing interceptor", error });
  };
  try {
    const reply = parts.sender.intercepted(sealError(parts.sender, request, origin, record));
    return isPromise(reply) ? (reply as Promise<Envelope>).catch(refused) : reply;
  } catch (error) {
    return refused(error);
  }
}

/** What the asker is told of a delivery that failed: Failed, with the handler's or puller's error inside. */
export function failureRecord({ mailbox, envelope, attempt }: Claim, thrown: unknown): ErrorRecord {
  const error = unwrap(thrown);
  if (error instanceof RejectedError) return error.toJSON();
  const { operation } = envelope;
  const name = `${mailbox}${operation && `.${operation}`}`;
  return new FailedError(`${name} failed: ${toRecord(error).message}`, {
    retryable: !isTerminal(thrown),
    details: {
      ...{ agent: mailbox, operation, attempts: attempt, error: toRecord(error) },
      ...(thrown instanceof Crash && { crashed: true }),
    },
  }).toJSON();
}

/** Details that cannot be sent (too large, no plain data) are left out: the asker must hear at all. */
function sealError(sender: Sender, request: Envelope, origin: Origin, record: ErrorRecord): Envelope {
  try {
    return sender.seal(replyDraft(request, "error", record), origin);
  } catch {
    const { code, name, category, retryable } = record;
    const message = record.message.slice(0, 200);
    return sender.seal(replyDraft(request, "error", { code, name, message, category, retryable }), origin);
  }
}

/** An answer goes back by the way its request came, in the same mode and conversation. */
function replyDraft(request: Envelope, type: Envelope["type"], payload: unknown) {
  return {
    verb: "reply",
    type,
    operation: request.operation,
    to: request.replyTo ?? request.from,
    payload,
    priority: request.priority,
    delivery: request.delivery === "at-most-once" ? "at-most-once" : "at-least-once",
    inReplyTo: request.id,
    correlationId: request.correlationId ?? request.id,
    trace: request.trace,
  } as const;
}
