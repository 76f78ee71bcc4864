/** Settlements: what may become of a claim. Whoever serves its mailbox decides; whoever only sent the message can take it back, and answer nothing. */
import type { Claim, Maybe } from "hermod";
import { PEOPLE, type Frame, type Holding } from "hermod/remote";
import type { Asker } from "./asker.ts";
import { checkLetter } from "./letters.ts";
import { stateOwner } from "./lookups.ts";
import { demand } from "./principal.ts";

export function checkSettlement(asker: Asker, frame: Frame, held: Holding): Maybe<void> {
  const claim = held.claimOf(frame["token"] as number);
  // What the session does not hold is nobody's to settle there.
  if (claim === undefined) return;
  const isOwn = asker.speaks(claim.mailbox === PEOPLE ? claim.envelope.to : claim.mailbox);
  if (!isOwn) return checkTakingBack(asker, frame, claim);
  if (claim.mailbox === PEOPLE && typeof claim.envelope.to === "string")
    demand(asker.principal, "answer", claim.envelope.to.slice(PEOPLE.length + 1));
  const { state } = frame;
  if (state !== undefined) asker.serves(stateOwner((Object(state) as Frame)["key"]));
  return asker.all(frame["outputs"], (each) => checkLetter(asker, each, held, claim));
}

/** The end of what was never begun: nothing but that it was cancelled, and to nobody but who asked. */
function checkTakingBack(asker: Asker, frame: Frame, claim: Claim): void {
  const { type } = Object(frame["settlement"]) as Frame;
  const part = frame["part"] as Frame | undefined;
  const isEnd =
    part === undefined || (Object(part)["type"] === "end" && Object(part)["state"] === "cancelled");
  const isFate = (type === "fail" || type === "release") && frame["state"] === undefined;
  const outputs = Array.isArray(frame["outputs"]) ? (frame["outputs"] as readonly unknown[]) : [];
  if (!isEnd || !isFate || outputs.length > 1 || !outputs.every((each) => isRefusal(each, claim)))
    asker.refuse("serve", claim.mailbox);
}

function isRefusal(output: unknown, { envelope }: Claim): boolean {
  const { verb, type, from, to, inReplyTo } = Object(output) as Frame;
  const isTold = to === envelope.replyTo || to === envelope.task?.done?.to;
  return isTold && verb === "reply" && type === "error" && from === envelope.to && inReplyTo === envelope.id;
}
