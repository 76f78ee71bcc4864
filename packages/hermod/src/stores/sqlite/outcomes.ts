/** Outcomes: what became of a group of changes, as the answer that its sender gets. */
import type { Envelope } from "../../core/envelope.ts";
import type { Appended, RefusedOutput, RefusedOutputs } from "../../core/store.ts";
import type { HermodError } from "../../core/errors.ts";
import type { Outcome } from "./journal.ts";

/** The answer to the append of one message; `answer` when it was kept as it is. What the file cannot keep rejects. */
export function putAnswer(
  outcome: Outcome,
  answer: Appended,
  resolve: (answer: Appended) => void,
  reject: (error: HermodError) => void,
): void {
  if (outcome?.type === "failed") reject(outcome.error);
  else resolve(knownAs(outcome) ?? answer);
}

/** The answer for a message that was looked up; undefined for a new one. */
export function lookedUp(
  outcome: Outcome,
  resolve: (answer: Appended | undefined) => void,
  reject: (error: HermodError) => void,
): void {
  if (outcome?.type === "failed") return reject(outcome.error);
  resolve(knownAs(outcome));
}

/** The messages that kept a group from being written. */
export function refusedBy(outcome: Outcome, puts: ReadonlyMap<number, Envelope>): RefusedOutputs | undefined {
  if (outcome?.type === "spent") {
    const [first, ...others] = outcome.spent.map(([seq, sent]): RefusedOutput => ({
      output: puts.get(seq) as Envelope,
      answer: { status: "spent", sent },
    }));
    return { ...(first as RefusedOutput), ...(others.length > 0 && { others }) };
  }
  if (outcome?.type !== "conflict") return undefined;
  return {
    output: puts.get(outcome.seq) as Envelope,
    answer: { status: "conflict", id: outcome.id },
  };
}

function knownAs(outcome: Outcome): Appended | undefined {
  if (outcome?.type === "conflict") return { status: "conflict", id: outcome.id };
  if (outcome?.type === "spent") return { status: "spent", sent: outcome.spent[0]?.[1] ?? 0 };
  const first = outcome?.type === "duplicates" ? outcome.found[0] : undefined;
  return first && { status: "duplicate", id: first[1] };
}
