import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isSystemAddress, systemAddress, toAddress, toAgentName } from "./address.ts";
import { show } from "./duration.ts";
import { createIds } from "./id.ts";
import { codeOf, thrownBy, tries } from "./samples.test.kit.ts";

// oxfmt-ignore
const good = ["writer", "W", "7", "_x", "team.writer", "user-42", "a:b", "https/x", "Schreiberin-ä", "研究者", "a".repeat(200)];
// oxfmt-ignore
const bad: readonly unknown[] = [
  "", " ", "a b", "-a", ".a", "/a", ":a", "a\n", "a\u0000", "a*", ">", "a>b", "a".repeat(201), "a@b", "a,b", "😀", "é\u0301é",
  undefined, null, 7, {}, [], ["writer"], () => "a", Symbol("a"),
];

test("names of letters, digits and a few marks are addresses", () => {
  for (const name of good) {
    assert.equal(toAddress(name), name);
    assert.equal(toAgentName(name), name);
  }
});

test("anything else is refused with what was given and where", () => {
  for (const name of bad) {
    assert.equal(
      codeOf(() => toAgentName(name)),
      "HERMOD_BAD_ADDRESS",
      show(name),
    );
    assert.match(thrownBy(() => toAddress(name, "replyTo")).message, /^replyTo /, show(name));
  }
});

test("a system's own address can be read from a message, but not be declared by a user", () => {
  const address = systemAddress(createIds().next(1));
  assert.equal(toAddress(address), address);
  assert.ok(isSystemAddress(address));
  assert.equal(
    codeOf(() => toAgentName(address)),
    "HERMOD_BAD_ADDRESS",
  );
  for (const name of ["writer", "~", "~ a", "~~a", "~*"]) assert.ok(!isSystemAddress(name), name);
});

test("what is accepted survives JSON and holds no blank, control character or wildcard", () => {
  const check = (name: string): void => {
    try {
      toAddress(name);
    } catch {
      return;
    }
    assert.doesNotMatch(name, /[\s*>"\\\p{Cc}]/u);
    assert.equal(JSON.parse(JSON.stringify(name)), name);
  };
  fc.assert(fc.property(fc.oneof(fc.string(), fc.string({ unit: "binary" })), check), tries());
});
