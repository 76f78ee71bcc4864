/** Model errors: how long to wait as endpoints say it, and no key in any text. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { TimeoutError } from "../../core/errors.ts";
import { tries } from "../../core/samples.test.kit.ts";
import { waitOf } from "../../core/retryheader.ts";
import { cleaned } from "../../core/secrets.ts";
import { modelError } from "./errors.ts";

const NOW = 1_700_000_000_000;
const scene = { model: "small", now: NOW, secrets: [] };

describe("the time to wait", () => {
  const said: readonly (readonly [headers: Record<string, string>, ms: number | undefined])[] = [
    [{ "retry-after": "2" }, 2000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after": new Date(NOW + 5000).toUTCString() }, 5000],
    [{ "retry-after": new Date(NOW - 5000).toUTCString() }, 0],
    [{ "retry-after-ms": "40", "retry-after": "9" }, 40],
    [{ "retry-after-ms": "soon", "retry-after": "9" }, 9000],
    [{ "retry-after": "soon" }, undefined],
    [{ "retry-after": "" }, undefined],
    [{ "retry-after": "Infinity" }, undefined],
    [{}, undefined],
  ];
  for (const [headers, ms] of said)
    test(`of ${JSON.stringify(headers)} is ${ms}`, () => assert.equal(waitOf(headers, NOW), ms));

  test("is a time or nothing, whatever is said", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const ms = waitOf({ "retry-after": text, "retry-after-ms": text }, NOW);
        assert.ok(ms === undefined || (ms >= 0 && ms < Infinity), `${ms}`);
      }),
      tries(),
    );
  });
});

describe("no text shows", () => {
  test("a key that is known, wherever it stands", () => {
    const key = fc.stringMatching(/^[\x21-\x7e]{1,40}$/);
    fc.assert(
      fc.property(fc.string(), key, fc.string(), (before, secret, after) => {
        assert.ok(!cleaned(`${before}${secret}${after}${secret}`, [secret]).includes(secret));
      }),
      tries(),
    );
  });
  test("the beginning of a key where a text is cut", () => {
    const secret = "0123456789";
    for (let length = 4; length < secret.length; length++)
      assert.equal(cleaned(`not ${secret}, nor ${secret.slice(0, length)}`, [secret]), "not …, nor …");
    assert.equal(cleaned("not 012", [secret]), "not 012");
  });
  for (const key of [
    "sk-proj-0123456789abcdef",
    "gsk_0123456789abcdef",
    "AIza0123456789abcdefg",
    "Bearer abc",
  ])
    test(`what looks like one: ${key.slice(0, 4)}`, () =>
      assert.equal(cleaned(`not ${key}, no`, []).includes(key), false));
  test("more than a piece of a long answer, and words stay", () => {
    assert.equal(cleaned("a".repeat(10_000), []).length, 500);
    assert.equal(cleaned("the key is of another project", []), "the key is of another project");
  });
});

describe("the error for", () => {
  test("one of ours, deep inside, is that one", () => {
    const ours = new TimeoutError("late");
    assert.equal(modelError(new Error("outer", { cause: new Error("inner", { cause: ours }) }), scene), ours);
  });
  test("anything that can be thrown has a code", () => {
    const circle = new Error("round");
    circle.cause = circle;
    for (const thrown of [
      circle,
      undefined,
      null,
      "text",
      7,
      {},
      { message: "said" },
      Symbol("s"),
      Object.create(null),
    ])
      assert.equal(modelError(thrown, scene).code, "HERMOD_MODEL");
    fc.assert(
      fc.property(fc.anything(), (thrown) => assert.ok(modelError(thrown, scene).hint.length > 0)),
      tries(300),
    );
  });
});
