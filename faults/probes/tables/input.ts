/** Input: text that is no JSON, names that mean something to the machine, filters, patterns, chains without end. Groups 15, 16, 18, 20, 26, 27. */
import { readFileSync } from "node:fs";
import { CANARY, Raw, saidTo, told, type Ground } from "../ground.ts";
import { probes, type Probe, type Row } from "../probe.ts";

const CODED = /^(HERMOD_[A-Z_]+|closed)$/;

const deep = (open: string, close: string, by: number): string => open.repeat(by) + close.repeat(by);
const append = (payload: string): string =>
  `[{"n":1,"op":"append","envelope":{"id":"j","from":"a","to":"nobody","payload":${payload}}}]`;
const broken: readonly (readonly [string, string])[] = [
  ["nothing", ""],
  ["half of it", '[{"n":1'],
  ["no list", '{"ping":1}'],
  ["a number", "1"],
  ["null", "null"],
  ["a list of numbers", "[1]"],
  ["a list of lists", "[[]]"],
  ["a list of null", "[null]"],
  ["NaN", '[{"n":NaN}]'],
  ["Infinity", '[{"n":Infinity}]'],
  ["a comma too many", '[{"n":1},]'],
  ["single quotes", "[{'n':1}]"],
  ["a comment", "[/*x*/]x"],
  ["a byte order mark", '\uFEFF[{"n":1}]'],
  ["NUL", '[{"n":1}]\0'],
  ["100,000 levels of lists", deep("[", "]", 100_000)],
  ["a million levels of lists", deep("[", "]", 1_000_000)],
  [
    "100,000 levels of objects",
    `[${deep('{"a":', "1", 100_000).slice(0, 500_000)}${"1"}${"}".repeat(100_000)}]`,
  ],
  ["100,000 levels in a payload", append(deep("[", "]", 100_000))],
  ["100,000 levels in a payload with bytes", append(`{"$bytes":${deep("[", "]", 100_000)}}`)],
  ["100,000 levels in a part", `[{"n":1,"op":"record","id":"x","part":${deep("[", "]", 100_000)}}]`],
  [
    "100,000 levels in an error",
    `[{"n":1,"op":"bury","envelope":{"id":"j","from":"a","to":"b"},"reason":"terminal","error":${deep("[", "]", 100_000)}}]`,
  ],
  [
    "100,000 levels in a filter",
    `[{"n":1,"op":"claim","mailbox":"a","max":1,"lease":1,"where":${deep("[", "]", 100_000)}}]`,
  ],
  ["100,000 levels as an operation", `[{"n":1,"op":${deep("[", "]", 100_000)}}]`],
  ["100,000 levels as a ping", `[{"ping":${deep("[", "]", 100_000)}}]`],
  ["200,000 keys", append(`{${Array.from({ length: 200_000 }, (_, at) => `"k${at}":1`).join()}}`)],
  // No larger than a payload may be.
  ["10,001 keys", append(`{${Array.from({ length: 10_001 }, (_, at) => `"k${at}":1`).join()}}`)],
  ["10,001 keys of many objects", append(`[${Array.from({ length: 10_001 }, () => '{"k":1}').join()}]`)],
  ["65 levels in a payload", append(deep("[", "]", 65))],
  ["a number of a million digits", append("1".repeat(1_000_000))],
  ["a number beyond all", append("1e999")],
  ["a payload too large", append(`"${"a".repeat(300_000)}"`)],
  ["n of 0", '[{"n":0,"op":"directory"}]'],
  ["n of -1", '[{"n":-1,"op":"directory"}]'],
  ["n of 1.5", '[{"n":1.5,"op":"directory"}]'],
  ["n of 1e300", '[{"n":1e300,"op":"directory"}]'],
  ["n as text", '[{"n":"1","op":"directory"}]'],
  ["got of no list", '[{"got":1}]'],
  ["no operation", '[{"n":1}]'],
  ["an operation that there is not", '[{"n":1,"op":"shutdown"}]'],
  ["an operation of the prototype", '[{"n":1,"op":"constructor"}]'],
  ["an operation __proto__", '[{"n":1,"op":"__proto__"}]'],
];
/** What is kept without the part of it that is too much. */
const shortened: readonly (readonly [string, string])[] = [
  [
    "a deep error",
    `[{"n":1,"op":"bury","envelope":{"id":"j","from":"a","to":"b"},"reason":"terminal","error":{"code":"x","message":"y","details":${deep("[", "]", 100_000)}}}]`,
  ],
];
const said = (rows: typeof broken): readonly Row[] =>
  rows.map(([name, text]) => [
    `says ${name}`,
    async ({ open }) => {
      const began = performance.now();
      const came = await saidTo(open, text);
      return performance.now() - began < 2000 ? came : `${came}, and held the hub up`;
    },
  ]);

