/** What the suites of pulling, repair and life share: a contract to pull, and checks of errors and waits. */
import assert from "node:assert/strict";
import { contract, HermodError, type ErrorCode } from "hermod";
import type { TestClock } from "hermod/testing";
import * as z from "zod";

export const Jobs = contract("jobs", {
  calls: { sum: { in: z.array(z.number()), out: z.object({ total: z.number() }) } },
  casts: { note: z.object({ text: z.string() }), tag: z.object({ n: z.number() }) },
});

/** A plain retry policy: one retry after one second sharp. */
export const once = { retries: 1, base: "1s", jitter: "none" } as const;

/** The error of a promise that must be rejected with a Hermod error of this code. */
export async function failure(code: ErrorCode, doing: Promise<unknown>): Promise<HermodError> {
  const thrown = await doing.then(
    () => assert.fail(`expected ${code}, but nothing was thrown`),
    (error: unknown) => error,
  );
  assert.ok(thrown instanceof HermodError, `expected ${code}, got ${String(thrown)}`);
  assert.equal(thrown.code, code, thrown.message);
  return thrown;
}

/** Whether a promise is still open once everything that is ready has run. */
export async function isOpen(clock: TestClock, doing: Promise<unknown>): Promise<boolean> {
  let open = true;
  const close = (): void => void (open = false);
  doing.then(close, close);
  await clock.settle();
  return open;
}

/** The value, which must be there. */
export function given<T>(value: T | undefined): T {
  return value ?? assert.fail("expected a value, got none");
}
