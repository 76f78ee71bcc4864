import assert from "node:assert/strict";
import { test } from "node:test";
import { toAddress } from "./address.ts";
import type { EnvelopeFields } from "./envelope.ts";
import { HermodError, NoAgentError, RejectedError } from "./errors.ts";
import { notBefore, retryAfter, terminal, toRetryPolicy } from "./retry.ts";
import { sample } from "./samples.test.kit.ts";
import { isTerminal, settleFailure, unwrap, type FailedAttempt, type Settlement } from "./settlement.ts";

const NOW = 1_000_000;
const boom = new RangeError("boom");
const rejected = new RejectedError("not mine");
const policy = toRetryPolicy({ jitter: "none" });

const request = {
  verb: "call",
  type: "request",
  replyTo: toAddress("asker"),
  delivery: "at-most-once",
} as const;
const durableRequest = { ...request, delivery: "at-least-once" } as const;

function settle(
  thrown: unknown,
  fields: Partial<EnvelopeFields> = {},
  more: Partial<FailedAttempt> = {},
): Settlement {
  return settleFailure(thrown, {
    envelope: sample(fields),
    attempt: 1,
    policy,
    now: NOW,
    random: () => 0.5,
    ...more,
  });
}

/** What of a settlement the table below is about. */
function brief(settlement: Settlement): string {
  switch (settlement.type) {
    case "retry":
      return `retry +${settlement.at - NOW}`;
    case "dead":
      return `dead ${settlement.reason}`;
    default:
      return settlement.type;
  }
}

// What failed, thrown, fields of the envelope, number of the attempt, outcome.
// oxfmt-ignore
const table: readonly (readonly [string, unknown, Partial<EnvelopeFields>, number, string])[] = [
  ["a first failure", boom, {}, 1, "retry +1000"],
  ["a second failure", boom, {}, 2, "retry +2000"],
  ["a third failure", boom, {}, 3, "retry +4000"],
  ["a failure after the last retry", boom, {}, 4, "dead exhausted"],
  ["a failure far beyond the last retry", boom, {}, 400, "dead exhausted"],
  ["a failure under exactly-once", boom, { delivery: "exactly-once" }, 1, "retry +1000"],
  ["a failure under at-most-once", boom, { delivery: "at-most-once" }, 1, "dead exhausted"],
  ["a failing at-most-once call whose asker waits", boom, request, 1, "fail"],
  ["a failing at-most-once call without an asker", boom, { ...request, replyTo: undefined }, 1, "dead exhausted"],
  ["a failing at-most-once reply", boom, { ...request, verb: "reply" }, 1, "dead exhausted"],
  ["a failing call that is kept", boom, durableRequest, 1, "retry +1000"],
  ["a failing call that is kept, after the last retry", boom, durableRequest, 4, "dead exhausted"],
  ["a terminal failure", terminal(boom), {}, 1, "dead terminal"],
  ["a terminal failure of a call whose asker waits", terminal(boom), request, 1, "fail"],
  ["a terminal failure of a call that is kept", terminal(boom), durableRequest, 1, "dead terminal"],
  ["an error that no retry can help", rejected, {}, 1, "dead terminal"],
  ["an error that a retry can help", new NoAgentError("later"), {}, 1, "retry +1000"],
  ["an error said to be retryable", new RejectedError("busy", { retryable: true }), {}, 1, "retry +1000"],
  ["a wish for a later try", retryAfter("7s", boom), {}, 1, "retry +7000"],
  ["a wish for a later try beyond the cap", retryAfter("1d"), {}, 3, "retry +86400000"],
  ["a wish to be left alone longer than by the policy", notBefore(7000, boom), {}, 1, "retry +7000"],
  ["a wish to be left alone less long", notBefore(1, boom), {}, 2, "retry +2000"],
  ["a wish for a later try of what no retry can help", retryAfter("7s", rejected), {}, 1, "retry +7000"],
  ["a wish for a later try after the last retry", retryAfter("7s"), {}, 4, "dead exhausted"],
  ["a wish for a later try under at-most-once", retryAfter("7s"), { delivery: "at-most-once" }, 1, "dead exhausted"],
  ["a failure whose retry is due at the deadline", boom, { deadline: NOW + 1000 }, 1, "retry +1000"],
  ["a failure whose retry is due after the deadline", boom, { deadline: NOW + 999 }, 1, "dead expired"],
  ["a wish for a try after the deadline", retryAfter("2s"), { deadline: NOW + 1999 }, 1, "dead expired"],
  ["a failure after the deadline and the last retry", boom, { deadline: NOW - 1 }, 4, "dead exhausted"],
];

for (const [what, thrown, fields, attempt, outcome] of table) {
  test(`${what} is settled as: ${outcome}`, () =>
    assert.equal(brief(settle(thrown, fields, { attempt })), outcome));
}

test("the default is 3 retries, after 1, 2 and 4 s, and then a dead letter [48]", () => {
  const outcomes = [1, 2, 3, 4].map((attempt) => brief(settle(boom, {}, { attempt })));
  assert.deepEqual(outcomes, ["retry +1000", "retry +2000", "retry +4000", "dead exhausted"]);
});

test("5 retries from 100 ms times 2.0 run as configured, and then a dead letter [49]", () => {
  const own = toRetryPolicy({ retries: 5, base: "100ms", factor: 2.0, jitter: "none" });
  const outcomes = [1, 2, 3, 4, 5, 6].map((attempt) => brief(settle(boom, {}, { attempt, policy: own })));
  assert.deepEqual(outcomes, [
    "retry +100",
    "retry +200",
    "retry +400",
    "retry +800",
    "retry +1600",
    "dead exhausted",
  ]);
});

test("no retries mean that the first failure is the last", () => {
  assert.equal(brief(settle(boom, {}, { policy: toRetryPolicy({ retries: 0 }) })), "dead exhausted");
});

test("the error of a settlement is the user's own, with its name and message", () => {
  for (const thrown of [boom, terminal(boom), retryAfter("1s", boom)]) {
    const settlement = settle(thrown);
    assert.ok("error" in settlement);
    assert.deepEqual([settlement.error.name, settlement.error.message], ["RangeError", "boom"]);
  }
});

test("the error of a terminal failure says that a retry cannot help", () => {
  for (const thrown of [terminal(boom), rejected]) {
    const settlement = settle(thrown);
    assert.ok("error" in settlement && !settlement.error.retryable);
  }
});

test("what no retry can help is told from what it can", () => {
  for (const thrown of [
    terminal(boom),
    terminal(undefined),
    rejected,
    new HermodError("HERMOD_FAILED", "x", { retryable: false }),
  ]) {
    assert.ok(isTerminal(thrown));
  }
  for (const thrown of [boom, undefined, "text", retryAfter(1, rejected), new NoAgentError("x")])
    assert.ok(!isTerminal(thrown));
});

test("a wish without a cause stands for itself", () => {
  const wish = retryAfter("1s");
  assert.equal(unwrap(wish), wish);
  assert.equal(unwrap(boom), boom);
});
