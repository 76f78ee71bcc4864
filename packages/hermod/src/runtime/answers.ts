/** Answers: what goes back to an asker, a reply or an error. Sealed and passed by the outgoing interceptors, not yet stored. */
import { saidKey } from "../core/dedupe.ts";
import type { TaskDone } from "../agent/target.ts";
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

/** The reply to a claimed message; none where nobody wants it. */
export function toReply(
  { sender }: AnswerParts,
  claim: Claim,
  origin: Origin,
  payload: unknown,
): Maybe<Envelope | undefined> {
  const { envelope, generation } = claim;
  if (!isAnswered(envelope)) return undefined;
  const draft = replyDraft(envelope, answerType(envelope), payload);
  if (envelope.delivery !== "exactly-once") return sender.intercepted(sender.seal(draft, origin));
  // A rerun of an exactly-once message must not answer twice.
  const id = derivedId(envelope.sentAt, envelope.id, draft.to, generation, "reply");
  return sender.intercepted(sender.seal({ ...draft, id }, origin));
}

/** False for a task of which nobody is told: its end stands in its log. */
function isAnswered({ verb, task, replyTo }: Envelope): boolean {
  return verb !== "task" || task?.done !== undefined || replyTo !== undefined;
}

/** The error for an asker; an interceptor that refuses even that is reported, and leaves the asker to its timeout. */
export function toErrorReply(
  parts: AnswerParts,
  request: Envelope,
  origin: Origin,
  record: ErrorRecord,
): Maybe<Envelope | undefined> {
  if (!isAnswered(request)) return undefined;
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

/** The occasion of a task's cancelling. */
export const CANCELLED = "cancelled";

/** The id of what is told of a task's end: the same for the same `occasion`, so that it is one message, whoever tells of it. */
export function wordId({ sentAt, id, task }: Envelope, occasion: string): string | undefined {
  return task?.done && derivedId(sentAt, id, task.done.to, occasion);
}

/** Who cancels a task that waits tells of it, and so does whoever ran it meanwhile, unknown to the other. */
function idOf(request: Envelope, { code }: ErrorRecord): { readonly id?: string } {
  const id = code === "HERMOD_CANCELLED" ? wordId(request, CANCELLED) : undefined;
  return id === undefined ? {} : { id };
}

/** Details that cannot be sent (too large, no plain data) are left out: the asker must hear at all. */
function sealError(sender: Sender, request: Envelope, origin: Origin, record: ErrorRecord): Envelope {
  try {
    return sender.seal({ ...replyDraft(request, "error", record), ...idOf(request, record) }, origin);
  } catch {
    const { code, name, category, retryable } = record;
    const message = record.message.slice(0, 200);
    const short = { code, name, message, category, retryable };
    return sender.seal({ ...replyDraft(request, "error", short), ...idOf(request, record) }, origin);
  }
}

/** An answer goes back by the way its request came, in the same mode and conversation; that of a task to whom it says. */
function replyDraft(request: Envelope, type: Envelope["type"], payload: unknown) {
  const { done } = request.task ?? {};
  return {
    verb: "reply",
    type,
    operation: done?.operation ?? request.operation,
    to: done?.to ?? request.replyTo ?? request.from,
    payload: done ? toDone(request, type, payload) : payload,
    priority: request.priority,
    delivery: request.delivery === "at-most-once" ? "at-most-once" : "at-least-once",
    inReplyTo: request.id,
    correlationId: request.correlationId ?? request.id,
    trace: request.trace,
  } as const;
}

/** What the recipient of `onDone` gets. */
function toDone(request: Envelope, type: Envelope["type"], payload: unknown): TaskDone {
  const { id, to, operation, idempotencyKey } = request;
  const task = {
    task: id,
    agent: to as string,
    operation,
    ...(idempotencyKey !== undefined && { key: saidKey(idempotencyKey) }),
  };
  if (type !== "error") return { ...task, state: "done", ...(payload !== undefined && { result: payload }) };
  const error = payload as ErrorRecord;
  return { ...task, state: error.code === "HERMOD_CANCELLED" ? "cancelled" : "failed", error };
}
