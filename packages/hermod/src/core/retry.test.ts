import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  RetryAfter,
  Terminal,
  defaultRetry,
  retryAfter,
  retryDelay,
  terminal,
  toRetryPolicy,
  type RetryOptions,
} from "./retry.ts";
import { codeOf, thrownBy, tries } from "./samples.test.kit.ts";

/** The waits after attempts 1, 2, 3 … when the whole length is drawn. */
function lengths(options: RetryOptions, count: number): number[] {
  const policy = toRetryPolicy({ ...options, jitter: "none" });
  return Array.from({ length: count }, (_, at) => retryDelay(policy, at + 1, () => 0.5));
}

const policies = fc.record({
  retries: fc.integer({ min: 0, max: 1000 }),
  base: fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 100_000 }),
    fc.double({ min: 0, max: 1e9, noNaN: true }),
  ),
  factor: fc.oneof(fc.constant(1), fc.double({ min: 1, max: 1e6, noNaN: true })),
  cap: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 1_000_000 })),
  jitter: fc.constantFrom("full", "none"),
});

test("the default is 3 retries after 1, 2 and 4 s, at most 5 min, drawn in full", () => {
  assert.deepEqual(lengths({}, 3), [1000, 2000, 4000]);
  assert.deepEqual(defaultRetry, { retries: 3, base: 1000, factor: 2, cap: 300_000, jitter: "full" });
  assert.equal(toRetryPolicy(undefined), defaultRetry);
});

test("5 retries from 100 ms times 2.0 wait 100, 200, 400, 800 and 1,600 ms", () => {
  assert.deepEqual(lengths({ retries: 5, base: "100ms", factor: 2.0 }, 5), [100, 200, 400, 800, 1600]);
});

test("a wait never passes the cap", () => {
  assert.deepEqual(lengths({ base: "1s", cap: "3s" }, 4), [1000, 2000, 3000, 3000]);
  assert.deepEqual(lengths({ retries: 1000, base: 1, factor: 1000 }, 1000).at(-1), 300_000);
});

test("jitter draws from 0 up to, and without, the whole length", () => {
  const policy = toRetryPolicy({ base: 1000, factor: 3 });
  assert.equal(
    retryDelay(policy, 2, () => 0),
    0,
  );
  assert.equal(
    retryDelay(policy, 2, () => 0.5),
    1500,
  );
  assert.equal(
    retryDelay(policy, 2, () => 1 - 2 ** -53),
    2999,
  );
});

test("of any policy each wait is a finite time from 0 to its length and to the cap", () => {
  const check = (
    options: RetryOptions & { cap: number; retries: number },
    drawn: number,
    attempt: number,
  ): void => {
    const delay = retryDelay(toRetryPolicy(options), attempt, () => drawn);
    assert.ok(delay >= 0 && delay <= options.cap, String(delay));
  };
  const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  fc.assert(fc.property(policies, drawn, fc.integer({ min: 1, max: 1001 }), check), tries());
});

test("without jitter waits never shrink from one attempt to the next", () => {
  const check = (options: RetryOptions, attempt: number): void => {
    const policy = toRetryPolicy({ ...options, jitter: "none" });
    assert.ok(retryDelay(policy, attempt, () => 0) <= retryDelay(policy, attempt + 1, () => 0));
  };
  fc.assert(fc.property(policies, fc.integer({ min: 1, max: 1001 }), check), tries());
});

test("options are completed from the policy they override", () => {
  const agent = toRetryPolicy({ retries: 7, base: "2s", jitter: "none" });
  assert.deepEqual(toRetryPolicy({ retries: 0 }, agent), { ...agent, retries: 0 });
  assert.ok(Object.isFrozen(agent));
});

const bad: readonly (readonly [string, unknown])[] = [
  ["retries", { retries: -1 }],
  ["retries", { retries: 1.5 }],
  ["retries", { retries: 1001 }],
  ["retries", { retries: "3" }],
  ["factor", { factor: 0.5 }],
  ["factor", { factor: Infinity }],
  ["factor", { factor: NaN }],
  ["jitter", { jitter: "half" }],
  ["retry.base", { base: "1" }],
  ["retry.cap", { cap: -1 }],
  ["retires", { retires: 3 }],
  ["retry", 3],
  ["retry", null],
];

test("an option out of its range, or misspelt, is refused by name", () => {
  for (const [named, options] of bad) {
    const error = thrownBy(() => toRetryPolicy(options as RetryOptions));
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.ok(error.message.includes(named), error.message);
  }
});

test("a handler's wish for a later try or for none carries the user's own error", () => {
  const cause = new Error("rate limited");
  const later = retryAfter("2s", cause);
  assert.ok(later instanceof RetryAfter && later instanceof Error);
  assert.deepEqual([later.delay, later.cause, later.message], [2000, cause, "rate limited"]);
  assert.equal(retryAfter(5).message, "retry after 5 ms");
  const never = terminal(cause);
  assert.ok(never instanceof Terminal && never instanceof Error);
  assert.deepEqual([never.cause, never.message], [cause, "rate limited"]);
  assert.equal(
    codeOf(() => retryAfter("soon" as "1s")),
    "HERMOD_BAD_OPTION",
  );
});

test("a delay needs a policy, an attempt and randomness", () => {
  const policy = toRetryPolicy({});
  for (const given of [null, undefined, 5, []])
    assert.equal(
      codeOf(() => retryDelay(given as never, 1, () => 0)),
      "HERMOD_BAD_OPTION",
    );
  for (const attempt of [0, 1.5, NaN, "1"])
    assert.equal(
      codeOf(() => retryDelay(policy, attempt as never, () => 0)),
      "HERMOD_BAD_OPTION",
    );
  assert.equal(
    codeOf(() => retryDelay(policy, 1, 5 as never)),
    "HERMOD_BAD_OPTION",
  );
});
