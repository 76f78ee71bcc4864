/** Settle: carries out what was decided of a delivery. Runs no user code. */
import type { Envelope } from "../core/envelope.ts";
import { chain, isPromise, type Maybe } from "../core/maybe.ts";
import type { Settlement } from "../core/settlement.ts";
import type { Claim, Settled, StateChange, Store } from "../core/store.ts";
import type { Reports } from "./reports.ts";
import type { AgentStatistics, Statistics } from "./statistics.ts";

/** What settling needs. */
export interface SettleParts {
  readonly store: Store;
  readonly reports: Reports;
  readonly statistics: Statistics;
}

/** How a settlement ended: as the store says, or "failed" when the store itself failed. */
export type SettleAnswer = Settled | { readonly status: "failed"; readonly error: unknown };

/** Settles a claim and counts it; never throws. A store that fails is reported, and the lease brings the message back. */
export function settleClaim(
  parts: SettleParts,
  claim: Claim,
  settlement: Settlement,
  outputs: readonly Envelope[],
  numbers: AgentStatistics | undefined,
  state?: StateChange,
): Maybe<SettleAnswer> {
  let answer: Maybe<Settled>;
  try {
    answer = parts.store.settle(claim, settlement, outputs, state);
  } catch (error) {
    return failed(parts, error);
  }
  if (!isPromise(answer)) return note(parts, claim, settlement, outputs, numbers, answer as Settled);
  return (answer as Promise<Settled>).then(
    (ready) => note(parts, claim, settlement, outputs, numbers, ready),
    (error: unknown) => failed(parts, error),
  );
}

/** Settles with an answer to the asker; one that is gone must not keep the message from being settled. */
export function settleAnswered(
  parts: SettleParts,
  claim: Claim,
  settlement: Settlement,
  answer: Envelope | undefined,
  numbers: AgentStatistics,
): Maybe<SettleAnswer> {
  return chain(settleClaim(parts, claim, settlement, answer ? [answer] : [], numbers), (settled) => {
    if (settled.status !== "refused") return settled;
    missAnswer(parts, settled);
    return settleClaim(parts, claim, settlement, [], numbers);
  });
}

/** An answer that no mailbox takes is kept as a dead letter, counted and reported. */
export function missAnswer(
  { store, reports, statistics }: SettleParts,
  { output, answer }: Settled & { status: "refused" },
): void {
  statistics.lateReplies++;
  if (reports.active) reports.emit({ type: "reply.missed", envelope: output });
  const lost = (error: unknown): void => reports.emit({ type: "store.failed", step: "bury", error });
  try {
    const buried = store.bury(output, answer.status === "unknown" ? "no-recipient" : "overflow");
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
  numbers: AgentStatistics | undefined,
  answer: Settled,
): Settled {
  const { envelope, mailbox, attempt } = claim;
  if (answer.status === "settled") {
    count(statistics, settlement, attempt);
    if (numbers) countAgent(numbers, settlement);
    statistics.routed += outputs.length;
  }
  if (!reports.active) return answer;
  if (answer.status === "undone")
    reports.emit({ type: "store.failed", step: "settle", error: answer.error ?? answer.cause });
  if (answer.status === "stale") reports.emit({ type: "delivery.outlived", envelope, mailbox, attempt });
  if (answer.status !== "settled") return answer;
  for (const output of outputs) reports.emit({ type: "message.sent", envelope: output });
  reports.emit({ type: "delivery.settled", envelope, mailbox, attempt, settlement });
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
