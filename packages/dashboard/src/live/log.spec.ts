/** The live log: one entry for each message, with what became of it last, within its bound. */
import { expect, test } from "vitest";
import { Log, type Row } from "./log.ts";

const row = (id: string, more: Partial<Row> = {}): Row => ({
  ...{ at: 10, event: "stored", state: "waiting", id, verb: "call", type: "request", operation: "do" },
  ...{ from: "a", to: "b", conversation: "c", sentAt: 10, size: 1, preview: "" },
  ...more,
});

test("what becomes of a message is seen where it stands, with how long it took", () => {
  const log = new Log();
  log.add({ rows: [row("1"), row("2")] });
  log.add({ rows: [row("1", { event: "settled", state: "done", at: 35 })] });
  expect(log.next).toBe(2);
  expect(log.at(0)).toMatchObject({ id: "1", state: "done", ms: 25 });
  expect(log.at(1)).toMatchObject({ id: "2", state: "waiting", ms: undefined });
});

test("of a message that is known only what is new is told; of one that was never seen that is nothing to show", () => {
  const log = new Log(2);
  const settled = { id: "1", event: "settled", state: "done", at: 35 } as const;
  log.add({ rows: [row("1", { preview: "said" }), settled] });
  expect(log.at(0)).toMatchObject({ id: "1", from: "a", preview: "said", state: "done", ms: 25 });
  log.add({ rows: [row("2"), row("3"), settled] });
  expect([log.first, log.next, log.numberOf("1")]).toEqual([1, 3, undefined]);
});

test("an attempt that failed and is tried again has not come to its end", () => {
  const log = new Log();
  log.add({ rows: [row("1"), row("1", { event: "settled", state: "waiting", at: 20, attempt: 1 })] });
  expect(log.at(0)).toMatchObject({ state: "waiting", ms: undefined, attempt: 1 });
});

test("what was missed stands between what was seen", () => {
  const log = new Log();
  log.add({ rows: [row("1")] });
  log.add({ missed: 12, rows: [row("2")] });
  log.add({ missed: null });
  expect([log.at(1), log.at(3)]).toEqual([
    { kind: "gap", missed: 12 },
    { kind: "gap", missed: null },
  ]);
});

test("beyond its bound the oldest goes, and one that comes back stands anew", () => {
  const log = new Log(2);
  log.add({ rows: [row("1"), row("2"), row("3")] });
  expect([log.first, log.numberOf("1"), log.numberOf("2")]).toEqual([1, undefined, 1]);
  log.add({ rows: [row("1", { event: "settled", state: "done", at: 11 })] });
  expect(log.at(3)).toMatchObject({ id: "1", state: "done" });
  expect(log.numberOf("1")).toBe(3);
});