/** What must have been refused or kept as data, with the prototype of all objects as it was. */
const op = (name: string, rest: object | string): Row => [
  `${name} ${(typeof rest === "string" ? rest : JSON.stringify(rest)).slice(0, 120)}`,
  async ({ open }) => {
    const before = Object.getOwnPropertyNames(Object.prototype).length;
    using raw = await Raw.hello(open.url);
    const text = typeof rest === "string" ? rest : JSON.stringify(rest);
    raw.text(`[{"n":1,"op":"${name}",${text.slice(1)}]`);
    const answer = await raw.hear((frame) => frame["n"] === 1 || "refused" in frame);
    const isClean = Object.getOwnPropertyNames(Object.prototype).length === before && !("polluted" in {});
    if (!isClean) return "polluted";
    const came = told(answer);
    return came.startsWith("HERMOD_") || came === "closed" ? came : "kept as data";
  },
];
const strange = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf"];
const prototypes: readonly Row[] = [
  ...strange.flatMap((name) => [
    op("append", { envelope: { id: `p-${name}`, from: name, to: name } }),
    op("announce", { mailbox: name, rule: {} }),
    op("load", { key: name }),
    op("bind", { pattern: name, mailbox: name }),
    op("spend", `{"conversation":"p","amounts":{"${name}":1},"limits":{"${name}":2}}`),
    op("read", `{"query":{"type":"history","where":"data.${name}:x"}}`),
    op("read", `{"query":{"type":"${name}"}}`),
  ]),
  op("append", '{"envelope":{"id":"q","from":"a","to":"b","__proto__":{"polluted":1}}}'),
  op("append", '{"envelope":{"id":"q","from":"a","to":"b","payload":{"__proto__":{"polluted":1}}}}'),
  op("append", '{"envelope":{"id":"q","from":"a","to":"b","metadata":{"__proto__":{"polluted":1}}}}'),
  op(
    "append",
    '{"envelope":{"id":"q","from":"a","to":"b","payload":{"constructor":{"prototype":{"polluted":1}}}}}',
  ),
  op("announce", '{"mailbox":"a","rule":{"__proto__":{"polluted":1}}}'),
  op("read", '{"query":{"__proto__":{"polluted":1}}}'),
  op("operate", '{"operation":{"__proto__":{"type":"remove","mailbox":"a"}}}'),
];

const quick = (did: string, name: string, rest: object): Row => [
  did,
  async ({ open }) => {
    using raw = await Raw.hello(open.url);
    const began = performance.now();
    await raw.ask(name, rest as never);
    const took = performance.now() - began;
    return took < 1000 ? "quick" : `${took} ms`;
  },
];
const history = (where: unknown) => ({ query: { type: "history", where } });
const patterns: readonly Row[] = [
  quick("a pattern of 100 wildcards", "bind", { pattern: "*.".repeat(99) + "*", mailbox: "a" }),
  quick("a pattern of 100,000 wildcards", "bind", { pattern: "*.".repeat(100_000) + "*", mailbox: "a" }),
  quick("a pattern of dots", "bind", { pattern: ".".repeat(100_000), mailbox: "a" }),
  quick("a topic of 100,000 letters", "append", {
    envelope: { id: "t", from: "a", topic: "a".repeat(100_000) },
  }),
  quick("a regular expression as a filter", "read", history("from:(a+)+$")),
  quick("a filter of 10,000 terms", "read", history("from:a ".repeat(10_000))),
  quick("a filter of 100,000 quotes", "read", history('"'.repeat(100_000))),
  quick("a filter of 100,000 stars", "read", history(`from:${"*".repeat(100_000)}`)),
  quick("a free text of 100,000 words", "read", history("a ".repeat(100_000))),
  quick("a path of 10,000 steps", "read", history(`data.${"a.".repeat(10_000)}b:x`)),
  quick("an address of 100,000 letters", "watch", { mailbox: "a".repeat(100_000) }),
];

