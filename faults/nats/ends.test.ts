/** What must come to its end, by the words of those who see it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Ends } from "./ends.ts";

test("all is over when the last of what was asked is, in whatever order it is heard", async () => {
  const ends = new Ends();
  for (const word of ["over a in box", "asked a in box", "asked b in desk", "ready"]) ends.hear(word);
  assert.deepEqual(ends.open, ["b in desk"]);
  const all = ends.all(60_000);
  ends.hear("over c in box");
  assert.deepEqual(ends.open, ["b in desk"]);
  ends.hear("over b in desk");
  await all;
  assert.deepEqual(ends.open, []);
});

test("what never ends is still open after the longest wait", async () => {
  const ends = new Ends();
  ends.hear("asked a in box");
  // A timer of the process alone would let it end meanwhile.
  const awake = setInterval(() => undefined, 1000);
  await ends.all(10);
  clearInterval(awake);
  assert.deepEqual(ends.open, ["a in box"]);
});
