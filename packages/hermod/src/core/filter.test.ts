import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress } from "./address.ts";
import { matches, parseFilter, type Subject } from "./filter.ts";
import { anyText, codeOf, sample, thrownBy, tries } from "./samples.test.kit.ts";

const NOW = 1_700_000_000_000;

const envelope = sample({
  id: "m-1",
  verb: "call",
  type: "request",
  operation: "review",
  from: toAddress("writer"),
  to: toAddress("critic"),
  topic: "research.sea",
  priority: 3,
  delivery: "at-most-once",
  conversationId: "c-7",
  correlationId: "k-1",
  causeId: "m-0",
  trace: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  sentAt: NOW - 60_000,
  payload: { topic: "the sea", words: 120, deep: { ok: true, none: null }, list: ["a"], "": 1 },
  metadata: { tenant: "north", "x-trace": "t1" },
  size: 44,
});

const subject: Subject = { envelope, state: "dead", reason: "exhausted", attempts: 4, error: "Disk full" };

function holds(text: string, of: Subject = subject): boolean {
  return matches(parseFilter(text), of, NOW);
}

// oxfmt-ignore
const yes = [
  "id:m-1", "verb:call", "type:request", "operation:review", "from:writer", "to:critic", "topic:research.sea",
  "priority:3", "priority:high", "delivery:at-most-once", "conversation:c-7", "correlation:k-1", "cause:m-0", "size:44", "trace:0af7651916cd43dd8448eb211c80319c", "trace:0af*",
  "state:dead", "reason:exhausted", "attempts:4", 'error:"Disk full"', "metadata.tenant:north", "metadata.x-trace:t1",
  'data.topic:"the sea"', "data.words:120", "data.deep.ok:true",
  "from:wri*", "from:*", "topic:research.*", "data.topic:the*", "error:Disk*",
  "attempts:>3", "attempts:<5", "size:>43", "size:<45", "age:>59s", "age:<61s", "age:<2m", "age:>59999", "data.words:>119.5",
  "priority:>normal", "priority:<urgent", "priority:>2",
  "review", "REVIEW", '"the sea"', '"disk full"', "sea", "120", '""', "",
  '"The  SEA, words"', '"topic: the s"', "revi", '"review topic"', '"disk fu"', '"true none null"', '"ok:"', '"{\\""',
  "-from:critic", "-data.absent:x", "-topic:x*", "-attempts:>4", "-ocean", '-"the ocean"',
  "from:writer to:critic type:request attempts:>1 -type:status sea", "  from:writer\t to:critic  ",
];

// oxfmt-ignore
const no = [
  "id:m-2", "verb:cast", "type:task", "operation:re", "from:Writer", "to:writer", "topic:research", "priority:2", "priority:low",
  "delivery:at", "conversation:c", "correlation:x", "cause:m-1", "size:4", "trace:b7ad6b7169203331", "state:done", "reason:terminal", "attempts:3", "error:Disk",
  "metadata.tenant:south", "metadata.absent:x", "data.absent:x", "data.absent:*", "data.deep.none:*", "data.topic.length:7",
  "data.list:a", "data.deep:*", "data.toString:*", "data.__proto__:*", "metadata.constructor:*", "data.list.__proto__.length:0",
  "from:x*", 'from:"wri*"', "attempts:>4", "attempts:<4", "age:>1m", "age:<1m", "data.topic:>1", "data.absent:<1",
  "ea", "isk", '"the se words"', '"review disk"', '"full topic"', '"the words"', '"120 x"', '"}}}"',
  "ocean", '"sea the"', "-from:writer", "-sea", '-""', "from:writer -to:critic",
];

test("a filter that holds matches", () => {
  for (const text of yes) assert.ok(holds(text), text);
});

test("a filter that does not hold matches nothing", () => {
  for (const text of no) assert.ok(!holds(text), text);
});

