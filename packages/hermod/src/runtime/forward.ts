/** Forward: what the line of a pool does itself with a message: copies for all members, or back until its member can take it. */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { hasAsker, type Envelope } from "../core/envelope.ts";
import { OverloadedError, RejectedError, type HermodError } from "../core/errors.ts";
import { isPromise, type Maybe } from "../core/maybe.ts";
import { ACK, RELEASE, type DeadReason, type Settlement } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import { circuitOpen } from "./breakers.ts";
import type { Instance } from "./instance.ts";
import type { PoolLine } from "./poolline.ts";
import { bury, settleClaim, type SettleAnswer, type SettleParts } from "./settle.ts";

/** How long a message waits for a member that is being started again, or whose breaker is open. */
const PAUSE = 100;

/** What forwarding needs. */
export interface ForwardParts extends SettleParts {
  readonly refuse: (instance: Instance, claim: Claim, error: HermodError, reason?: DeadReason) => void;
}

/**
 * Stores a copy for each member together with the end of the message; a copy that finds no room becomes a dead letter alone.
 * Where none finds room, whoever asked is told. Answers when all are stored or refused.
 */
export function forward(
  parts: ForwardParts,
  line: PoolLine,
  claim: Claim,
  copies: readonly Envelope[],
): Maybe<void> {
  const [member] = line.instances;
  if (claim.envelope.verb === "task" && member)
    return parts.refuse(member, claim, noTasks(line.address), "terminal");
  // A loop: each round may have one more copy refused, and a pool may have thousands of members.
  for (let left: readonly Envelope[] | undefined = copies; left;) {
    const tried: readonly Envelope[] = left;
    const settled = settleClaim(parts, claim, ACK, tried, line);
    if (isPromise(settled)) return forwardLater(parts, line, claim, tried, settled);
    left = leftOf(parts, line, claim, tried, settled as SettleAnswer);
  }
}

/** A task has one result and one end, and its copies would have one each. */
function noTasks(pool: Address): RejectedError {
  return new RejectedError(`pool ${pool} takes no tasks, since each of its members handles every message`, {
    details: { pool },
    hint: "Hand tasks to a pool of another balance, cast to this one, or hand one task to each of several agents.",
  });
}

async function forwardLater(
  parts: ForwardParts,
  line: PoolLine,
  claim: Claim,
  tried: readonly Envelope[],
  settled: Maybe<SettleAnswer>,
): Promise<void> {
  const left = leftOf(parts, line, claim, tried, await settled);
  if (left) await forward(parts, line, claim, left);
}

/** The copies to try again without those that were refused; undefined when the message has its end. */
function leftOf(
  parts: ForwardParts,
  line: PoolLine,
  claim: Claim,
  copies: readonly Envelope[],
  settled: SettleAnswer,
): readonly Envelope[] | undefined {
  if (settled.status !== "refused") return undefined;
  const refused = [settled, ...(settled.others ?? [])];
  for (const { output, answer } of refused) {
    bury(parts, output, answer.status === "unknown" ? "no-recipient" : "overflow");
    parts.statistics.dead++;
    line.statistics.dead++;
  }
  const gone = new Set(refused.map(({ output }) => output.id));
  const left = copies.filter(({ id }) => !gone.has(id));
  const [member] = line.instances;
  if (left.length > 0 || !hasAsker(claim.envelope) || !member) return left;
  parts.refuse(member, claim, new OverloadedError(`no member of pool ${line.address} has room`));
  return undefined;
}

/** Gives a message back at once: its pool was paused while it was claimed. */
export function release(parts: SettleParts, line: PoolLine, claim: Claim): void {
  void settleClaim(parts, claim, RELEASE, [], line);
}

/** What giving back needs. */
export interface DeferParts extends ForwardParts {
  readonly clock: Clock;
}

/** Gives a message back until its member can take it; a call to one that rests fails at once. */
export function defer(parts: DeferParts, line: PoolLine, claim: Claim): void {
  const { envelope } = claim;
  const member = line.ownerOf(envelope);
  const isOpen = member?.guard?.view().state === "open";
  if (member?.guard && isOpen && envelope.delivery === "at-most-once" && hasAsker(envelope))
    return parts.refuse(member, claim, circuitOpen(member.address, [member.guard]));
  // It must not be overtaken by what its key has behind it.
  const later: Settlement = { type: "release", at: parts.clock.now() + PAUSE, keepsKey: true };
  void settleClaim(parts, claim, later, [], line);
}
