/** Askers: who waits for an answer to a message that the store gave up by itself hears of it; nobody else could tell. */
import type { Envelope } from "../core/envelope.ts";
import { hasAsker } from "../core/envelope.ts";
import { NoAgentError, OverloadedError, type HermodError } from "../core/errors.ts";
import { chain, promised } from "../core/maybe.ts";
import type { DeadLetter } from "../core/store.ts";
import { toErrorReply } from "./answers.ts";

import type { Reports } from "./reports.ts";
import type { Origin, Sender } from "./send.ts";

/** Answers the message of a dead letter with the reason; one that expired leaves its asker to the timeout. */
export function tellAsker(
  parts: { readonly sender: Sender; readonly reports: Reports },
  self: Origin,
  letter: DeadLetter,
): void {
  const { envelope, reason } = letter;
  if (!hasAsker(envelope) || reason === "expired") return;
  const origin = { ...self, from: envelope.to ?? self.from, conversationId: envelope.conversationId };
  const answered = promised(() =>
    chain(
      toErrorReply(parts, envelope, origin, givenUp(envelope, reason).toJSON()),
      (reply) => reply && parts.sender.store(reply, false, true),
    ),
  );
  answered.catch((error: unknown) => parts.reports.emit({ type: "store.failed", step: "append", error }));
}

/** What an asker is told whose message the store gave up: its agent was stopped, or there was no room. */
function givenUp({ id, to }: Envelope, reason: DeadLetter["reason"]): HermodError {
  const details = { id, to, reason };
  if (reason === "stopped")
    return new NoAgentError(`${to} was stopped before it handled message ${id}`, { details });
  return new OverloadedError(`${to} gave up message ${id}: ${reason}`, { details });
}
