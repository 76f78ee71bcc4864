/** Rate limit: against a naive one that keeps every call for ever and looks at all of them, for whatever comes at whatever time. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { ModelLimits } from "./model.ts";
import { RateLimit, toModelLimits, type Admission } from "./ratelimit.ts";
import { codeOf, tries } from "./samples.test.kit.ts";

const MINUTE = 60_000;

interface Begun {
  readonly at: number;
  tokens: number;
  readonly admission: Admission;
}

class Naive {
  readonly calls: Begun[] = [];
  readonly running: Begun[] = [];
  pausedUntil = -Infinity;
  readonly #limits: ModelLimits;

  constructor(limits: ModelLimits) {
    this.#limits = limits;
  }

  /** The first of all times that come into question at which the call would fit. */
  freeAt(tokens: number, now: number): number {
    const { concurrency = Infinity } = this.#limits;
    if (this.running.length >= concurrency) return Infinity;
    const times = [now, this.pausedUntil, ...this.calls.map(({ at }) => at + MINUTE)];
    const coming = times.filter((at) => at >= now && at >= this.pausedUntil).toSorted((a, b) => a - b);
    return coming.find((at) => this.#fits(tokens, at)) ?? Infinity;
  }

  #fits(wanted: number, at: number): boolean {
    const { requests = Infinity, tokens = Infinity } = this.#limits;
    const counting = this.calls.filter((call) => call.at > at - MINUTE);
    const used = counting.reduce((sum, call) => sum + call.tokens, 0);
    return counting.length < requests && (used + wanted <= tokens || used === 0);
  }
}

const amount = (max: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max }), { nil: undefined });

const limitsOf = fc
  .record({ requests: amount(4), tokens: amount(100), concurrency: amount(3) })
  .map((given) => JSON.parse(JSON.stringify(given)) as ModelLimits);

const step = fc.record({
  what: fc.constantFrom("call", "call", "call", "end", "refuse"),
  wait: fc.constantFrom(0, 1, 500, 20_000, 59_999, 60_000),
  /** True to call only where there is room, at the time when there is. */
  waits: fc.boolean(),
  tokens: fc.integer({ min: 0, max: 120 }),
  used: fc.integer({ min: 0, max: 120 }),
  which: fc.nat(5),
});

describe("a rate limit", () => {
  test("lets calls in as early as a naive one does and no earlier, whatever comes, ends and is refused", () => {
    fc.assert(
      fc.property(limitsOf, fc.array(step, { maxLength: 40, size: "max" }), (limits, steps) => {
        const limit = new RateLimit();
        limit.tighten(limits);
        const naive = new Naive(limits);
        let now = 1000;
        for (const { what, wait, waits, tokens, used, which } of steps) {
          now += wait;
          const at = limit.freeAt(tokens, now);
          assert.equal(at, naive.freeAt(tokens, now));
          const open = naive.running[which % Math.max(1, naive.running.length)];
          if (what === "call" && (!waits || at < Infinity)) {
            if (waits) now = at;
            const call = { at: now, tokens, admission: limit.begin(tokens, now) };
            naive.calls.push(call);
            naive.running.push(call);
          } else if (open && what !== "call") {
            naive.running.splice(naive.running.indexOf(open), 1);
            if (what === "refuse") limit.refuse(open.admission, used * 1000, now, () => 0);
            if (what === "refuse") naive.pausedUntil = Math.max(naive.pausedUntil, now + used * 1000);
            limit.end(open.admission, used);
            open.tokens = used;
          }
        }
      }),
      tries(1000),
    );
  });

  test("never lets more in than its limits in any 60 s, however calls come", () => {
    const arrivals = fc.array(fc.record({ after: fc.nat(9000), tokens: fc.nat(60) }), {
      maxLength: 60,
      size: "max",
    });
    const bounds = fc.record({ requests: fc.integer({ min: 1, max: 9 }), tokens: fc.constant(60) });
    fc.assert(
      fc.property(bounds, arrivals, (limits, calls) => {
        const limit = new RateLimit();
        limit.tighten(limits);
        const begun: { at: number; tokens: number }[] = [];
        let now = 0;
        for (const { after, tokens } of calls) {
          now = limit.freeAt(tokens, now + after);
          limit.end(limit.begin(tokens, now), tokens);
          begun.push({ at: now, tokens });
        }
        for (const { at: from } of begun) {
          const within = begun.filter(({ at }) => at >= from && at < from + MINUTE);
          assert.ok(within.length <= limits.requests);
          assert.ok(within.reduce((sum, { tokens }) => sum + tokens, 0) <= limits.tokens);
        }
      }),
      tries(500),
    );
  });
});

describe("a pause without a time", () => {
  const quarter = 0.75;

  test("doubles with each refusal in a row from 1 s to 60 s, and begins anew after a call that was taken", () => {
    const limit = new RateLimit();
    const paused: number[] = [];
    let now = 0;
    const refuse = (): void => {
      limit.refuse(limit.begin(1, now), undefined, now, () => 0);
      paused.push((limit.pausedUntil - now) / quarter);
      now = limit.pausedUntil;
    };
    for (let n = 0; n < 8; n++) refuse();
    limit.accept(limit.begin(1, now));
    refuse();
    assert.deepEqual(paused, [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 1000]);
  });
  test("is never longer than its length, whatever is drawn", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (drawn) => {
        const limit = new RateLimit();
        limit.refuse(limit.begin(1, 0), undefined, 0, () => drawn);
        assert.ok(limit.pausedUntil >= 750 && limit.pausedUntil <= 1000);
      }),
      tries(),
    );
  });
  test("is one for calls that were refused side by side, and one of them that was taken ends nothing", () => {
    const limit = new RateLimit();
    const [first, second, third] = [0, 0, 0].map((at) => limit.begin(1, at)) as [
      Admission,
      Admission,
      Admission,
    ];
    limit.refuse(first, undefined, 0, () => 0);
    limit.refuse(second, undefined, 100, () => 0);
    assert.equal(limit.pausedUntil, 750);
    limit.accept(third);
    limit.refuse(limit.begin(1, 750), undefined, 750, () => 0);
    assert.equal(limit.pausedUntil, 750 + 1500);
  });
  test("is no longer than a day, whatever an endpoint says", () => {
    const limit = new RateLimit();
    limit.refuse(limit.begin(1, 0), 1e12, 0, () => 0);
    assert.equal(limit.pausedUntil, 86_400_000);
  });
});

describe("limits", () => {
  test("of two for the same, the smaller one holds", () => {
    const limit = new RateLimit();
    limit.tighten({ requests: 5 });
    limit.tighten({ requests: 9, concurrency: 1 });
    limit.tighten({});
    for (let n = 0; n < 5; n++) limit.end(limit.begin(1, 0), 1);
    assert.equal(limit.freeAt(1, 0), MINUTE);
    limit.begin(1, MINUTE);
    assert.equal(limit.freeAt(1, MINUTE), Infinity);
  });
  test("are whole numbers from 1 up, under a name", () => {
    const bad = [{ requests: 0 }, { tokens: 1.5 }, { concurrency: "2" }, { key: "" }, { speed: 1 }, 7, null];
    for (const limits of bad)
      assert.equal(
        codeOf(() => toModelLimits("limits", limits as ModelLimits)),
        "HERMOD_BAD_OPTION",
      );
    assert.deepEqual(toModelLimits("limits", { key: "k", requests: 1 }), { key: "k", requests: 1 });
  });
});