test("what an envelope does not tell matches no value, and every negation", () => {
  const bare: Subject = { envelope: sample({ to: undefined, payload: undefined }) };
  for (const field of [
    "to",
    "topic",
    "correlation",
    "trace",
    "cause",
    "state",
    "reason",
    "attempts",
    "error",
    "data.x",
    "metadata.x",
  ]) {
    for (const term of [`${field}:x`, `${field}:*`, `${field}:""`]) {
      assert.ok(!holds(term, bare), term);
      assert.ok(holds(`-${term}`, bare), term);
    }
  }
});

test("kind and status are other words for verb and state", () => {
  assert.deepEqual(parseFilter("kind:call -status:failed"), parseFilter("verb:call -state:failed"));
  assert.deepEqual(parseFilter('"kind:call" data.kind:x'), [
    { field: "", operator: "is", value: "kind:call", negated: false },
    { field: "data.kind", operator: "is", value: "x", negated: false },
  ]);
});

test("quotes hold blanks, colons, stars and escaped quotes", () => {
  const odd = { envelope: sample({ operation: 'say: "hi" * \\' }) };
  assert.ok(holds(String.raw`operation:"say: \"hi\" * \\"`, odd));
  assert.deepEqual(parseFilter('operation:"a*"'), [
    { field: "operation", operator: "is", value: "a*", negated: false },
  ]);
});

test("a filter is plain, frozen data that survives JSON", () => {
  const filter = parseFilter('-from:wri* attempts:>1 "free text"');
  assert.deepEqual(filter, [
    { field: "from", operator: "starts", value: "wri", negated: true },
    { field: "attempts", operator: "more", value: 1, negated: false },
    { field: "", operator: "is", value: "free text", negated: false },
  ]);
  assert.ok(Object.isFrozen(filter));
  assert.deepEqual(JSON.parse(JSON.stringify(filter)), filter);
});

test("free text of bytes and line breaks: bytes say nothing, and a break separates words like a blank", () => {
  const lines = {
    envelope: sample({ payload: { text: "first line\nnext\tlast", raw: new Uint8Array([7, 77]) } }),
  };
  for (const text of ['"line next"', '"next last raw"', '"first"']) assert.ok(holds(text, lines), text);
  for (const text of ["nnext", "77", '"raw 0"']) assert.ok(!holds(text, lines), text);
});

test("data that no text describes neither matches nor throws", () => {
  const { payload } = {
    payload: JSON.parse(
      '{"a":{"toString":1,"valueOf":1},"b":[{"toString":null}],"c":{"toJSON":1}}',
    ) as unknown,
  };
  const hostile = { envelope: sample({ payload }) };
  for (const term of ["data.a:x", "data.a:*", "data.a:>1", "data.b:*", "data.c:<1"])
    assert.ok(!holds(term, hostile), term);
  holds("x", hostile);
});

// oxfmt-ignore
const wrong: readonly (readonly [string, RegExp])[] = [
  ["form:writer", /has no field "form"\. Did you mean "from"/],
  ["data:x", /no field "data"/],
  ["constructor:x", /no field "constructor"/],
  ["http://x", /no field "http"/],
  ["attempts:>many", /no number/],
  ["size:<1e999", /no number/],
  ["age:>soon", /no duration/],
  ["at:>soon", /no time/],
  ["at:2026-02-30", /no time/],
  ["at:>2026-11-22T25", /no time/],
  ["at:<5m", /no time/],
  ["-at:2026-11-22", /cannot exclude a span/],
  ["age:<-1", /no duration/],
  [">5", /compares nothing/],
  ['"open', /cannot be read/],
  ['from:"open', /cannot be read|no value/],
  [String.raw`"open\"`, /cannot be read/],
  ["from:", /no value/],
  ["from: writer", /no value/],
  ["-from: writer", /no value/],
  ["attempts:>", /no value/],
  ["x".repeat(4097), /at most 4,096/],
];

for (const [text, message] of wrong) {
  test(`the filter ${text.slice(0, 20)} is refused with what is wrong`, () => {
    const error = thrownBy(() => parseFilter(text));
    assert.equal(error.code, "HERMOD_BAD_FILTER");
    assert.match(error.message, message);
  });
}

test("a filter that is no text is refused", () => {
  for (const text of [undefined, null, 5, [], {}])
    assert.equal(
      codeOf(() => parseFilter(text)),
      "HERMOD_BAD_FILTER",
    );
});

