/** Verdict: how many of each class a history holds, and the first faults in words. */

/** What is no fault. */
export const harmless = ["OK", "RECOVERED", "DUPLICATE_EXPLAINED"] as const;
/** What is one. */
export const faults = [
  /** Confirmed, and gone without an end: before, between or after what arrived of the same sender. */
  "LOST_PREFIX",
  "LOST_MIDDLE",
  "LOST_SUFFIX",
  /** Handled, and never sent, or refused at the send. */
  "UNEXPECTED",
  /** Handled again though nothing gives a reason. */
  "DUPLICATE_UNEXPLAINED",
  "ACKED_THEN_REDELIVERED",
  /** One message has taken effect twice: in a state, or as two outputs. */
  "DOUBLE_EFFECT",
  /** Of ack, state and outputs, one happened without the others. */
  "HALF_EFFECT",
  /** Two committed readings of one state of which neither continues the other. */
  "FORKED_STATE",
  "REORDERED",
  "STALE_ACK_ACCEPTED",
  /** A reply to a call that was never made, or a second one. */
  "GHOST_REPLY",
  /** Waits although a consumer is idle. */
  "STUCK",
  /** A dead letter of a message that was never sent, has ended before, or lives on. */
  "PHANTOM_DEAD_LETTER",
  "LEASE_OVERLAP",
  /** The parts of a task have a gap, are in another order than they were made in, or lack one that was confirmed. */
  "BROKEN_PARTS",
  /** A task has no end where its message has one, several, or another one. */
  "WRONG_END",
  /** Of the end of a task nobody was told, or twice, or something else. */
  "WRONG_NOTICE",
  /** A task ran after its cancellation had been promised. */
  "CANCELLED_THEN_RUN",
] as const;

export type Harmless = (typeof harmless)[number];
export type Fault = (typeof faults)[number];
export type Class = Harmless | Fault;
export type Counts = Readonly<Record<Class, number>>;

export interface Finding {
  readonly class: Fault;
  readonly what: string;
}

export interface Verdict {
  readonly counts: Counts;
  /** The first faults, at most `KEPT`. */
  readonly findings: readonly Finding[];
  readonly faulty: boolean;
}

/** Most findings kept in words; all are counted. */
const KEPT = 50;

/** Collects what the parts of the checker find. */
export class Findings {
  readonly #counts = noCounts();
  readonly #kept: Finding[] = [];

  count(found: Harmless): void {
    this.#counts[found]++;
  }

  fault(found: Fault, what: string): void {
    this.#counts[found]++;
    if (this.#kept.length < KEPT) this.#kept.push({ class: found, what });
  }

  verdict(): Verdict {
    const faulty = faults.some((name) => this.#counts[name] > 0);
    return { counts: { ...this.#counts }, findings: this.#kept, faulty };
  }
}

export function noCounts(): Record<Class, number> {
  return Object.fromEntries([...harmless, ...faults].map((name) => [name, 0])) as Record<Class, number>;
}

/** The sum of several. */
export function addCounts(a: Counts, b: Counts): Counts {
  const sum = noCounts();
  for (const name of [...harmless, ...faults]) sum[name] = a[name] + b[name];
  return sum;
}

/** All that was lost, wherever it stood. */
export function lost(counts: Counts): number {
  return counts.LOST_PREFIX + counts.LOST_MIDDLE + counts.LOST_SUFFIX;
}
