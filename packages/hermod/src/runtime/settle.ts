/** Settle: carries out what was decided of a delivery. Runs no user code. */
import type { Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import type { DeadReason, Settlement } from "../core/settlement.ts";
import type { Claim, Settled, StateChange, Store } from "../core/store.ts";
import type { TaskEnd } from "../core/tasklog.ts";
import type { Reports } from "./reports.ts";
import type { AgentStatistics, Statistics } from "./statistics.ts";

/** What settling needs. */
export interface SettleParts {
  readonly store: Store;
  readonly reports: Reports;
  readonly statistics: Statistics;
}

/** Whose delivery it is; absent where nobody counts it. */
export interface Worker {
  /** The agent, or the member of a pool; absent for who pulls. */
  readonly address?: Address;
  readonly statistics: AgentStatistics;
}

/** How a settlement ended: as the store says, or "failed" when the store itself failed. */
export type SettleAnswer = Settled | { readonly status: "failed"; readonly error: unknown };

/** Settles a claim and counts it, with the end of its task where it is one; never throws. A store that fails is reported, and the lease brings the message back. */
export function settleClaim(
  parts: SettleParts,
  claim: Claim,
  settlement: Settlement,
  outputs: readonly Envelope[],
  worker: Worker | undefined,
  state?: StateChange,
  end?: TaskEnd,
): Maybe<SettleAnswer> {
  let answer: Maybe<Settled>;
  try {
    answer = parts.store.settle(claim, settlement, outputs, state, end);
  } catch (error) {
    return failed(parts, error);
  }
  if (!isPromise(answer)) return note(parts, claim, settlement, outputs, worker, answer as Settled);
  return (answer as Promise<Settled>).then(
    (ready) => note(parts, claim, settlement, outputs, worker, ready),
    (error: unknown) => failed(parts, error),
  );
}

/** Settles with an answer to the asker; one that is gone must not keep the message from being settled. */
export function settleAnswered(
  parts: SettleParts,
  claim: Claim,
  settlement: Settlement,
  answer: Envelope | undefined,
  worker: Worker | undefined,
  end?: TaskEnd,
): Maybe<SettleAnswer> {
  const outputs = answer ? [answer] : [];
  return chain(settleClaim(parts, claim, settlement, outputs, worker, undefined, end), (settled) => {
    if (settled.status !== "refused") return settled;
    missAnswer(parts, settled);
    return settleClaim(parts, claim, settlement, [], worker, undefined, end);
  });
}

/** An answer that no mailbox takes is kept as a dead letter, counted and reported. */
export function missAnswer(parts: SettleParts, { output, answer }: Settled & { status: "refused" }): void {
  parts.statistics.lateReplies++;
  if (parts.reports.active) parts.reports.emit({ type: "reply.missed", envelope: output });
  bury(parts, output, answer.status === "unknown" ? "no-recipient" : "overflow");
}

/** Keeps a message that no mailbox takes as a dead letter; never throws. */
export function bury({ store, reports }: SettleParts, envelope: Envelope, reason: DeadReason): void {
  const lost = (error: unknown): void => reports.emit({ type: "store.failed", step: "bury", error });
  try {
    const buried = store.bury(envelope, reason);
    if (isPromise(buried)) void (buried as Promise<void>).catch(lost);
  } catch (error) {
    lost(error);
  }
}

function failed({ reports }: SettleParts, error: unknown): SettleAnswer {
  reports.emit({ type: "store.failed", step: "settle", error });
  return { status: "failed", error };
}

function note(
  { reports, statistics }: SettleParts,
  claim: Claim,
  settlement: Settlement,
  outputs: readonly Envelope[],
  worker: Worker | undefined,
  answer: Settled,
): Settled {
  const { envelope, mailbox, attempt } = claim;
  if (answer.status === "settled") {
    count(statistics, settlement, attempt);
    if (worker) countAgent(worker.statistics, settlement);
    statistics.routed += outputs.length;
  }
  if (!reports.active) return answer;
  const agent = worker?.address && { agent: worker.address };
  if (answer.status === "undone")
    reports.emit({ type: "store.failed", step: "settle", error: answer.error ?? answer.cause });
  if (answer.status === "stale")
    reports.emit({ type: "delivery.outlived", envelope, mailbox, attempt, ...agent });
  if (answer.status !== "settled") return answer;
  for (const output of outputs) reports.emit({ type: "message.sent", envelope: output });
  reports.emit({ type: "delivery.settled", envelope, mailbox, attempt, settlement, ...agent });
  return answer;
}

function count(statistics: Statistics, { type }: Settlement, attempt: number): void {
  if (type === "release") return;
  if (type === "retry") return void statistics.retried++;
  statistics.attempts += attempt;
  if (type === "ack") return void statistics.acknowledged++;
  statistics.failed++;
  if (type === "dead") statistics.dead++;
}

function countAgent(numbers: AgentStatistics, { type }: Settlement): void {
  if (type === "ack") numbers.acknowledged++;
  else if (type === "retry") numbers.retried++;
  else if (type !== "release") numbers.failed++;
  if (type === "dead") numbers.dead++;
}
