/**
 * Outlet: how a claimed message leaves: settled with its outputs and state, or taken back by a lease that ran out. A settlement is
 * accepted at once, so that the next message of its key need not wait for a disk; what cannot be committed is taken back.
 */
import { toJson } from "../../core/codec.ts";
import { isInquiry, isVolatile, type Envelope } from "../../core/envelope.ts";
import type { ErrorRecord } from "../../core/errors.ts";
import type { Maybe } from "../../core/maybe.ts";
import type { OpenClaim, Past } from "../../core/mailbox.ts";
import type { Settlement } from "../../core/settlement.ts";
import {
  SETTLED,
  STALE,
  type Appended,
  type Attempt,
  type Claim,
  type RefusedOutputs,
  type Settled,
  type StateChange,
} from "../../core/store.ts";
import type { Death } from "../shelf/letter.ts";
import type { DiskBox } from "./box.ts";
import type { Deaths } from "./deaths.ts";
import type { Intake } from "./intake.ts";
import type { Outcome } from "./journal.ts";
import type { Lines } from "./lines.ts";
import { refusedBy } from "./outcomes.ts";
import { Change } from "./protocol.ts";
import { again, fate, gone, unclaimed } from "./rows.ts";
import type { DiskShelf } from "./shelf.ts";
import type { States } from "./states.ts";
import { waitsForFile, type WriteGroup, type Writing } from "./writing.ts";

/** A settlement on its way. */
interface Leaving {
  readonly box: DiskBox;
  readonly claim: OpenClaim;
  readonly row: number;
  readonly past: Past;
  /** The dead letter that it makes. */
  death?: Death;
  /** True when the message has left for good, if the file agrees. */
  isGone: boolean;
}

export class Outlet {
  readonly #shelf: DiskShelf;
  readonly #deaths: Deaths;
  readonly #intake: Intake;
  readonly #writing: Writing;
  readonly #lines: Lines;
  readonly #states: States;

  constructor(
    shelf: DiskShelf,
    deaths: Deaths,
    intake: Intake,
    writing: Writing,
    lines: Lines,
    states: States,
  ) {
    this.#shelf = shelf;
    this.#deaths = deaths;
    this.#intake = intake;
    this.#writing = writing;
    this.#lines = lines;
    this.#states = states;
  }

  settle(
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Maybe<Settled> {
    const box = this.#shelf.boxes.get(claim.mailbox);
    if (!box?.isOpen(claim)) return STALE;
    if (state && this.#states.isOutdated(state)) return this.#undo(box, claim);
    const fresh = claim.envelope.delivery !== "exactly-once";
    const planned = outputs.length === 0 ? undefined : this.#intake.plan(outputs, fresh);
    if (planned?.status === "refused") return planned;
    // A state that was only read, and is known to be the last one, needs no look into the file.
    const change = state && !(state.json === undefined && this.#states.isLast(state)) ? state : undefined;
    const json = part === undefined ? undefined : toJson(part);
    const group = this.#writing.begin(change !== undefined || outputs.length > 0);
    const leaving = this.#leave(box, claim, settlement);
    if (change) this.#addState(change, claim);
    this.#addOutputs(group, outputs, planned?.answers ?? [], fresh);
    if (json !== undefined) this.#shelf.journal.add(Change.part, claim.envelope.id, json);
    else if (!this.#waits(leaving, outputs, change)) return this.#endAtOnce(group, leaving);
    // What comes back is back here already, so the file must come to know it.
    const mustBeKept = !leaving.isGone && change === undefined && outputs.length === 0;
    return new Promise((resolve) => {
      const ended = (outcome: Outcome): void => {
        const settled = this.#ended(leaving, change, outcome, group.puts);
        if (json !== undefined && settled === SETTLED)
          this.#shelf.followed.added(claim.envelope.id, json, partNumber(outcome));
        resolve(settled);
      };
      if (mustBeKept) group.endInsisting(ended);
      else group.end(ended);
    });
  }

  /** Gives back a message whose lease ran out. */
  endLease(box: DiskBox, claim: OpenClaim): void {
    const { envelope, attempt: number } = claim;
    const { reports } = this.#shelf.env;
    if (reports.active)
      reports.emit({ type: "lease.expired", envelope, mailbox: box.address, attempt: number });
    const { journal } = this.#shelf;
    journal.group();
    const leaving = this.#begin(box, claim);
    const attempt = this.#note(leaving, "waiting", "lease-expired");
    if (isVolatile(envelope)) this.#die(leaving, { reason: "exhausted", error: undefined }, attempt);
    else this.#again(leaving, { type: "again", attempt });
    this.#unclaim(leaving);
    const { death } = leaving;
    journal.end(death && (() => this.#deaths.kept(death)), true);
  }

  /** Takes back a settlement that was built on a state which is not the last one. */
  #undo(box: DiskBox, claim: OpenClaim): Settled {
    box.leave(claim, { type: "again" });
    this.#shelf.stir(box);
    return { status: "undone", cause: "state" };
  }

  #begin(box: DiskBox, claim: OpenClaim): Leaving {
    const { envelope } = claim;
    return { box, claim, row: box.rows.get(envelope) as number, past: box.pastOf(envelope), isGone: false };
  }

  #leave(box: DiskBox, claim: OpenClaim, settlement: Settlement): Leaving {
    const leaving = this.#begin(box, claim);
    this.#carryOut(leaving, settlement);
    this.#unclaim(leaving);
    return leaving;
  }

  /** The attempt has ended, and the process has not. */
  #unclaim({ box, claim, row }: Leaving): void {
    unclaimed(this.#shelf.journal, box, claim, row);
    this.#shelf.quarantine.acquit(row);
  }

  #carryOut(leaving: Leaving, settlement: Settlement): void {
    switch (settlement.type) {
      case "ack":
        this.#note(leaving, "done", "acked");
        return this.#gone(leaving);
      case "fail":
        this.#note(leaving, "failed", "failed", settlement.error);
        return this.#gone(leaving);
      case "dead":
        return this.#die(leaving, settlement, this.#note(leaving, "dead", "dead", settlement.error));
      case "retry": {
        const attempt = this.#note(leaving, "waiting", "retried", settlement.error);
        return this.#again(leaving, { type: "again", at: settlement.at, attempt });
      }
      case "release":
        return this.#again(leaving, { ...settlement, type: "again" });
    }
  }

  #gone(leaving: Leaving): void {
    const { box, claim, row } = leaving;
    gone(this.#shelf.journal, box, claim.envelope, row);
    leaving.isGone = true;
    this.#lines.left(box, claim.envelope);
    if (box.leave(claim, { type: "gone" })) box.wake();
  }

  #die(leaving: Leaving, { reason, error }: Pick<Death, "reason" | "error">, last: Attempt): void {
    const { box, claim, past, row } = leaving;
    const { envelope, generation } = claim;
    const attempts = [...past.attempts, last];
    leaving.death = { envelope, mailbox: box.address, reason, error, attempts, generation };
    this.#deaths.write(this.#shelf.journal, leaving.death, row, false);
    this.#gone(leaving);
  }

  #again(leaving: Leaving, how: Parameters<DiskBox["leave"]>[1] & { readonly type: "again" }): void {
    const { box, claim, row, past } = leaving;
    const { attempt, at } = how;
    if (attempt !== undefined || at !== undefined) {
      const attempts = attempt === undefined ? past.attempts : [...past.attempts, attempt];
      again(this.#shelf.journal, box, claim.envelope, row, attempts, at);
    }
    box.leave(claim, how);
    this.#shelf.stir(box);
  }

  #note({ claim, row }: Leaving, state: string, outcome: Attempt["outcome"], error?: ErrorRecord): Attempt {
    const { attempt: number, startedAt } = claim;
    const endedAt = this.#shelf.clock.now();
    if (!isInquiry(claim.envelope))
      fate(this.#shelf.journal, row, this.#shelf.nextStep(), state, claim, outcome, endedAt, error);
    return { number, startedAt, endedAt, outcome, ...(error && { error }) };
  }

  #addState({ key, base, json }: StateChange, { token, mailbox }: Claim): void {
    this.#shelf.journal.add(Change.state, key, base, token, json ?? null, mailbox);
    this.#states.accepted(key);
  }

