/** The parts of the command line that need no process: texts, columns, options, exit codes, drawings. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  errorTable,
  fromMap,
  HermodError,
  type ErrorCode,
  type MailboxCounts,
  type MessageRecord,
} from "hermod";
import { columnsOf } from "../drawing/canvas.ts";
import { toMermaid } from "../drawing/mermaid.ts";
import { picture, rowsOf } from "./board.ts";
import { drawTimeline } from "./drawings.ts";
import { exitMeanings, exitOf, exits } from "./exit.ts";
import { choiceOf, durationOf, numberOf } from "./options.ts";
import { toProblem } from "./problem.ts";
import { createProgram } from "./program.ts";
import { commands } from "./table.ts";
import { commandLine, fields, plain, span, table, toJson, type Look } from "./text.ts";

/** Any code point but the halves of pairs. What fast-check has for it takes a second to make. */
const character = fc
  .nat(0x10ffff - 0x800)
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

const look = (width = Infinity): Look => ({
  width,
  isTerminal: width < Infinity,
  paint: (_style, text) => text,
});
const steering = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

describe("text of others", () => {
  test("cannot steer a terminal", () =>
    fc.assert(fc.property(fc.string({ unit: character }), (text) => !steering.test(plain(text)))));
  test("is the same text in JSON, and cannot steer a terminal there either", () =>
    fc.assert(
      fc.property(fc.string({ unit: character }), (text) => {
        const json = toJson({ text });
        assert.doesNotMatch(json, steering);
        assert.deepEqual(JSON.parse(json), { text });
      }),
    ));
  test("keeps to its column, whatever it is", () =>
    fc.assert(
      fc.property(fc.array(fc.string({ unit: character })), (names) => {
        const lines = table(names, [["NAME", (name) => name]], look()).split("\n");
        assert.equal(lines.length, names.length + 2);
      }),
    ));
});

test("a command that is proposed has the words that were meant, whatever a shell would make of them", () => {
  const shell = (lines: readonly string[]): readonly string[] => {
    const script = `hermod() { for each in "$@"; do printf '%s\\0' "$each"; done; }\n${lines.join("\n")}`;
    return execFileSync("/bin/sh", ["-c", script], { encoding: "utf8" }).split("\0").slice(0, -1);
  };
  assert.equal(commandLine("conversations show", "tides-1"), "hermod conversations show tides-1");
  assert.deepEqual(shell([commandLine("a b", "-x", "", "$(exit 1)'`")]), [
    "a",
    "b",
    "--",
    "-x",
    "",
    "$(exit 1)'`",
  ]);
  assert.doesNotMatch(commandLine("a", "\u001b[31m\u202e\nb"), steering);
  const unit = fc.constantFrom(...Array.from("abc -_'\"\\`$(){}[]<>|&;*?~#!=%,ü\n"));
  fc.assert(
    fc.property(fc.array(fc.string({ unit, minLength: 1 }), { minLength: 50, maxLength: 50 }), (words) => {
      const meant = words.map((word) => [...(word.startsWith("-") ? ["x", "--"] : ["x"]), plain(word)]);
      assert.deepEqual(shell(words.map((word) => commandLine("x", word))), meant.flat());
    }),
    { numRuns: 20 },
  );
});

test("bytes are written as everywhere in Hermod, and what is nothing as null", () => {
  assert.equal(toJson({ bytes: new Uint8Array([0, 1, 2]) }), '{"bytes":{"$bytes":"AAEC"}}');
  assert.equal(toJson(undefined), "null");
});

test("columns are aligned, numbers to the right; cut to a terminal, and never elsewhere", () => {
  const rows = [
    { name: "a", count: 5, note: "x".repeat(50) },
    { name: "longer", count: 1200, note: undefined },
  ];
  const columns = [
    ["NAME", (row: (typeof rows)[number]) => row.name],
    ["COUNT", (row: (typeof rows)[number]) => row.count],
    ["NOTE", (row: (typeof rows)[number]) => row.note],
  ] as const;
  const wide = `NAME    COUNT  NOTE\na           5  ${"x".repeat(50)}\nlonger   1200  -\n`;
  assert.equal(table(rows, columns, look()), wide);
  for (const line of table(rows, columns, look(30)).split("\n")) assert.ok(columnsOf(line) <= 30);
  assert.equal(fields({ name: "a", other: undefined, list: [1] }), "name  a\nlist  [1]\n");
});

