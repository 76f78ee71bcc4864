/** What goes out as the answer to a claim. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Claim } from "hermod";
import type { Holding } from "hermod/remote";
import type { Asker } from "./asker.ts";
import { checkLetter } from "./letters.ts";

/** May send to agents, and speaks for no system. */
const asker = {
  asSender: () => undefined,
  sends: () => undefined,
  speaks: () => false,
  cancels: () => undefined,
  refuse: (verb: string) => {
    throw new Error(verb);
  },
} as unknown as Asker;
const holding = {} as Holding;
const claim = { envelope: { id: "question", from: "asker", replyTo: "~7" } } as unknown as Claim;
const answered = (letter: object) => () =>
  checkLetter(asker, { from: "me", to: "~7", inReplyTo: "question", ...letter }, holding, claim);

test("an answer goes to the system of whoever asked, and a notice does not: that would be done as it says", () => {
  assert.doesNotThrow(answered({ verb: "reply" }));
  assert.doesNotThrow(answered({ verb: "cast" }));
  for (const operation of ["~cancel", "~read", ""])
    assert.throws(answered({ verb: "info", operation }), /send/u);
  assert.throws(answered({ verb: "cast", inReplyTo: "another" }), /send/u);
});