const piece = fc.oneof(
  fc.constantFrom(
    "-",
    ":",
    '"',
    "\\",
    ">",
    "<",
    "*",
    " ",
    "\n",
    "from",
    "age",
    "attempts",
    "priority",
    "data.x",
    "metadata.",
    "5m",
    "high",
  ),
  fc.string({ maxLength: 3 }),
);

test("any text is a filter that can be tried, or refused with HERMOD_BAD_FILTER", () => {
  const check = (text: string): void => {
    try {
      holds(text);
    } catch {
      assert.equal(
        codeOf(() => holds(text)),
        "HERMOD_BAD_FILTER",
        text,
      );
    }
  };
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((parts) => parts.join("")),
      check,
    ),
    tries(5000),
  );
  fc.assert(fc.property(anyText, check), tries());
});

test("a filter of one field with any quoted value matches exactly the messages with this value", () => {
  const check = (value: string, other: string): void => {
    const quoted = `operation:"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
    assert.ok(holds(quoted, { envelope: sample({ operation: value }) }));
    assert.equal(holds(quoted, { envelope: sample({ operation: other }) }), value === other);
  };
  const line = fc.string().filter((value) => !/[\n\r\u2028\u2029]/.test(value));
  fc.assert(fc.property(line, line, check), tries());
});

test("a long text without an end is refused in no time", () => {
  for (const text of [
    '"'.padEnd(4096, "a"),
    '"'.padEnd(4096, "\\"),
    "a:".repeat(2000),
    "-".repeat(4096),
    '""'.repeat(2000),
  ]) {
    try {
      parseFilter(text);
    } catch {
      assert.equal(
        codeOf(() => parseFilter(text)),
        "HERMOD_BAD_FILTER",
      );
    }
  }
});

test("`at:` is a day, an hour, a minute or a second in UTC or another zone; with < what was before, with > what came from then on", () => {
  const sent = (iso: string): Subject => ({ envelope: sample({ ...envelope, sentAt: Date.parse(iso) }) });
  const noon = sent("2026-11-22T12:00:00.500Z");
  const yes = [
    "2026-11-22",
    "2026-11-22T12",
    "2026-11-22T12:00",
    "2026-11-22T12:00:00",
    "2026-11-22T12:00:00.5",
    '"2026-11-22T12:00"',
  ];
  const before = [
    ">2026-11-22",
    ">2026-11-22T12:00:00.5Z",
    ">2026-11-22T13:00+01:00",
    "<2026-11-22T12:00:00.501",
    "<2026-11-23",
  ];
  const no = [
    "2026-11-21",
    "2026-11-22T11",
    "2026-11-22T12:00+01:00",
    "<2026-11-22T12:00:00.5",
    ">2026-11-22T12:00:00.501",
  ];
  assert.deepEqual(
    [...yes, ...before].filter((each) => !holds(`at:${each}`, noon)),
    [],
  );
  assert.deepEqual(
    no.filter((each) => holds(`at:${each}`, noon)),
    [],
  );
  assert.equal(holds("-at:<2026-11-22", noon), true);
});

test("of any two times the filter knows which is the later one, however it is written", () => {
  const time = fc.date({ min: new Date("1970-01-02"), max: new Date("2100-01-01"), noInvalidDate: true });
  const zone = fc.constantFrom("Z", "", "+05:30", "-08:00");
  fc.assert(
    fc.property(time, time, zone, (sent, asked, written) => {
      const shift =
        written.length < 2
          ? 0
          : Number(written.slice(0, 3)) * 60 +
            Math.sign(Number(written.slice(0, 3))) * Number(written.slice(4));
      const text = new Date(asked.getTime() + shift * 60_000).toISOString().replace("Z", written);
      const of: Subject = { envelope: sample({ ...envelope, sentAt: sent.getTime() }) };
      assert.equal(holds(`at:>${text}`, of), sent >= asked, text);
      assert.equal(holds(`at:<${text}`, of), sent < asked, text);
      assert.equal(holds(`at:${text}`, of), sent.getTime() === asked.getTime(), text);
    }),
    tries(),
  );
});
