import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { replyAddress, systemAddress, toAddress } from "./address.ts";
import { messageTypes, priorities, verbs } from "./envelope.ts";
import { envelopes } from "./envelopes.test.kit.ts";
import { toPatternTest } from "./pattern.ts";
import { codeOf, sample, thrownBy, tries } from "./samples.test.kit.ts";

const envelope = sample({
  verb: "call",
  type: "request",
  operation: "review code",
  from: toAddress("research.sea"),
  topic: "research.sea.done",
  priority: 3,
  metadata: {
    tenant: "acme",
    size: 12,
    paid: true,
    note: 'a "b" *',
    deep: { er: { id: "x-1" }, none: null },
    list: ["a"],
    "x-y": "z",
  },
});

function holds(pattern: string, of = envelope): boolean {
  return toPatternTest(pattern, "route pattern")(of);
}

// oxfmt-ignore
const yes = [
  "*", " * ", "* type:request", "type:request", 'type:"request"', "verb:call", "priority:high", "priority:3",
  "sender:research.sea", "sender:research*", "sender:*", 'operation:"review code"', "operation:re*", "operation:*",
  "topic:research.sea.done", "topic:research.*.done", "topic:*.*.*", "topic:research.>", "topic:>",
  "metadata.tenant:acme", "metadata.tenant:ac*", "metadata.tenant:*", "metadata.size:12", "metadata.paid:true",
  'metadata.note:"a \\"b\\" *"', "metadata.deep.er.id:x*", "metadata.x-y:z", "metadata.list.0:a",
  "type:request verb:call sender:research* priority:high topic:research.> metadata.tenant:acme",
];

// oxfmt-ignore
const no = [
  "type:task", "verb:cast", "priority:normal", "priority:4", "sender:research", "sender:Research*", 'operation:"re*"',
  "operation:review", "topic:research.sea", "topic:research.*", "topic:sea.>", "metadata.tenant:acm", "metadata.tenant:Acme",
  "metadata.absent:*", "metadata.size:1", "metadata.paid:false", "metadata.deep.none:*", "metadata.deep:*", "metadata.list:*",
  "metadata.constructor:*", "metadata.__proto__:*", "metadata.tenant.length:4", "metadata.list.__proto__.length:0",
  "type:request verb:cast", "type:task verb:call", "* type:task",
];

test("a pattern that holds takes the message", () => {
  for (const pattern of yes) assert.equal(holds(pattern), true, pattern);
});

test("a pattern of which one term does not hold takes nothing", () => {
  for (const pattern of no) assert.equal(holds(pattern), false, pattern);
});

test("a sender is the agent itself, also where its replies come from", () => {
  const from = replyAddress(systemAddress("s1"), toAddress("writer"));
  assert.equal(holds("sender:writer", sample({ from })), true);
  assert.equal(holds("sender:~*", sample({ from })), false);
});

test("a message without a topic fits no topic, and one without an operation only the empty one", () => {
  const bare = sample({ topic: undefined, operation: "" });
  for (const pattern of ["topic:>", "topic:*", "operation:x", "operation:x*"])
    assert.equal(holds(pattern, bare), false, pattern);
  for (const pattern of ['operation:""', "operation:*"]) assert.equal(holds(pattern, bare), true, pattern);
});

