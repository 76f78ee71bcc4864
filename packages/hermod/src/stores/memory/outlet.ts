/** Outlet: how a claimed message leaves: settled with its outputs and state, or taken back by a lease that ran out. */
import { isVolatile, type Envelope } from "../../core/envelope.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import type { Leaving, OpenClaim } from "../../core/mailbox.ts";
import type { Settlement } from "../../core/settlement.ts";
import {
  SETTLED,
  STALE,
  type Attempt,
  type Claim,
  type MessageRecord,
  type Settled,
  type StateChange,
} from "../../core/store.ts";
import type { Box } from "../shelf/box.ts";
import type { Death } from "../shelf/letter.ts";
import type { Deaths } from "./deaths.ts";
import type { Intake } from "./intake.ts";
import type { MemoryShelf } from "./shelf.ts";

/** Why a message is given up. */
type Cause = Pick<Death, "reason" | "error">;

const EXHAUSTED: Cause = Object.freeze({ reason: "exhausted", error: undefined });

export class Outlet {
  readonly #shelf: MemoryShelf;
  readonly #deaths: Deaths;
  readonly #intake: Intake;

  constructor(shelf: MemoryShelf, deaths: Deaths, intake: Intake) {
    this.#shelf = shelf;
    this.#deaths = deaths;
    this.#intake = intake;
  }

  settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Settled {
    const box = this.#shelf.boxes.get(claim.mailbox);
    if (!box?.isOpen(claim)) return STALE;
    const { states, notes } = this.#shelf;
    const { id } = claim.envelope;
    if (state && state.base !== (states.get(state.key)?.version ?? 0)) return this.#undo(box, claim);
    if (outputs.length > 0) {
      const stored = this.#intake.appendAll(outputs, claim.envelope.delivery !== "exactly-once");
      if (stored.status === "refused") return stored;
    }
    if (state?.json !== undefined)
      states.set(state.key, { json: state.json, version: claim.token }, claim.mailbox);
    if (part !== undefined) notes.parts.add(id, part, true);
    this.#leave(box, claim, settlement);
    if (part !== undefined) notes.followers.wake(id);
    return SETTLED;
  }

  /** Gives back a message whose lease ran out. */
  endLease(box: Box, claim: OpenClaim): void {
    const { envelope, attempt: number } = claim;
    const { reports } = this.#shelf.env;
    const attempt = this.#note(claim, "waiting", "lease-expired");
    if (reports.active)
      reports.emit({ type: "lease.expired", envelope, mailbox: box.address, attempt: number });
    if (isVolatile(envelope)) this.#die(box, claim, EXHAUSTED, attempt);
    else this.#again(box, claim, { type: "again", attempt });
  }

  /** Takes back a settlement that was built on a state which is not the last one. */
  #undo(box: Box, claim: OpenClaim): Settled {
    this.#again(box, claim, { type: "again" });
    return { status: "undone", cause: "state" };
  }

  #leave(box: Box, claim: OpenClaim, settlement: Settlement): void {
    switch (settlement.type) {
      case "ack":
        return this.#end(box, claim, "done", "acked");
      case "fail":
        return this.#end(box, claim, "failed", "failed", settlement.error);
      case "dead":
        return this.#die(box, claim, settlement, this.#note(claim, "dead", "dead", settlement.error));
      case "retry":
        return this.#again(box, claim, {
          ...{ type: "again", at: settlement.at },
          attempt: this.#note(claim, "waiting", "retried", settlement.error),
        });
      case "release":
        return this.#again(box, claim, { ...settlement, type: "again" });
    }
  }

  #end(
    box: Box,
    claim: OpenClaim,
    state: MessageRecord["state"],
    outcome: Attempt["outcome"],
    error?: ErrorRecord,
  ): void {
    this.#shelf.history.ended(claim, state, outcome, this.#shelf.clock.now(), error);
    this.#shelf.notes.parts.end(claim.envelope.id);
    this.#gone(box, claim);
  }

  #die(box: Box, claim: OpenClaim, why: Cause, last: Attempt): void {
    const { envelope, generation } = claim;
    const { reason, error } = why;
    const attempts = [...box.attemptsOf(envelope), last];
    this.#deaths.keep({ envelope, mailbox: box.address, reason, error, attempts, generation });
    this.#gone(box, claim);
  }

  #gone(box: Box, claim: OpenClaim): void {
    if (box.leave(claim, { type: "gone" })) box.wake();
  }

  #again(box: Box, claim: OpenClaim, how: Leaving): void {
    box.leave(claim, how);
    this.#shelf.bytes += claim.envelope.size;
    this.#shelf.stir(box);
  }

  #note(
    claim: Claim,
    state: MessageRecord["state"],
    outcome: Attempt["outcome"],
    error?: ErrorRecord,
  ): Attempt {
    const { attempt: number, startedAt } = claim;
    const endedAt = this.#shelf.clock.now();
    this.#shelf.history.ended(claim, state, outcome, endedAt, error);
    return { number, startedAt, endedAt, outcome, ...(error && { error }) };
  }
}