const NOT_SHOWN = new RegExp(`^(?!.*${CANARY})`, "su");
const asked = (did: string, name: string, rest: object): Row => [
  did,
  ({ stranger }) => stranger(name, rest as never),
];
const sql = [
  "'",
  "''; DROP TABLE messages; --",
  "' OR '1'='1",
  '" OR ""="',
  "1; ATTACH 'x' AS y",
  "%",
  "_",
  "*",
  "NEAR(a b)",
  "a AND b",
  "a OR NOT b",
  "^x",
  "col:x",
  "-",
  '"',
  "\\",
  "\0",
  "${1}",
  "{{1}}",
  "() { :; }",
];
const searches: readonly Row[] = sql.map((text) =>
  asked(`searches for ${JSON.stringify(text)}`, "read", history(text)),
);
const limits: readonly Row[] = [-1, 0, 1.5, 1e12, "1", null, [1], "1 OR 1"].map((limit) =>
  asked(`reads at most ${JSON.stringify(limit)}`, "read", { query: { type: "history", limit } }),
);
const fields: readonly Row[] = [
  asked("reads in an order of its own", "read", {
    query: { type: "history", order: "id; DROP TABLE messages" },
  }),
  asked("reads of two kinds", "read", { query: { type: ["history", "dead"] } }),
  asked("a mailbox with SQL", "read", { query: { type: "waiting", mailbox: "x' OR 1=1" } }),
  asked("a cursor of 10,000 letters", "read", { query: { type: "history", after: "a".repeat(10_000) } }),
  asked("a field that there is not", "read", history("password:x")),
];

const chains: readonly Row[] = [
  op("append", {
    envelope: { id: "c", from: "a", to: "b", hops: Array.from({ length: 10_000 }, (_, at) => `h${at}`) },
  }),
  op("append", { envelope: { id: "c", from: "a", to: "b", hops: "a" } }),
  op("append", { envelope: { id: "c", from: "a", to: "b", waits: 10, hops: [] } }),
  op("append", { envelope: { id: "c", from: "a", to: "b", budget: { messages: -1 } } }),
  op("append", { envelope: { id: "c", from: "a", to: "b", priority: 5 } }),
  op("append", { envelope: { id: "c", from: "a", to: "b", deadline: "tomorrow" } }),
  op("append", { envelope: { id: "c", from: "a", to: "b", sentAt: 1e300 } }),
];

const ill = [
  "two words",
  "a\nb",
  "a\r\nSet-Cookie: x",
  "a\0b",
  "\u001b[31ma",
  "\u202Ea",
  "a\u200Bb",
  "a>b",
  "a*",
  "~",
  "~~",
  "#",
  "a##b",
  "<b>",
  "a,b",
  '"a"',
  "=1+1",
  "@a",
  "+a",
  "-a",
  "../a",
  "",
];
const names: readonly Row[] = ill.flatMap((name) => [
  op("announce", { mailbox: name, rule: {} }),
  op("append", { envelope: { id: "n", from: name, to: "b" } }),
]);
const words: readonly Row[] = ["a\nb", "a\u001b[31m", "a\0"].flatMap((text) => [
  op("append", { envelope: { id: text, from: "a", to: "b" } }),
  op("append", { envelope: { id: "n", from: "a", to: "b", conversationId: text } }),
  op("append", { envelope: { id: "n", from: "a", to: "b", operation: text } }),
]);
const audited: Row = [
  "writes lines of its own into the audit",
  async ({ guarded, stranger }: Ground) => {
    await stranger("claim", {
      mailbox: 'x"}\n{"at":"now","principal":"victim","act":"forged"}',
      max: 1,
      lease: 1,
    });
    const lines = readFileSync(guarded.audit, "utf8").trim().split("\n");
    const acts = lines.map((line) => (JSON.parse(line) as { readonly act: string }).act);
    return acts.includes("forged") ? "forged" : "one line each";
  },
];

export const input: readonly Probe[] = [
  ...probes(15, CODED, said(broken)),
  ...probes(15, /^(\{"pong":"after","now":\d+\}|HERMOD_[A-Z_]+)$/, said(shortened)),
  ...probes(16, /^(HERMOD_[A-Z_]+|kept as data)$/, prototypes),
  ...probes(18, /^quick$/, patterns),
  ...probes(20, NOT_SHOWN, searches),
  ...probes(20, CODED, [...limits, ...fields]),
  ...probes(26, CODED, chains),
  ...probes(27, CODED, [...names, ...words]),
  ...probes(27, /^one line each$/, [audited]),
];