// oxfmt-ignore
const wrong: readonly (readonly [unknown, RegExp])[] = [
  ["", /route pattern is empty/], ["   ", /is empty/],
  ["typ:task", /has no key "typ"\. Did you mean "type"\?/], ["operatoin:x", /Did you mean "operation"/],
  ["constructor:x", /no key "constructor"/], ["metadata:x", /no key "metadata"\. Did you mean "metadata\."/],
  ["metadata.:x", /empty name/], ["metadata.a..b:x", /empty name/],
  ["task", /needs key:value/], ["**", /needs key:value/], ['"*"', /needs key:value/], ['"type:task"', /needs key:value/],
  ["-type:task", /cannot negate/], ["-*", /cannot negate/], ["priority:>2", /1 to 4, got ">2"/], [">2", /compares nothing/],
  ["type:tusk", /route pattern type must be one of "request".*"task".*got "tusk"/], ["type:req*", /must be one of/],
  ["verb:send", /route pattern verb must be one of "call", "cast".*got "send"/],
  ["priority:top", /priority must be low, normal, high, urgent or 1 to 4/], ["priority:5", /1 to 4/], ["priority:3.0", /1 to 4/],
  ["priority:constructor", /1 to 4/],
  ["sender:a*b", /at the end only/], ["operation:*x", /at the end only/], ["metadata.x:a**", /at the end only/],
  ["type:", /has no value/], ["type: task", /has no value/], ['type:"task', /cannot be read|no value/],
  ["x".repeat(4097), /at most 4,096/], [undefined, /must be text/], [5, /must be text/], [["type:task"], /must be text/],
];

for (const [pattern, message] of wrong) {
  test(`the pattern ${String(pattern).slice(0, 20)} is refused with what is wrong`, () => {
    const error = thrownBy(() => toPatternTest(pattern, "route pattern"));
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.match(error.message, message);
  });
}

test("a sender or a topic that is no name is refused as a bad address", () => {
  for (const pattern of ['sender:"a b"', "sender:-x", "topic:a..b", "topic:>.a", "topic:re*", 'topic:"a b"'])
    assert.equal(
      codeOf(() => toPatternTest(pattern, "route pattern")),
      "HERMOD_BAD_ADDRESS",
      pattern,
    );
});

test("a pattern of ten thousand wildcards is refused, and the longest ones are read and tried in no time", () => {
  const long = "a".repeat(4000);
  for (const pattern of ["*".repeat(10_000), "* ".repeat(10_000), `topic:${"*.".repeat(10_000)}*`])
    assert.equal(
      codeOf(() => toPatternTest(pattern, "route pattern")),
      "HERMOD_BAD_OPTION",
    );
  assert.equal(holds("* ".repeat(2048)), true);
  assert.equal(holds(`topic:${"*.".repeat(99)}*`, sample({ topic: "a.".repeat(2000) })), false);
  assert.equal(holds(`operation:${long}*`, sample({ operation: `${long}b` })), true);
});

test("every envelope fits the patterns made of its own fields, and no pattern changes its mind", () => {
  const check = (given: ReturnType<typeof sample>, type: string, verb: string, priority: string): void => {
    const test = toPatternTest(`type:${type} verb:${verb} priority:${priority}`, "route pattern");
    const named = priorities[priority as keyof typeof priorities];
    assert.equal(test(given), given.type === type && given.verb === verb && given.priority === named);
    assert.equal(test(given), test(given));
    const quoted = given.operation.replaceAll(/["\\]/g, String.raw`\$&`);
    assert.ok(holds(`operation:"${quoted}"`, given));
  };
  const line = envelopes.filter(({ operation }) => !/[\n\r\u2028\u2029]/.test(operation));
  const names = fc.constantFrom(...Object.keys(priorities));
  fc.assert(
    fc.property(line, fc.constantFrom(...messageTypes), fc.constantFrom(...verbs), names, check),
    tries(2000),
  );
});

const piece = fc.oneof(
  // oxfmt-ignore
  fc.constantFrom("-", ":", '"', "\\", ">", "*", " ", ".", "type", "task", "sender", "topic", "metadata.", "priority", "high"),
  fc.string({ maxLength: 3 }),
);

test("any text is a pattern that can be tried, or refused with a code of its own", () => {
  const check = (text: string): void => {
    let fits: (given: typeof envelope) => boolean;
    try {
      fits = toPatternTest(text, "route pattern");
    } catch {
      assert.match(
        codeOf(() => toPatternTest(text, "route pattern")),
        /^HERMOD_BAD_(OPTION|ADDRESS)$/,
      );
      return;
    }
    assert.equal(typeof fits(envelope), "boolean");
  };
  const texts = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(""));
  fc.assert(fc.property(texts, check), tries(20_000));
});
