/** Losses: what became of each message as a whole, and where in its sender's row the lost ones stood. */
import type { Fate } from "./deliveries.ts";
import { nameOf, sentOf, type Trail } from "./trail.ts";
import type { Findings } from "./verdict.ts";

/** A message that was confirmed or seen, in the row of its sender for one mailbox. */
interface Place {
  readonly trail: Trail;
  readonly isLost: boolean;
}

/** What the losses are judged by. */
export interface Outcome {
  readonly trail: Trail;
  readonly fate: Fate;
  /** It still waited when the history ended. */
  readonly waits: boolean;
}

export function judgeLosses(outcomes: readonly Outcome[], findings: Findings): void {
  const rows = Map.groupBy(
    outcomes.flatMap((outcome) => place(outcome, findings)),
    ({ trail }) => `${trail.sends[0]?.event.sender} > ${trail.mailbox}`,
  );
  for (const row of rows.values()) judgeRow(row, findings);
}

/** Counts what is judged by itself; what has a place in its sender's row is the answer. */
function place({ trail, fate, waits }: Outcome, findings: Findings): readonly Place[] {
  const sent = sentOf(trail);
  const name = nameOf(trail.id, trail.mailbox);
  if (fate.handled && (sent === "never" || sent === "refused"))
    findings.fault(
      "UNEXPECTED",
      `${name}: handled, though its send was ${sent === "never" ? "never made" : sent}`,
    );
  if (sent === "unknown" && fate.handled) findings.count("RECOVERED");
  const isOwed = sent === "confirmed" || (sent === "unknown" && fate.handled);
  const isVolatile = trail.sends.some(({ event }) => event.volatile === true);
  if (!isOwed || (isVolatile && fate.over === "no")) return [];
  const isLost = fate.over === "no" && !waits;
  if (!isLost && fate.over !== "no" && sent === "confirmed") findings.count("OK");
  return [{ trail, isLost }];
}

function judgeRow(row: readonly Place[], findings: Findings): void {
  const first = row.findIndex(({ isLost }) => !isLost);
  const last = row.findLastIndex(({ isLost }) => !isLost);
  for (const [at, { trail, isLost }] of row.entries()) {
    if (!isLost) continue;
    const where = first === -1 || at > last ? "LOST_SUFFIX" : at < first ? "LOST_PREFIX" : "LOST_MIDDLE";
    findings.fault(where, `${nameOf(trail.id, trail.mailbox)} of ${trail.sends[0]?.event.sender}`);
  }
}
