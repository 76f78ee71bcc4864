/** Causes of dead letters: what differs from message to message is left out, and so is what nobody is to be shown. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeadLetter } from "../core/store.ts";
import { causeOf } from "./deadletters.ts";

const died = (message: string): DeadLetter =>
  ({ reason: "exhausted", error: { name: "Error", message } }) as unknown as DeadLetter;

test("two letters that died of the same have one cause, whatever key or number stood in their errors", () => {
  const key = (end: string): string => ["sk-ant-api03-", "4fA9xQ2mZ7cK1pR8tV3w", end].join("");
  const causes = [1, 22].map((n) => causeOf(died(`attempt ${n} with ${key(`a${n}b`)} was refused`)));
  assert.deepEqual(causes, Array(2).fill("exhausted: Error: attempt # with … was refused"));
});
