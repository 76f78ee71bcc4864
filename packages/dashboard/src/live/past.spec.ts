import { expect, test } from "vitest";
import type { MessageRecord } from "../api/types.ts";
import { Log } from "./log.ts";
import { toRow } from "./past.ts";

const record = (state: MessageRecord["state"], endedAt?: string): MessageRecord => ({
  envelope: {
    ...{ v: 1, id: "a", verb: "call", type: "request", operation: "say", from: "writer", to: "critic" },
    ...{ priority: 2, delivery: "at-most-once", conversationId: "c", size: 4, payload: "tide" },
    sentAt: "2026-11-22T10:00:00.000Z",
  },
  mailbox: "critic",
  state,
  attempts:
    endedAt === undefined
      ? []
      : [{ number: 1, startedAt: "2026-11-22T10:00:00.010Z", endedAt, outcome: "acked" }],
});

test("what ended before is a row with its end, what waits one without", () => {
  expect(toRow(record("done", "2026-11-22T10:00:00.250Z"))).toMatchObject({
    ...{ id: "a", event: "settled", state: "done", attempt: 1, preview: "tide", conversation: "c" },
    at: Date.parse("2026-11-22T10:00:00.250Z"),
  });
  expect(toRow(record("waiting"))).toMatchObject({ event: "stored", state: "waiting" });
  expect(toRow(record("dead", "2026-11-22T10:00:01.000Z")).event).toBe("dead");
});

test("what is told of it later goes into the same row", () => {
  const log = new Log();
  log.add({ rows: [toRow(record("waiting"))] });
  log.add({
    rows: [{ id: "a", at: Date.parse("2026-11-22T10:00:02.000Z"), event: "settled", state: "done" }],
  });
  expect(log.next - log.first).toBe(1);
  expect(log.at(log.first)).toMatchObject({ state: "done", ms: 2000 });
});
