/** Deliveries: one trail from claim to claim. Why did the message come again, and who was entitled to end it? */
import type { Acked, Ended, Handled } from "./event.ts";
import { isUndone, nameOf, sentOf, type At, type Step, type Trail } from "./trail.ts";
import type { Findings } from "./verdict.ts";

/** How a trail stands at its end. */
export interface Fate {
  readonly handled: boolean;
  /** "maybe": the end was asked for, and nobody knows. */
  readonly over: "yes" | "maybe" | "no";
}

/** Where processes died: `between(process, a, b)`. */
export type Restarted = (process: string, after: number, before: number) => boolean;

/** Judges one trail. */
export function judgeDeliveries(trail: Trail, restarted: Restarted, findings: Findings): Fate {
  const walk = new Walk(trail, restarted, findings);
  for (const step of trail.steps) walk.take(step);
  walk.bury();
  return walk.fate();
}

class Walk {
  readonly #name: string;
  readonly #trail: Trail;
  readonly #restarted: Restarted;
  readonly #findings: Findings;
  readonly #undone: ReadonlySet<number>;
  readonly #outrun = new Set<number>();
  #last: At<Handled> | undefined;
  #until = Infinity;
  #isFree = false;
  #isEnding = false;
  #over: "acked" | "dead" | undefined;

  constructor(trail: Trail, restarted: Restarted, findings: Findings) {
    this.#name = nameOf(trail.id, trail.mailbox);
    this.#trail = trail;
    this.#restarted = restarted;
    this.#findings = findings;
    // The answer "undone" may be written after the message is out again.
    this.#undone = new Set(trail.steps.flatMap(({ event }) => (isUndone(event) ? [event.token] : [])));
  }

  take({ at, event }: At<Step>): void {
    switch (event.kind) {
      case "handled":
        return this.#handled({ at, event });
      case "extended":
        if (event.token === this.#last?.event.token) this.#until = event.until;
        return;
      case "returned":
        if (event.phase !== "fail") this.#isFree = true;
        return;
      case "lease-expired":
        this.#isFree = true;
        return;
      case "redriven":
        this.#over = undefined;
        this.#isFree = true;
        return;
      case "acked":
        return this.#acked(event);
      default:
        return this.#ended(event);
    }
  }

  /**
   * What the store lists as dead at the end has its end, whether or not somebody was told of it; a dead letter that it does not
   * list has none.
   */
  bury(): void {
    const { grave, steps } = this.#trail;
    if (grave === undefined || steps.some(({ at }) => at > grave.at)) return;
    if (grave.isThere && this.#over === "acked")
      this.#findings.fault("PHANTOM_DEAD_LETTER", `${this.#name}: acked, and listed as dead`);
    if (grave.isThere) this.#over ??= "dead";
    else if (steps.at(-1)?.event.kind === "dead-lettered" && this.#over === "dead") this.#over = undefined;
  }

  fate(): Fate {
    const over = this.#over !== undefined ? "yes" : this.#isEnding ? "maybe" : "no";
    return { handled: this.#last !== undefined, over };
  }

  #handled(next: At<Handled>): void {
    if (this.#over === "acked") this.#findings.fault("ACKED_THEN_REDELIVERED", this.#again(next));
    else if (this.#over === "dead")
      this.#findings.fault("PHANTOM_DEAD_LETTER", `${this.#again(next)} after its end`);
    else if (this.#last !== undefined) this.#repeated(this.#last, next);
    this.#last = next;
    this.#until = next.event.until ?? Infinity;
    this.#isFree = this.#isEnding = false;
  }

  #repeated(last: At<Handled>, next: At<Handled>): void {
    const isVolatile = this.#trail.sends.some(({ event }) => event.volatile === true);
    if (!isVolatile && this.#hasReason(last, next)) return this.#findings.count("DUPLICATE_EXPLAINED");
    const isHeld = !this.#isEnding && !isVolatile;
    this.#findings.fault(isHeld ? "LEASE_OVERLAP" : "DUPLICATE_UNEXPLAINED", this.#again(next));
  }

  #hasReason(last: At<Handled>, next: At<Handled>): boolean {
    const { process, token } = last.event;
    // A claim has a token greater than all before it: the same one twice is two holders, whatever else happened.
    if (next.event.token <= token) return false;
    if (this.#isFree || next.event.time > this.#until) return true;
    return this.#undone.has(token) || this.#restarted(process, last.at, next.at);
  }

  #acked({ phase, token }: Acked): void {
    if (phase === "invoke") {
      if (this.#last !== undefined && token !== this.#last.event.token) this.#outrun.add(token);
      else this.#isEnding = true;
    }
    if (phase !== "ok") return;
    if (this.#outrun.has(token) || this.#last === undefined)
      this.#findings.fault("STALE_ACK_ACCEPTED", `${this.#name}: token ${token}`);
    this.#over = "acked";
  }

  #ended({ kind, phase }: Ended): void {
    if (phase === "invoke") this.#isEnding = true;
    if (phase !== "ok") return;
    if (sentOf(this.#trail) === "never" || this.#over !== undefined)
      this.#findings.fault("PHANTOM_DEAD_LETTER", `${this.#name}: ${kind}`);
    this.#over ??= "dead";
  }

  #again({ event }: At<Handled>): string {
    return `${this.#name}: handed out again, attempt ${event.attempt}, token ${event.token}`;
  }
}
