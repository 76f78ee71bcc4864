/** Askers: who waits for an answer to a message that the store gave up by itself hears of it; nobody else could tell. */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import { hasAsker } from "../core/envelope.ts";
import {
  ExpiredError,
  FailedError,
  NoAgentError,
  OverloadedError,
  type HermodError,
} from "../core/errors.ts";
import { chain, promised } from "../core/maybe.ts";
import type { DeadLetter, Store } from "../core/store.ts";
import { endBy } from "../core/tasklog.ts";
import { toErrorReply } from "./answers.ts";
import type { Reports } from "./reports.ts";
import type { Origin, Sender } from "./send.ts";
import { summaryOf } from "./tasklog.ts";

/** What telling needs. */
export interface AskerParts {
  readonly sender: Sender;
  readonly reports: Reports;
  readonly store: Store;
  readonly clock: Clock;
}

/** Answers the message of a dead letter with the reason; one that expired leaves its asker to the timeout. */
export function tellAsker(parts: AskerParts, self: Origin, letter: DeadLetter): void {
  const { envelope, reason } = letter;
  if (envelope.verb === "task") return endTask(parts, self, letter);
  if (reason !== "expired" && hasAsker(envelope)) answer(parts, self, letter);
}

function answer(parts: AskerParts, self: Origin, { envelope, reason }: DeadLetter): void {
  const origin = { ...self, from: envelope.to ?? self.from, conversationId: envelope.conversationId };
  const answered = promised(() =>
    chain(
      toErrorReply(parts, envelope, origin, givenUp(envelope, reason).toJSON()),
      (reply) => reply && parts.sender.store(reply, false, true),
    ),
  );
  answered.catch((error: unknown) => parts.reports.emit({ type: "store.failed", step: "append", error }));
}

/** Whoever waits for a task hears that it will not end by itself; one that was cancelled before has its end already. */
function endTask(parts: AskerParts, self: Origin, letter: DeadLetter): void {
  const { store, reports, clock } = parts;
  const { envelope, attempts, reason, error } = letter;
  const settlement = { type: "dead", reason, error: error ?? givenUp(envelope, reason).toJSON() } as const;
  const end = endBy({ envelope, attempt: attempts.length }, settlement, clock.now());
  const noted = summaryOf(parts, envelope.id, envelope.to as Address).then(async (known) => {
    if (known.end) return;
    await store.record(envelope.id, end);
    if (hasAsker(envelope)) answer(parts, self, letter);
  });
  noted.catch((failed: unknown) => reports.emit({ type: "store.failed", step: "record", error: failed }));
}

/** What an asker is told whose message the store gave up: its agent was stopped, each attempt ended its process, or there was no room. */
function givenUp({ id, to }: Envelope, reason: DeadLetter["reason"]): HermodError {
  const details = { id, to, reason };
  if (reason === "stopped")
    return new NoAgentError(`${to} was stopped before it handled message ${id}`, { details });
  if (reason === "expired")
    return new ExpiredError(`the deadline of message ${id} passed before ${to} began it`, { details });
  if (reason === "exhausted")
    return new FailedError(`none of the attempts of ${to} at message ${id} came to an end`, {
      details,
      hint: "Its process ended each time, or went on past its lease: look at the attempts of its dead letter, and redrive it.",
    });
  return new OverloadedError(`${to} gave up message ${id}: ${reason}`, { details });
}
