/** Letters: whether a message may be sent as it stands. Its sender is an agent that the principal serves or a system of its own, whatever the message says of itself. */
import type { Address, Claim, Maybe } from "hermod";
import { mailboxOf, PEOPLE, SCHEDULES, type Frame, type Holding } from "hermod/remote";
import { isDesk, type Asker } from "./asker.ts";

const CANCEL = "~cancel";

/**
 * A message on its way into the store; `claim` is what it is an output of. What is no envelope is refused by whoever reads it.
 * @throws HermodError HERMOD_FORBIDDEN.
 */
export function checkLetter(asker: Asker, given: unknown, held: Holding, claim?: Claim): Maybe<void> {
  if (typeof given !== "object" || given === null) return;
  const letter = given as Frame;
  if (!isPassedOn(asker, letter, claim)) {
    asker.asSender(letter["from"]);
    checkReplyTo(asker, letter);
  }
  checkRecipient(asker, letter, claim);
  checkSchedule(asker, letter);
  checkPlace(asker, letter);
  if (letter["verb"] === "info" && letter["operation"] === CANCEL)
    return asker.cancels((Object(letter["payload"]) as Frame)["id"], held);
}

/** A copy of what was claimed, for another agent of the same principal: it keeps its sender. */
function isPassedOn(
  asker: Asker,
  { from, replyTo, conversationId, verb, to }: Frame,
  claim?: Claim,
): boolean {
  if (claim === undefined) return false;
  const { envelope } = claim;
  const isCopy =
    from === envelope.from &&
    (replyTo ?? undefined) === envelope.replyTo &&
    conversationId === envelope.conversationId &&
    verb === envelope.verb;
  return isCopy && typeof to === "string" && mailboxOf(to as Address) !== PEOPLE && asker.speaks(to);
}

function checkReplyTo(asker: Asker, { replyTo }: Frame): void {
  if (replyTo !== undefined && replyTo !== null) asker.asSender(replyTo);
}

function checkRecipient(asker: Asker, letter: Frame, claim?: Claim): void {
  const { to, topic, verb } = letter;
  if (topic !== undefined && topic !== null) asker.sends(topic);
  if (typeof to !== "string" || isAnswer(letter, claim)) return;
  if (!isDesk(mailboxOf(to as Address))) return asker.sends(to);
  // Who answers is known by its name, and an asker takes answers from nobody else.
  if (verb !== "reply" && !asker.speaks(to)) asker.refuse("send", to);
}

/** Whoever keeps the schedules sends what they say with rights of its own: it must be nothing that the one who sets them may not send. */
function checkSchedule(asker: Asker, { to, operation, payload }: Frame): void {
  if (typeof to !== "string" || mailboxOf(to as Address) !== SCHEDULES || operation !== "set") return;
  const message = Object((Object(payload) as Frame)["message"]) as Frame;
  asker.sends(message["to"]);
}

/** The answer to what was claimed goes where that asked it to go. A notice is no answer: whoever hears it would do what it says. */
function isAnswer({ to, verb, inReplyTo }: Frame, claim?: Claim): boolean {
  if (claim === undefined || verb === "info") return false;
  const { id, replyTo, task } = claim.envelope;
  return (verb === "reply" || inReplyTo === id) && (to === replyTo || to === task?.done?.to);
}

/** The place among what was published is that of its own system, and whoever waits for the answer is of its own. */
function checkPlace(asker: Asker, { published, waits, hops }: Frame): void {
  if (published !== undefined) asker.asSender((Object(published) as Frame)["by"]);
  if (waits !== undefined && waits !== 0) asker.asSender(Array.isArray(hops) ? hops.at(-1) : undefined);
}
