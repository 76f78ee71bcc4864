import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { narrower, sumOf, toAmount, toBudget, type Budget } from "./budget.ts";
import { codeOf, thrownBy, tries } from "./samples.test.kit.ts";

const limit = fc.nat({ max: 5 });
const budget: fc.Arbitrary<Budget> = fc.record(
  { messages: limit, tokens: limit, cost: limit, until: limit },
  { requiredKeys: [], noNullPrototype: true },
);
const names = ["messages", "tokens", "cost", "until"] as const;

test("the narrower of two budgets allows what both allow, in every respect", () => {
  const maybe = fc.option(budget, { nil: undefined });
  const property = fc.property(maybe, maybe, (outer, inner) => {
    const both = narrower(outer, inner);
    assert.equal(both === undefined, outer === undefined && inner === undefined);
    for (const name of names) {
      const least = Math.min(outer?.[name] ?? Infinity, inner?.[name] ?? Infinity);
      assert.equal(both?.[name] ?? Infinity, least);
    }
    assert.deepEqual(narrower(inner, outer), both);
    assert.deepEqual(narrower(both, both), both);
  });
  fc.assert(property, tries(5000));
});

test("a budget's time begins when it is given", () => {
  assert.deepEqual(toBudget({ messages: 1, tokens: 0, cost: 0.5, time: "2s" }, 1000), {
    ...{ messages: 1, tokens: 0, cost: 0.5 },
    until: 3000,
  });
  assert.deepEqual(toBudget({}, 1000), {});
});

test("what is no budget is refused by the name of its option", () => {
  for (const [options, option] of [
    [{ messages: 0 }, "budget.messages"],
    [{ tokens: -1 }, "budget.tokens"],
    [{ cost: NaN }, "budget.cost"],
    [{ cost: "1" }, "budget.cost"],
    [{ time: -1 }, "budget.time"],
    [{ token: 1 }, "token"],
  ] as const) {
    const error = thrownBy(() => toBudget(options as never, 0));
    assert.deepEqual([error.code, error.details["option"]], ["HERMOD_BAD_OPTION", option]);
  }
});

test("an amount is any number from 0 up that can still be counted", () => {
  for (const amount of [0, 0.1, Number.MAX_SAFE_INTEGER]) assert.equal(toAmount("cost", amount), amount);
  for (const wrong of [-1, NaN, 1e300, Infinity, "1", null, undefined, 1n])
    assert.equal(
      codeOf(() => toAmount("cost", wrong)),
      "HERMOD_BAD_OPTION",
    );
});

test("amounts add up as decimals do, and whole ones exactly", () => {
  assert.equal([0.1, 0.1, 0.1].reduce(sumOf, 0), 0.3);
  assert.equal(sumOf(0.3, -0.1), 0.2);
  const most = Number.MAX_SAFE_INTEGER;
  assert.equal(sumOf(most - 1, 1), most);
  fc.assert(
    fc.property(fc.array(fc.nat(1_000_000), { maxLength: 50 }), (cents) => {
      const total = cents.reduce((sum, cent) => sum + cent, 0);
      assert.equal(cents.map((cent) => cent / 100).reduce(sumOf, 0), total / 100);
    }),
    tries(200),
  );
});
