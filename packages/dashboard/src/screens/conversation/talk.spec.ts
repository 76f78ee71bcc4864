/** Talk: what is read of a conversation, page by page, and what of it is asked for again. */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { MessageRecord } from "../../api/types.ts";
import { sample } from "./sample.ts";
import { Talk } from "./talk.ts";

let all: MessageRecord[] = [];
let asked: string[] = [];

/** The hub, as far as it is asked here: a cursor is the number of messages before it. */
function answer(address: string): Response {
  const query = new URL(address, "http://hub").searchParams;
  asked.push(decodeURIComponent(query.toString()));
  const id = /^id:"(.*)"$/.exec(query.get("where") ?? "")?.[1];
  if (id !== undefined) return Response.json({ items: all.filter(({ envelope }) => envelope.id === id) });
  const [from, limit] = [Number(query.get("after") ?? 0), Number(query.get("limit"))];
  const next = from + limit < all.length ? { next: String(from + limit) } : {};
  return Response.json({ items: all.slice(from, from + limit), ...next });
}

beforeEach(() => {
  all = Array.from({ length: 2300 }, (_, at) => sample({ id: String(at), at }));
  asked = [];
  vi.useFakeTimers();
  vi.stubGlobal("sessionStorage", { getItem: () => null });
  vi.stubGlobal("fetch", async (address: string) => answer(address));
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(1000);
}

test("all is read page by page; then only what comes behind the last page", async () => {
  const talk = new Talk("c");
  const end = talk.begin();
  await settled();
  expect([talk.records.length, talk.isWhole, asked.length]).toEqual([2300, true, 3]);
  const kept = talk.records[2299];
  all.push(sample({ id: "new", at: 5000 }));
  asked = [];
  talk.nudge();
  talk.nudge();
  await settled();
  expect(talk.records.at(-1)?.envelope.id).toBe("new");
  expect(talk.records[2299]).toBe(kept);
  expect(asked).toEqual(["after=2000&limit=200&cut=32768", "after=2200&limit=200&cut=32768"]);
  end();
});

test("what was open before the last page is asked for until it has ended", async () => {
  all[3] = sample({ id: "3", at: 3, state: "running" });
  const talk = new Talk("c");
  const end = talk.begin();
  await settled();
  expect(talk.records[3]?.state).toBe("running");
  all[3] = sample({ id: "3", at: 3, state: "failed" });
  talk.look();
  await settled();
  expect(talk.records[3]?.state).toBe("failed");
  asked = [];
  talk.look();
  await settled();
  expect(asked.filter((query) => query.includes("where"))).toEqual([]);
  end();
});

test("nothing is drawn anew where nothing has changed", async () => {
  const talk = new Talk("c");
  const end = talk.begin();
  await settled();
  const [before, records] = [talk.snapshot(), talk.records];
  talk.nudge();
  await settled();
  expect([talk.snapshot(), talk.records]).toEqual([before, records]);
  expect(talk.records).toBe(records);
  end();
});

test("what the hub refuses is kept until it answers again", async () => {
  const error = { code: "HERMOD_FORBIDDEN", message: "no", hint: "ask", details: {} };
  vi.stubGlobal("fetch", async () => Response.json({ error }, { status: 403 }));
  const talk = new Talk("c");
  const end = talk.begin();
  await settled();
  expect(talk.problem).toMatchObject({ code: "HERMOD_FORBIDDEN" });
  vi.stubGlobal("fetch", async (address: string) => answer(address));
  talk.look();
  await settled();
  expect([talk.problem, talk.records.length]).toEqual([undefined, 2300]);
  end();
});

test("nothing is asked after its end", async () => {
  const talk = new Talk("c");
  talk.begin()();
  await settled();
  asked = [];
  await settled();
  expect(asked).toEqual([]);
});