test("a span has one unit", () => {
  const spans = [undefined, 41, 3200, 300_000, 7_200_000, 259_200_000].map(span);
  assert.deepEqual(spans, ["-", "41ms", "3.2s", "5m", "2h", "3d"]);
});

test("options are checked, and told by their names", () => {
  assert.deepEqual(
    [numberOf({ limit: "10" }, "limit", 1, 10), numberOf({}, "limit", 1, 10)],
    [10, undefined],
  );
  for (const limit of ["0", "11", "-1", "1.5", "0x1", "", " 1", "1e1"])
    assert.throws(() => numberOf({ limit }, "limit", 1, 10), /--limit/u);
  assert.deepEqual(
    ["500ms", "1.5s", "2h"].map((since) => durationOf({ since }, "since")),
    [500, 1500, 7_200_000],
  );
  for (const since of ["5", "s", "-5s", "5 s", "Infinitys", "1e9s"])
    assert.throws(() => durationOf({ since }, "since"), /--since/u);
  assert.throws(() => choiceOf({ as: "constructor" }, "as", ["a", "b"]), /--as must be one of a, b/u);
});

describe("exit codes", () => {
  test("are those that were always there", () =>
    assert.deepEqual([...exitMeanings.keys()], [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 130]));
  const wanted: Partial<Record<ErrorCode, number>> = {
    ...{
      HERMOD_BAD_OPTION: 2,
      HERMOD_BAD_PAYLOAD: 2,
      HERMOD_TOO_LARGE: 2,
      HERMOD_NO_AGENT: 3,
      HERMOD_NO_TASK: 3,
    },
    ...{
      HERMOD_UNAUTHORIZED: 4,
      HERMOD_FORBIDDEN: 4,
      HERMOD_UNREACHABLE: 5,
      HERMOD_TIMEOUT: 6,
      HERMOD_EXPIRED: 6,
    },
    ...{
      HERMOD_FAILED: 7,
      HERMOD_REJECTED: 7,
      HERMOD_MODEL: 7,
      HERMOD_CIRCUIT_OPEN: 8,
      HERMOD_OVERLOADED: 8,
    },
    ...{ HERMOD_CONFLICT: 8, HERMOD_STORE_OWNED: 8, HERMOD_STORE: 1, HERMOD_STORE_CORRUPT: 1 },
  };
  for (const [code, exit] of Object.entries(wanted))
    test(`${code} ends with ${exit}`, () =>
      assert.equal(toProblem(new HermodError(code as ErrorCode, "x")).exit, exit));
  test("every error has one that is an error", () => {
    for (const code of Object.keys(errorTable) as ErrorCode[])
      assert.ok(
        ![exits.ok, exits.partly, exits.interrupted].includes(
          exitOf(code, errorTable[code].category) as never,
        ),
      );
  });
  test("whatever is thrown is told", () =>
    fc.assert(fc.property(fc.anything(), (thrown) => typeof toProblem(thrown).message === "string")));
  test("of a command that could not even end its connection is why it failed", () => {
    const why = new HermodError("HERMOD_UNAUTHORIZED", "the hub does not know who asks");
    const late = new SuppressedError(new HermodError("HERMOD_CLOSED", "x"), why);
    const { code, exit } = toProblem(new SuppressedError(new Error("y"), late));
    assert.deepEqual([code, exit], ["HERMOD_UNAUTHORIZED", exits.forbidden]);
  });
});

const START = Date.UTC(2026, 0, 1);
function record(
  fieldsOf: Record<string, unknown>,
  state: MessageRecord["state"],
  at: number,
  took: number,
): MessageRecord {
  const envelope = fromMap({
    id: `m${at}`,
    from: "~desk",
    conversationId: "c",
    sentAt: START + at,
    ...fieldsOf,
  });
  const attempt = {
    number: 1,
    startedAt: START + at + 10,
    endedAt: START + at + 10 + took,
    outcome: "acked",
  } as const;
  return { envelope, state, attempts: [attempt] };
}

test("a timeline shows when each message waited and was handled", () => {
  const records = [
    record({ verb: "call", type: "request", to: "writer", operation: "write" }, "done", 0, 80),
    record({ verb: "call", type: "request", to: "critic", operation: "review" }, "failed", 40, 50),
  ];
  const [first = "", second = ""] = drawTimeline(records, 80, look()).split("\n");
  assert.match(first, /^system → writer {2}write {3}░+█+ +90ms$/u);
  assert.match(second, /^system → critic {2}review {3} +░+█+ +60ms {2}failed$/u);
  assert.ok(second.indexOf("░") > first.indexOf("░"));
});

