import { expect, test } from "vitest";
import type { DeadLetter, Envelope } from "../../api/types.ts";
import { placeOf, readPayload } from "./resend.ts";

const letter = (envelope: Partial<Envelope>, mailbox?: string): DeadLetter =>
  ({ envelope: { type: "request", operation: "say", verb: "call", ...envelope }, mailbox }) as DeadLetter;

test("what died is sent anew by its own verb, to whom it was for", () => {
  expect(placeOf(letter({ to: "writer" }))).toBe("/v1/agents/writer/say?verb=call");
  expect(placeOf(letter({ to: "a/b#k", verb: "task", operation: "x y" }))).toBe(
    "/v1/agents/a%2Fb%23k/x%20y?verb=task",
  );
  expect(placeOf(letter({ to: "writer", verb: "cast", operation: "", type: "notification" }))).toBe(
    "/v1/agents/writer/notification?verb=cast",
  );
  expect(placeOf(letter({ topic: "tide.high", verb: "publish" }, "harbour"))).toBe("/v1/topics/tide.high");
});

test("what only systems send is not sent anew by hand", () => {
  expect(placeOf(letter({ to: "~01a2/x", verb: "reply" }))).toBeUndefined();
  expect(placeOf(letter({ to: "~people/ana", verb: "task" }))).toBeUndefined();
  expect(placeOf(letter({}))).toBeUndefined();
});

test("a payload is JSON, or nothing, or told what is wrong", () => {
  expect(readPayload(' {"a":1} ')).toEqual({ value: { a: 1 } });
  expect(readPayload("  ")).toEqual({ value: undefined });
  expect(readPayload("{a")).toHaveProperty("wrong");
});
