import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Cancel, Clock } from "../core/clock.ts";
import { tries } from "../core/samples.test.kit.ts";
import { Timers, type Timer } from "./timers.ts";

/** A clock whose time and turns a test gives out, one thing after the other. */
class HandClock implements Clock {
  time = 0;
  readonly alarms = new Map<() => void, number>();
  #turns: (() => void)[] = [];

  now(): number {
    return this.time;
  }

  monotonic(): number {
    return this.time;
  }

  after(ms: number, run: () => void): Cancel {
    const alarm = (): void => run();
    this.alarms.set(alarm, this.time + ms);
    return () => void this.alarms.delete(alarm);
  }

  defer(run: () => void): void {
    this.#turns.push(run);
  }

  late(run: () => void): void {
    this.#turns.push(run);
  }

  pause(run: () => void): void {
    this.#turns.push(run);
  }

  /** Lets what was put off have its turn. */
  turn(): void {
    for (const run of this.#turns.splice(0)) run();
  }

  advance(ms: number): void {
    const until = this.time + ms;
    for (let next = this.#next(until); next; next = this.#next(until)) {
      this.time = Math.max(this.time, next[1]);
      this.alarms.delete(next[0]);
      next[0]();
    }
    this.time = until;
  }

  #next(until: number): [() => void, number] | undefined {
    return [...this.alarms].filter(([, at]) => at <= until).toSorted((a, b) => a[1] - b[1])[0];
  }
}

/** Timers with a note of when each fired. */
class Trial {
  readonly clock = new HandClock();
  readonly timers = new Timers(this.clock);
  readonly due: number[] = [];
  readonly fired: number[][] = [];
  readonly ended = new Set<number>();
  readonly all: Timer[] = [];

  set(ms: number, then: () => void = () => undefined): void {
    const index = this.all.length;
    this.due.push(Math.ceil(this.clock.time + ms));
    this.fired.push([]);
    this.all.push(
      this.timers.set(ms, () => {
        this.fired[index]?.push(this.clock.time);
        then();
      }),
    );
  }

  end(index: number): void {
    if (this.fired[index]?.length === 0) this.ended.add(index);
    this.all[index]?.done();
  }

  /** Each timer has fired once at its time, or not at all when it was ended or its time is yet to come. */
  check(): void {
    for (const [index, due] of this.due.entries()) {
      const expected = this.ended.has(index) || due > this.clock.time ? [] : [due];
      assert.deepEqual(this.fired[index], expected, `timer ${index}, due at ${due}, now ${this.clock.time}`);
    }
    const waiting = this.due.some((due, index) => due > this.clock.time && !this.ended.has(index));
    assert.ok(this.clock.alarms.size <= 1, "one alarm for all");
    this.clock.turn();
    assert.equal(this.clock.alarms.size, waiting ? 1 : 0, "an alarm only while something waits");
  }
}

/** One thing to do; none of them is a turn of what was put off. */
type Step = Partial<Record<"set" | "end" | "advance" | "chain", number>>;

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ set: fc.oneof(fc.nat(20), fc.double({ min: 0, max: 20, noNaN: true })) }),
  fc.record({ end: fc.nat(30) }),
  fc.record({ advance: fc.nat(8) }),
  fc.record({ chain: fc.nat(5) }),
  fc.constant({}),
);

test("each wait ends once and at its own time, or not at all when it was ended before", () => {
  const check = (steps: readonly Step[]): void => {
    const trial = new Trial();
    for (const { set, end, advance, chain } of steps) {
      if (set !== undefined) trial.set(set);
      else if (end !== undefined) trial.end(end);
      else if (chain !== undefined) trial.set(chain, () => trial.set(chain));
      else if (advance !== undefined) trial.clock.advance(advance);
      else trial.clock.turn();
      trial.clock.advance(0);
      trial.check();
    }
    trial.clock.advance(100);
    trial.check();
    assert.equal(trial.clock.alarms.size, 0);
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), check), tries());
});

test("tens of thousands of waits that end early leave those that last as they were", () => {
  const trial = new Trial();
  for (let at = 0; at < 30_000; at++) trial.set(1000 + at);
  for (let at = 0; at < 30_000; at++) if (at % 1000 !== 0) trial.end(at);
  for (let at = 0; at < 10_000; at++) trial.set(100_000 + at);
  for (let at = 30_000; at < 40_000; at++) trial.end(at);
  trial.clock.advance(200_000);
  trial.check();
  assert.equal(trial.fired.flat().length, 30);
});

test("an alarm that comes a fraction of a millisecond early is on time", () => {
  const trial = new Trial();
  trial.set(10);
  trial.clock.time = 9.6;
  for (const alarm of trial.clock.alarms.keys()) alarm();
  assert.deepEqual(trial.fired, [[9.6]]);
  assert.equal(trial.clock.alarms.size <= 1, true);
});

test("a wait that sets another at the same moment is followed by it", () => {
  const trial = new Trial();
  trial.set(5, () => trial.set(0, () => trial.set(3)));
  trial.clock.advance(20);
  assert.deepEqual(trial.fired, [[5], [5], [8]]);
  trial.check();
});

test("ending a wait twice, or after it fired, is harmless to the others", () => {
  const trial = new Trial();
  for (const ms of [5, 5, 5, 9]) trial.set(ms);
  trial.end(1);
  trial.end(1);
  trial.clock.advance(5);
  trial.end(0);
  trial.end(2);
  trial.clock.turn();
  trial.clock.advance(20);
  assert.deepEqual(trial.fired, [[5], [], [5], [9]]);
});

test("a wait that ends another of the same moment is obeyed", () => {
  const trial = new Trial();
  trial.set(5, () => trial.end(1));
  trial.set(5);
  trial.set(5);
  trial.clock.advance(9);
  assert.deepEqual(trial.fired[0], [5]);
  assert.ok(trial.ended.has(1) ? trial.fired[1]?.length === 0 : trial.fired[1]?.length === 1);
  assert.deepEqual(trial.fired[2], [5]);
});

test("closed timers fire no more, neither those that wait nor new ones, and pauses end with an error", async () => {
  const trial = new Trial();
  trial.set(5);
  const pause = trial.timers.pause(7);
  const done = trial.timers.pause(2);
  trial.clock.advance(2);
  await done;
  trial.timers.close();
  await assert.rejects(pause, { code: "HERMOD_CLOSED" });
  await assert.rejects(trial.timers.pause(1), { code: "HERMOD_CLOSED" });
  assert.throws(() => trial.timers.checkOpen(), { code: "HERMOD_CLOSED" });
  trial.set(1);
  trial.end(0);
  trial.clock.turn();
  trial.clock.advance(100);
  assert.deepEqual(trial.fired, [[], []]);
  assert.equal(trial.clock.alarms.size, 0);
});
