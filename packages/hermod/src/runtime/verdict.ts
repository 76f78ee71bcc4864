/** Verdict: what is to be said of a delivery that has ended, from what its handler threw. Decides, and does nothing. */
import type { Clock } from "../core/clock.ts";
import { hasAsker, isControl, type Envelope } from "../core/envelope.ts";
import { RejectedError, describe, type ErrorRecord, type HermodError } from "../core/errors.ts";
import type { Random } from "../core/id.ts";
import { Crash, RetryAfter, Terminal, type RetryPolicy } from "../core/retry.ts";
import { settleFailure, type Settlement } from "../core/settlement.ts";
import { failureRecord } from "./answers.ts";
import { Refusal, settleRefusal } from "./refusal.ts";
import type { Run } from "./run.ts";

/** What becomes of a failed delivery. */
export function judge(
  { clock, random }: { readonly clock: Clock; readonly random: Random },
  run: Run,
  thrown: unknown,
): Settlement {
  const { interruption, cancellation } = run;
  const { envelope, attempt } = run.claim;
  if (cancellation !== undefined) return { type: "fail", error: cancellation.toJSON() };
  if (interruption !== undefined) return settleInterrupted(envelope, interruption);
  const later = putOff(run, thrown);
  if (later) return later;
  if (thrown instanceof Refusal) return settleRefusal(envelope, thrown);
  return settleFailure(thrown, { envelope, attempt, policy: policyOf(run), now: clock.now(), random });
}

/** How failed deliveries of this message are tried again: said by the message, else its operation, else its agent. */
export function policyOf({ envelope, handling, instance }: Run): RetryPolicy {
  return envelope.retry ?? handling?.spec?.retry ?? instance.definition.retry;
}

/** A notice runs beside the agent's other work, so it commits no state. */
export function commits({ instance, envelope }: Run): boolean {
  return instance.definition.state !== undefined && !isControl(envelope);
}

/** What becomes of a message that cannot go on for now, where that is why its handler has ended: it keeps its place, and uses no attempt. */
export function putOff({ putOff: later }: Run, thrown: unknown): Settlement | undefined {
  if (later === undefined || saysMore.some((kind) => thrown instanceof kind)) return undefined;
  const cause = causesOf(thrown).find((error) => later.has(error));
  const at = later.get(cause);
  return at === undefined ? undefined : { type: "release", at, keepsKey: true };
}

/** With these the handler itself has decided what becomes of the message. */
const saysMore = [Terminal, Crash, RetryAfter, RejectedError];

/** What was thrown, what caused it, and so on. */
function causesOf(thrown: unknown): readonly unknown[] {
  const causes: unknown[] = [];
  for (let cause = thrown; cause instanceof Error && causes.length < 8; cause = cause.cause)
    causes.push(cause);
  return causes;
}

/** What says nothing about the agent's health: a message that is itself wrong, or a handler that had to make room. */
export function isIgnored(run: Run, thrown: unknown): boolean {
  const { interruption, cancellation } = run;
  return (
    putOff(run, thrown) !== undefined ||
    interruption !== undefined ||
    cancellation !== undefined ||
    saysNothing.some((kind) => thrown instanceof kind)
  );
}

const saysNothing = [Refusal, Terminal, RejectedError];

/** What the asker of a failed message is told. */
export function errorRecord({ claim, interruption, cancellation }: Run, thrown: unknown): ErrorRecord {
  if (cancellation !== undefined) return cancellation.toJSON();
  if (interruption !== undefined) return interruption.toJSON();
  return thrown instanceof Refusal ? thrown.error.toJSON() : failureRecord(claim, thrown);
}

function settleInterrupted(envelope: Envelope, error: HermodError): Settlement {
  const told = envelope.delivery === "at-most-once" && hasAsker(envelope);
  return told
    ? { type: "fail", error: error.toJSON() }
    : { type: "dead", reason: "stopped", error: error.toJSON() };
}

/** What was thrown, or an error in its place when it cannot even be asked what it is. */
export function readable(thrown: unknown): unknown {
  try {
    Object.getPrototypeOf(Object(thrown));
    return thrown;
  } catch {
    return new Error(describe(thrown));
  }
}
