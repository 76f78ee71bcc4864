/** A message failing again and again, under any policy: it must end, and at the right attempt. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress } from "./address.ts";
import { deliveryModes, verbs, type Envelope } from "./envelope.ts";
import { NoAgentError, RejectedError } from "./errors.ts";
import { retryAfter, terminal, toRetryPolicy, type RetryPolicy } from "./retry.ts";
import { sample, tries } from "./samples.test.kit.ts";
import { settleFailure, type Settlement } from "./settlement.ts";

const NOW = 1_700_000_000_000;

const policies = fc
  .record({
    retries: fc.integer({ min: 0, max: 40 }),
    base: fc.integer({ min: 0, max: 10_000 }),
    factor: fc.double({ min: 1, max: 100, noNaN: true }),
    cap: fc.integer({ min: 0, max: 1_000_000 }),
    jitter: fc.constantFrom("full", "none"),
  })
  .map((options) => toRetryPolicy(options));

const failures = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom<unknown>(new Error("x"), "text", undefined, new NoAgentError("x")),
  },
  { weight: 3, arbitrary: fc.integer({ min: 0, max: 5000 }).map((delay) => retryAfter(delay)) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(terminal("no"), new RejectedError("no")) },
);

const envelopes = fc
  .record({
    verb: fc.constantFrom(...verbs),
    delivery: fc.constantFrom(...deliveryModes),
    replyTo: fc.constantFrom(undefined, toAddress("asker")),
    deadline: fc.option(
      fc.integer({ min: 0, max: 100_000 }).map((ms) => NOW + ms),
      { nil: undefined },
    ),
  })
  .map((fields) => sample(fields));

interface Run {
  readonly settlements: readonly Settlement[];
  readonly envelope: Envelope;
  readonly policy: RetryPolicy;
}

/** Lets the message fail at each attempt until a settlement ends it. */
function failUntilTheEnd(
  envelope: Envelope,
  policy: RetryPolicy,
  thrown: readonly unknown[],
  drawn: number,
): Run {
  const settlements: Settlement[] = [];
  let now = NOW;
  for (let attempt = 1; attempt <= 100; attempt++) {
    const cause = thrown[(attempt - 1) % thrown.length];
    const settlement = settleFailure(cause, { envelope, attempt, policy, now, random: () => drawn });
    settlements.push(settlement);
    if (settlement.type !== "retry") break;
    assert.ok(settlement.at >= now);
    now = settlement.at;
  }
  return { settlements, envelope, policy };
}

/** A check of runs of all kinds. */
function property(check: (run: Run) => void): void {
  const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
  const run = fc.tuple(envelopes, policies, fc.array(failures, { minLength: 1, maxLength: 10 }), drawn);
  fc.assert(
    fc.property(run, (parts) => check(failUntilTheEnd(...parts))),
    tries(5000),
  );
}

test("under every policy a message that always fails ends after at most its retries and one more attempt", () => {
  property(({ settlements, policy }) => {
    assert.notEqual(settlements.at(-1)?.type, "retry");
    assert.ok(settlements.length <= policy.retries + 1);
  });
});

test("an at-most-once message has one attempt", () => {
  property(({ settlements, envelope }) => {
    if (envelope.delivery === "at-most-once") assert.equal(settlements.length, 1);
  });
});

test("a message that is given up before its last retry was terminal, at-most-once or past its deadline", () => {
  property(({ settlements, envelope, policy }) => {
    const last = settlements.at(-1) as Settlement;
    if (settlements.length > policy.retries || envelope.delivery === "at-most-once") return;
    assert.ok(
      last.type === "dead" && (last.reason === "terminal" || last.reason === "expired"),
      JSON.stringify(last),
    );
  });
});

test("no retry is due after the deadline, and nothing but an at-most-once call with an asker fails without a dead letter", () => {
  property(({ settlements, envelope }) => {
    for (const settlement of settlements) {
      if (settlement.type === "retry") assert.ok(settlement.at <= (envelope.deadline ?? Infinity));
      if (settlement.type === "fail") {
        assert.ok(
          envelope.delivery === "at-most-once" && envelope.verb === "call" && envelope.replyTo !== undefined,
        );
      }
    }
  });
});

test("every failed settlement carries an error that can be written as JSON", () => {
  property(({ settlements }) => {
    for (const settlement of settlements) {
      assert.ok("error" in settlement);
      assert.equal(typeof JSON.stringify(settlement.error), "string");
      assert.equal(typeof settlement.error.message, "string");
    }
  });
});