test("Mermaid reads names and operations as text", () => {
  const text = toMermaid([
    record({ verb: "cast", type: "notification", to: "a:b", operation: 'x;%%{init}"# end' }, "done", 0, 1),
  ]);
  const lines = ["sequenceDiagram", "  participant p0 as system", "  participant p1 as a:b"];
  assert.equal(text, `${[...lines, "  p0->>p1: x#59;#37;#37;#123;init#125;#34;#35; end"].join("\n")}\n`);
});

describe("the board", () => {
  const counts = (mailbox: string, waiting: number, received: number) =>
    ({
      mailbox,
      served: true,
      waiting,
      received,
      delayed: 0,
      running: 0,
      bytes: 0,
    }) as unknown as MailboxCounts;
  const rows = rowsOf(
    [counts("a", 0, 10), counts("b", 0, 5)],
    [counts("a", 1, 30), counts("b", 7, 5), counts("c", 0, 4)],
    2000,
  );
  test("has who has the most to do first, and how much came in a second", () =>
    assert.deepEqual(
      rows.map(({ name, perSecond }) => [name, perSecond]),
      [
        ["b", 0],
        ["a", 10],
        ["c", 2],
      ],
    ));
  test("fits its screen, and counts what does not", () => {
    const text = picture(rows, { url: "http://localhost:4700", dead: 3, at: START }, look(40), 6);
    const lines = text.split("\n");
    assert.equal(lines.length, 6);
    for (const line of lines) assert.ok(columnsOf(line) <= 40, line);
    assert.deepEqual([lines[3]?.slice(0, 2), lines.at(-1)], ["b ", "1 more; q ends"]);
  });
});

describe("help", () => {
  const help = (): string =>
    createProgram(
      () => Promise.resolve(),
      () => undefined,
    ).helpInformation();
  test("lists every command, or its group", () => {
    for (const { name } of commands)
      assert.match(help(), new RegExp(`^ {2}${name.split(" ")[0] ?? ""}\\b`, "mu"));
  });
  test("loads the parser and nothing else: what is not loaded takes no time", () => {
    const packages = new Set(
      [...reached(join(import.meta.dirname, "run.ts"))].filter((each) => !each.startsWith("/")),
    );
    assert.deepEqual([...packages].sort(), ["commander", "node:path", "node:util"]);
  });
});

/** All that a file loads when it is loaded, types aside. */
function reached(file: string, found = new Set<string>()): Set<string> {
  if (found.has(file)) return found;
  found.add(file);
  const text = readFileSync(file, "utf8");
  for (const [, types, specifier = ""] of text.matchAll(
    /^(?:import|export)( type)?\b[^;]*? from "([^"]+)";/gmu,
  )) {
    if (types !== undefined) continue;
    if (specifier.startsWith(".")) reached(join(dirname(file), specifier), found);
    else found.add(specifier);
  }
  return found;
}

describe("docs/cli.md", () => {
  const page = readFileSync(join(import.meta.dirname, "../../../../docs/cli.md"), "utf8");
  const rows = [...page.matchAll(/^\| (.+?) +\| (.+?) +\|$/gmu)].map(
    ([, first = "", second = ""]) => [first, second] as const,
  );
  test("has each command, as it is typed", () => {
    const program = createProgram(
      () => Promise.resolve(),
      () => undefined,
    );
    const typed = program.commands.flatMap((command) =>
      command.commands.length > 0
        ? command.commands.map((each) => [`${command.name()} ${each.name()}`, each] as const)
        : [[command.name(), command] as const],
    );
    const wanted = typed.map(([name, command]) => {
      const args = command.usage().replaceAll("[options]", "").trim();
      return [`\`hermod ${`${name} ${args}`.trim()}\``, command.description()];
    });
    assert.deepEqual(
      rows.filter(([first]) => first.startsWith("`hermod ")),
      wanted,
    );
  });
  test("has each exit code with its meaning", () => {
    const wanted = [...exitMeanings].map(([code, meaning]) => [String(code), meaning]);
    assert.deepEqual(
      rows.filter(([first]) => /^\d+$/u.test(first)),
      wanted,
    );
  });
});
