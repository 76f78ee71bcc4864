/** Verbs: what can be sent to an agent by hand. */
import { expect, test } from "vitest";
import { newId, sendablesOf } from "./verbs.ts";

const offer = {
  ...{ agent: "a", types: [], topics: [], keyed: false, concurrency: 1 },
  contract: "a",
} as const;

test("calls are called or handed out, casts are cast, events are not sent", () => {
  const operations = [
    { name: "ask", kind: "call" },
    { name: "note", kind: "cast" },
    { name: "noted", kind: "event" },
  ] as const;
  expect(sendablesOf({ ...offer, operations }).map(({ name, verbs }) => [name, verbs])).toEqual([
    ["ask", ["call", "task"]],
    ["note", ["cast"]],
  ]);
});

test("without a contract the message types say which verbs; where nobody tells, all may be tried", () => {
  const { contract: _, ...untyped } = { ...offer, operations: [] };
  expect(sendablesOf({ ...untyped, types: ["request", "notification", "status"] })[0]?.verbs).toEqual([
    "call",
    "cast",
  ]);
  expect(sendablesOf({ ...untyped, types: [] })[0]?.verbs).toEqual([]);
  expect(sendablesOf(undefined)[0]).toMatchObject({ isFree: true, verbs: ["call", "cast", "task"] });
});

test("ids are long, and never the same", () => {
  const ids = new Set(Array.from({ length: 100 }, newId));
  expect(ids.size).toBe(100);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
});
