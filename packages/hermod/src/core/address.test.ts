import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  SCHEDULES,
  agentOf,
  instanceKey,
  isSchedule,
  isSystemAddress,
  keyedAddress,
  mailboxOf,
  replyAddress,
  scheduleAddress,
  showAddress,
  systemAddress,
  toAddress,
  toAgentAddress,
  toAgentName,
} from "./address.ts";
import { show } from "./duration.ts";
import { createIds } from "./id.ts";
import { anyText, codeOf, thrownBy, tries } from "./samples.test.kit.ts";

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

const writer = toAddress("writer");
// oxfmt-ignore
const keys = ["user-42", "1", "_", "-", ".", "/", ":", "a/b", "ada@example.org", "+49", "Schlüssel", "鍵", "a".repeat(193)];
// oxfmt-ignore
const badKeys: readonly unknown[] = [
  "", " ", "a b", "a#b", "#", "a\n", "a*", ">", "a,b", "a\u0000", "😀", "a".repeat(194),
  undefined, null, 7, {}, ["a"], () => "a", Symbol("a"),
];

test("a name and a key are the address of an instance, which waits in the mailbox of its agent", () => {
  for (const key of keys) {
    const address = keyedAddress(writer, key);
    assert.equal(address, `writer#${key}`);
    assert.equal(toAddress(address), address);
    assert.equal(instanceKey(address), key);
    assert.equal(mailboxOf(address), "writer");
    assert.equal(agentOf(address), address);
    assert.equal(showAddress(address), address);
    assert.ok(!isSystemAddress(address));
  }
  assert.equal(instanceKey(writer), undefined);
  assert.equal(mailboxOf(writer), "writer");
});

test("an instance is no agent that could be declared", () => {
  assert.equal(
    codeOf(() => toAgentName("writer#user-42")),
    "HERMOD_BAD_ADDRESS",
  );
});

test("a key that is none is refused with the rule, and makes no address", () => {
  for (const key of badKeys) {
    const error = thrownBy(() => keyedAddress(writer, key));
    assert.equal(error.code, "HERMOD_BAD_ADDRESS");
    assert.match(error.hint, /letters, digits and _ \. : \/ @ \+ -.*200/);
    assert.deepEqual(error.details, { agent: "writer", received: show(key) });
    if (typeof key !== "string") continue;
    assert.equal(
      codeOf(() => toAddress(`writer#${key}`)),
      "HERMOD_BAD_ADDRESS",
      show(key),
    );
  }
  for (const agent of [keyedAddress(writer, "a"), systemAddress("s1")]) {
    assert.equal(
      codeOf(() => keyedAddress(agent, "b")),
      "HERMOD_BAD_ADDRESS",
    );
  }
});

test("replies to an instance go to its system, and mean the instance", () => {
  const system = systemAddress(createIds().next(1));
  for (const key of keys) {
    const instance = keyedAddress(writer, key);
    const address = replyAddress(system, instance);
    assert.equal(toAddress(address), address);
    assert.ok(isSystemAddress(address));
    assert.equal(mailboxOf(address), system);
    assert.equal(agentOf(address), instance);
    assert.equal(instanceKey(address), key);
    assert.equal(showAddress(address), instance);
  }
  for (const name of ["~s1/writer#", "~s1#a", "~s1#a/writer", "~s1/#a"])
    assert.ok(!isSystemAddress(name), name);
});

test("a schedule is an instance of the system's own agent: read from a message, and declared by no user", () => {
  for (const key of ["mail", "team/a.b:c@d+1", "é", "x".repeat(180)]) {
    const address = scheduleAddress(key);
    assert.equal(address, `~schedules#${key}`);
    assert.equal(toAddress(address), address);
    assert.ok(isSchedule(address) && isSystemAddress(address));
    assert.deepEqual([mailboxOf(address), agentOf(address), instanceKey(address)], [SCHEDULES, address, key]);
    assert.equal(showAddress(address), "system");
    for (const declare of [toAgentName, (name: string) => toAgentAddress(name, "recipient")])
      assert.equal(
        codeOf(() => declare(address)),
        "HERMOD_BAD_ADDRESS",
      );
  }
  assert.deepEqual([mailboxOf(SCHEDULES), agentOf(SCHEDULES)], [SCHEDULES, SCHEDULES]);
  for (const name of ["~schedules", "~s1#a", "schedules#a", "~schedulers#a"])
    assert.ok(!isSchedule(name), name);
});

test("a name that no schedule can have is refused with the rule", () => {
  for (const name of ["", " ", "a b", "a#b", "a\n", "x".repeat(200), undefined, null, 7, {}]) {
    const error = thrownBy(() => scheduleAddress(name));
    assert.equal(error.code, "HERMOD_BAD_OPTION", show(name));
    assert.match(error.hint, /letters, digits/);
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
  fc.assert(fc.property(fc.oneof(fc.string(), anyText), check), tries());
});
