import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Amender, type Changes } from "./changes.ts";
import { Copier } from "./codec.ts";
import { envelopes } from "./envelopes.test.kit.ts";
import { sample, thrownBy, tries } from "./samples.test.kit.ts";

const amender = new Amender(new Copier({ size: 100, depth: 8, keys: 10 }), new Copier(undefined, "metadata"));
const envelope = sample({
  orderKey: "k",
  trace: "t",
  deadline: 5,
  metadata: Object.freeze({ tenant: "acme" }),
});

function applied(changes: unknown) {
  return amender.apply("result", envelope, changes as Changes);
}

test("without changes the message is the one that was given", () => {
  for (const none of [undefined, null]) assert.equal(applied(none), envelope);
  assert.deepEqual(applied({}), envelope);
});

test("changes are applied to a copy, contents are copied, frozen and measured, and the original stays", () => {
  const before = structuredClone(envelope);
  const payload = { list: [1] };
  const metadata = { tenant: "other" };
  const changed = applied({
    payload,
    metadata,
    priority: "urgent",
    orderKey: "o",
    trace: "u",
    deadline: 9.7,
  });
  payload.list.push(2);
  metadata.tenant = "third";
  const marks = { priority: 4, orderKey: "o", trace: "u", deadline: 9 };
  const contents = { payload: { list: [1] }, metadata: { tenant: "other" }, size: changed.size };
  assert.deepEqual(changed, { ...envelope, ...marks, ...contents });
  assert.ok(changed.size > 0 && changed.size !== envelope.size);
  assert.ok([changed, changed.payload, changed.metadata].every((part) => Object.isFrozen(part)));
  assert.deepEqual(envelope, before);
});

test("order key, trace, deadline and payload can be taken away, priority and metadata cannot", () => {
  const none = { orderKey: undefined, trace: undefined, deadline: undefined, payload: undefined };
  const changed = applied({ ...none, priority: undefined, metadata: undefined });
  assert.deepEqual(changed, { ...envelope, ...none, size: 0 });
});

// oxfmt-ignore
const wrong: readonly (readonly [unknown, string, RegExp])[] = [
  [{ to: "critic" }, "HERMOD_BAD_OPTION", /^result has no option "to"/], [{ paylod: 1 }, "HERMOD_BAD_OPTION", /Did you mean "payload"/],
  ["text", "HERMOD_BAD_OPTION", /^result options must be an object, got "text"/], [[], "HERMOD_BAD_OPTION", /an object, got an array/],
  [{ priority: 5 }, "HERMOD_BAD_OPTION", /priority/], [{ orderKey: "" }, "HERMOD_BAD_OPTION", /^result orderKey/],
  [{ trace: 5 }, "HERMOD_BAD_OPTION", /^result trace/], [{ deadline: "soon" }, "HERMOD_BAD_OPTION", /^result deadline/],
  [{ deadline: NaN }, "HERMOD_BAD_OPTION", /^result deadline/], [{ deadline: 1e300 }, "HERMOD_BAD_OPTION", /^result deadline/],
  [{ metadata: [] }, "HERMOD_BAD_OPTION", /^result metadata/], [{ metadata: null }, "HERMOD_BAD_OPTION", /^result metadata/],
  [{ payload: () => 1 }, "HERMOD_BAD_PAYLOAD", /function/], [{ metadata: { x: 5n } }, "HERMOD_BAD_PAYLOAD", /^metadata holds/],
  [{ payload: "x".repeat(99) }, "HERMOD_TOO_LARGE", /^payload/],
];

for (const [changes, code, message] of wrong) {
  test(`changes that are wrong are refused with ${code}: ${message.source}`, () => {
    const error = thrownBy(() => applied(changes));
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}

test("whatever is changed, every other field stays, and the fields keep their order", () => {
  const roomy = new Amender(new Copier(), new Copier());
  const check = (given: typeof envelope, other: typeof envelope, names: readonly (keyof Changes)[]): void => {
    const changes = Object.fromEntries(names.map((name) => [name, other[name]])) as Changes;
    const size = names.includes("payload") ? other.size : given.size;
    const changed = roomy.apply("result", given, changes);
    assert.deepEqual(changed, { ...given, ...changes, size });
    assert.deepEqual(Object.keys(changed), Object.keys(given));
  };
  const names = fc.subarray(["payload", "metadata", "priority", "orderKey", "trace", "deadline"] as const);
  fc.assert(fc.property(envelopes, envelopes, names, check), tries(1000));
});
