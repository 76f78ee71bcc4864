/** The breaker against a naive one that keeps every outcome in a list and moves from state to state as the time goes on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Breaker, toBreakerPolicy, type BreakerOutcome, type BreakerView, type Ticket } from "./breaker.ts";
import { tries } from "./samples.test.kit.ts";

/** A rate as a fraction, so that the naive breaker needs no division. */
interface Rules {
  readonly window: number;
  readonly least: number;
  readonly rate: readonly [number, number];
  readonly openFor: number;
  readonly probes: number;
}

type Forced = "open" | "closed" | undefined;

/** One stay in one state: outcomes of what began in it count in no other. */
interface Stay {
  readonly state: "closed" | "open" | "half-open";
  readonly forced: boolean;
  readonly outcomes: { readonly at: number; readonly failed: boolean }[];
  /** The outcomes of this stay and those before it whose numbers are shown. */
  readonly shown?: { readonly deliveries: number; readonly failures: number };
  readonly openedAt?: number;
  probing: number;
}

class NaiveBreaker {
  readonly #rules: Rules;
  #stay: Stay = stayIn("closed");

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Time goes on: an open time that is over becomes half-open. */
  tick(now: number): void {
    const { state, forced, openedAt, shown } = this.#stay;
    if (state !== "open" || forced || now < this.#retryAt(openedAt)) return;
    this.#stay = { ...stayIn("half-open"), openedAt: openedAt as number, ...(shown && { shown }) };
  }

  begin(): Stay {
    this.#stay.probing++;
    return this.#stay;
  }

  end(stay: Stay, outcome: BreakerOutcome, now: number): boolean {
    if (stay !== this.#stay || stay.state === "open") return false;
    stay.probing--;
    if (outcome !== "ignored") stay.outcomes.push({ at: now, failed: outcome === "failed" });
    this.#stay = this.#next(outcome, now);
    return stay !== this.#stay;
  }

  force(state: Forced): void {
    this.#stay = { ...stayIn(state ?? "closed"), forced: state !== undefined };
  }

  room(): number {
    const { state, probing } = this.#stay;
    if (state === "half-open") return Math.max(0, this.#rules.probes - probing);
    return state === "open" ? 0 : Infinity;
  }

  view(now: number): BreakerView {
    const { state, forced, openedAt } = this.#stay;
    const times = openedAt === undefined ? {} : { openedAt, retryAt: this.#retryAt(openedAt) };
    return { state, forced, ...this.#numbers(now), ...times };
  }

  #next(outcome: BreakerOutcome, now: number): Stay {
    const { state, forced, outcomes } = this.#stay;
    const shown = this.#numbers(now);
    const open = { ...stayIn("open"), openedAt: now, shown };
    if (forced || outcome === "ignored") return this.#stay;
    if (state === "closed") return outcome === "failed" && this.#tooMany(shown) ? open : this.#stay;
    if (outcome === "failed") return open;
    return outcomes.length >= this.#rules.probes ? stayIn("closed") : this.#stay;
  }

  #tooMany({ deliveries, failures }: { readonly deliveries: number; readonly failures: number }): boolean {
    const [part, whole] = this.#rules.rate;
    return deliveries >= this.#rules.least && failures * whole >= part * deliveries;
  }

  #numbers(now: number): { readonly deliveries: number; readonly failures: number } {
    if (this.#stay.shown) return this.#stay.shown;
    const width = this.#rules.window / 10;
    const from = (Math.floor(now / width) - 9) * width;
    const counting = this.#stay.outcomes.filter(({ at }) => at >= from);
    return { deliveries: counting.length, failures: counting.filter(({ failed }) => failed).length };
  }

  #retryAt(openedAt: number | undefined): number {
    return (openedAt as number) + this.#rules.openFor;
  }
}

function stayIn(state: Stay["state"]): Stay {
  return { state, forced: false, outcomes: [], probing: 0 };
}

type Step =
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "begin" }
  | { readonly do: "end"; readonly which: number; readonly outcome: BreakerOutcome }
  | { readonly do: "force"; readonly state: Forced };

const outcome = fc.constantFrom<BreakerOutcome>("ok", "ok", "failed", "failed", "failed", "ignored");

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.constantFrom(0, 1, 2, 9, 10, 11, 40, 100) }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("begin") }) },
  { weight: 12, arbitrary: fc.record({ do: fc.constant("end"), which: fc.nat(3), outcome }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("force"),
      state: fc.constantFrom<Forced>("open", "closed", undefined, undefined),
    }),
  },
);

const rules: fc.Arbitrary<Rules> = fc.record({
  window: fc.constantFrom(10, 50, 100),
  least: fc.integer({ min: 1, max: 4 }),
  rate: fc.constantFrom<readonly [number, number]>([1, 4], [1, 3], [1, 2], [3, 5], [1, 1]),
  openFor: fc.constantFrom(1, 10, 20, 50),
  probes: fc.integer({ min: 1, max: 3 }),
});

/** Both breakers, with the deliveries that run on both. */
class Trial {
  readonly #breaker: Breaker;
  readonly #naive: NaiveBreaker;
  readonly #running: (readonly [Ticket, Stay])[] = [];
  #now: number;

  constructor(given: Rules, start: number) {
    const [part, whole] = given.rate;
    this.#breaker = new Breaker(toBreakerPolicy({ ...given, rate: part / whole }));
    this.#naive = new NaiveBreaker(given);
    this.#now = start;
  }

  run(each: Step): void {
    if (each.do === "wait") this.#now += each.ms;
    this.#naive.tick(this.#now);
    if (each.do === "begin") this.#running.push([this.#breaker.begin(this.#now), this.#naive.begin()]);
    if (each.do === "end") this.#end(each.which, each.outcome);
    if (each.do === "force") {
      this.#breaker.force(each.state);
      this.#naive.force(each.state);
    }
    this.#compare();
  }

  #end(which: number, result: BreakerOutcome): void {
    const [both] = this.#running.splice(which % Math.max(1, this.#running.length), 1);
    if (both === undefined) return;
    const [ticket, stay] = both;
    const changed = this.#naive.end(stay, result, this.#now);
    assert.equal(this.#breaker.end(ticket, result, this.#now), changed);
  }

  #compare(): void {
    const view = this.#naive.view(this.#now);
    assert.deepEqual(this.#breaker.view(this.#now), view);
    assert.equal(this.#breaker.state(this.#now), view.state);
    assert.equal(this.#breaker.retryAt, view.retryAt);
    assert.equal(this.#breaker.room(this.#now), this.#naive.room());
  }
}

test("whatever begins, ends, passes or is forced, a breaker does what a naive one with a list of outcomes does", () => {
  const check = (given: Rules, start: number, steps: readonly Step[]): void => {
    const trial = new Trial(given, start);
    for (const each of steps) trial.run(each);
  };
  const steps = fc.array(step, { minLength: 1, maxLength: 100, size: "max" });
  fc.assert(fc.property(rules, fc.nat(1000), steps, check), tries(8000));
});