  #addOutputs(
    group: WriteGroup,
    outputs: readonly Envelope[],
    answers: readonly Appended[],
    fresh: boolean,
  ): void {
    outputs.forEach((output, at) => this.#intake.add(group, output, answers[at] as Appended, fresh));
  }

  /** True when the settlement is one that must be in the file before it counts. */
  #waits({ row, death }: Leaving, outputs: readonly Envelope[], state: StateChange | undefined): boolean {
    return row > 0 || death !== undefined || state !== undefined || outputs.some(isAwaited);
  }

  #endAtOnce(group: WriteGroup, { box }: Leaving): Settled {
    group.endVolatile();
    this.#writing.freed(box);
    return SETTLED;
  }

  #ended(
    leaving: Leaving,
    state: StateChange | undefined,
    outcome: Outcome,
    puts: ReadonlyMap<number, Envelope>,
  ): Settled {
    const kept = outcome === undefined || outcome.type === "duplicates" || outcome.type === "value";
    if (state) this.#states.ended(state, leaving.claim.token, kept);
    if (kept) {
      if (leaving.death) this.#deaths.kept(leaving.death);
      this.#writing.freed(leaving.box);
      return SETTLED;
    }
    const refused = refusedBy(outcome, puts);
    if (refused) return this.#reopen(leaving, refused);
    this.#restore(leaving);
    if (outcome.type === "state") return { status: "undone", cause: "state" };
    return { status: "undone", cause: "store", ...(outcome.type === "failed" && { error: outcome.error }) };
  }

  /** An output conflicts with what the file holds: the claim is open again, and can be settled without it. */
  #reopen(leaving: Leaving, refused: RefusedOutputs): Settled {
    const { box, claim, row, past, isGone } = leaving;
    if (box.removed) return STALE;
    if (!isGone) return { status: "undone", cause: "output" };
    this.#lines.returned(box, claim.envelope, row);
    box.reopen(claim, past);
    return { status: "refused", ...refused };
  }

  /** Puts a message back that had left, to its old place. */
  #restore({ box, claim, row, past, isGone }: Leaving): void {
    if (!isGone || box.removed) return;
    this.#lines.returned(box, claim.envelope, row);
    box.restore(claim, past);
    this.#shelf.stir(box);
  }
}

/** The number that a part got; of one that was written beside what was there before it is not told. */
function partNumber(outcome: Outcome): number | undefined {
  return outcome?.type === "value" ? (outcome.value as number) : undefined;
}

/** Of an output with a key only the file knows for sure whether it was stored before. */
function isAwaited(output: Envelope): boolean {
  return waitsForFile(output) || output.idempotencyKey !== undefined;
}
