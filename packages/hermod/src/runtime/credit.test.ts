import assert from "node:assert/strict";
import { test } from "node:test";
import type { Envelope } from "../core/envelope.ts";
import { creditOf } from "./credit.ts";

const notice = (payload: unknown): Envelope =>
  ({ verb: "info", operation: "~read", payload }) as unknown as Envelope;

test("a credit counts parts: what has no whole number is none, whoever sent it", () => {
  assert.deepEqual(creditOf(notice({ id: "t", number: 3 })), { id: "t", number: 3 });
  for (const payload of [
    undefined,
    null,
    "hello",
    { id: "t" },
    { id: "t", number: "x" },
    { id: "t", number: NaN },
  ])
    assert.equal(creditOf(notice(payload)), undefined);
});
