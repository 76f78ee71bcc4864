/** Wrong values of every kind, and the check that each is refused with a coded error that names it. */
import assert from "node:assert/strict";
import { HermodError, errorTable, type ErrorCode } from "hermod";

/** An object whose keys cannot be asked for. */
const unreadable = new Proxy(
  {},
  {
    ownKeys: () => {
      throw new Error("trap");
    },
  },
);

/** Values that no option of the named kind takes. */
export const wrong = {
  duration: [
    -1,
    -0.001,
    NaN,
    Infinity,
    -Infinity,
    "5",
    "soon",
    "-5s",
    "",
    null,
    {},
    [],
    true,
    Symbol("x"),
    5n,
    () => 1,
  ],
  whole: [-1, 1.5, NaN, Infinity, 2 ** 60, "5", null, {}, [], true, Symbol("x"), 5n],
  flag: ["yes", "false", 0, 1, null, {}, [], Symbol("x")],
  text: [5, "", "a\u0000b", "tab\there", "x".repeat(513), null, {}, [], true, Symbol("x"), () => 1],
  options: [null, 5, "text", true, [], () => 1, Symbol("x"), unreadable],
  fn: [null, 5, "text", {}, [], true],
  name: [
    "",
    " ",
    "a b",
    "-a",
    ".a",
    "a\n",
    "a\u0000",
    "a*",
    ">",
    "x".repeat(201),
    "~system",
    5,
    null,
    undefined,
    {},
    [],
    true,
    Symbol("a"),
  ],
  signal: [null, 5, "stop", {}, [], { aborted: false }, new AbortController()],
  filter: [5, null, {}, [], "colour:red", "from:", '"open', "attempts:>many", "x".repeat(4097)],
} as const satisfies Record<string, readonly unknown[]>;

/** The error of a doing that must be refused at once, thrown or by promise, with one of the codes. */
export async function refusal(
  what: string,
  doing: () => unknown,
  ...codes: readonly ErrorCode[]
): Promise<HermodError> {
  let thrown: unknown;
  try {
    await doing();
  } catch (error) {
    thrown = error;
  }
  assert.ok(thrown !== undefined, `${what}: nothing was thrown`);
  assert.ok(thrown instanceof HermodError, `${what}: thrown was ${describe(thrown)}`);
  assert.ok(
    thrown.code in errorTable && thrown.message.length > 10 && thrown.hint.length > 0,
    `${what}: ${thrown.message}`,
  );
  if (codes.length > 0) assert.ok(codes.includes(thrown.code), `${what}: ${thrown.code} ${thrown.message}`);
  return thrown;
}

/** Each row: what the message must name, the wrong values, who must refuse them, and with which code. */
export type Row = readonly [string, readonly unknown[], (value: never) => unknown, ErrorCode?];

/** Each wrong value is refused, and the message names the option; all that is not so is told together. */
export async function refuseAll(rows: readonly Row[]): Promise<void> {
  const complaints: string[] = [];
  for (const [option, values, doing, code = "HERMOD_BAD_OPTION"] of rows) {
    for (const value of values) {
      try {
        await refuseOne(option, value, doing, code);
      } catch (error) {
        complaints.push((error as Error).message);
      }
    }
  }
  assert.deepEqual(complaints, []);
}

async function refuseOne(option: string, value: unknown, doing: Row[2], code: ErrorCode): Promise<void> {
  const { message } = await refusal(`${option} ${show(value)}`, () => doing(value as never), code);
  const word = option.split(".").at(-1) as string;
  assert.ok(
    message.toLowerCase().includes(word.toLowerCase()),
    `${option} ${show(value)}: the message does not name it: ${message}`,
  );
}

export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 40));
  return typeof value === "object" && value !== null ? Object.prototype.toString.call(value) : String(value);
}

function describe(thrown: unknown): string {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : show(thrown);
}

/** Nested lists. */
export function nested(levels: number): unknown {
  let value: unknown = [];
  for (let level = 1; level < levels; level++) value = [value];
  return value;
}

class Point {
  readonly x = 1;
}

const cycle: Record<string, unknown> = {};
cycle["self"] = cycle;
const throwing = Object.defineProperty({}, "trap", {
  enumerable: true,
  get: () => {
    throw new Error("getter");
  },
});
const handler = {
  get: () => {
    throw new Error("trap");
  },
  ownKeys: () => {
    throw new Error("trap");
  },
};
const revoked = Proxy.revocable({}, {});
revoked.revoke();
const detached = new Uint8Array(8);
structuredClone(detached, { transfer: [detached.buffer] });

/** Values that are no plain data, by what they are. */
export const unserialisable: Readonly<Record<string, unknown>> = {
  function: () => 1,
  "a function inside": { run: () => 1 },
  symbol: Symbol("x"),
  "a bigint": 5n,
  "a bigint inside": [1, [5n]],
  "a date": new Date(0),
  "a map": new Map(),
  "a set inside": { set: new Set([1]) },
  "an instance of a class": new Point(),
  "an error": new Error("x"),
  "a promise": Promise.resolve(1),
  "a regular expression": /x/,
  NaN: NaN,
  "infinity inside": { x: [Infinity] },
  "a list with a hole": [1, undefined, 3],
  "floats as bytes": new Float64Array(2),
  "a cycle": cycle,
  "100,000 levels": nested(100_000),
  "a throwing getter": throwing,
  "a throwing toJSON": {
    toJSON: () => {
      throw new Error("toJSON");
    },
  },
  "a proxy that throws": new Proxy({ a: 1 }, handler),
  "a list behind a proxy that throws": new Proxy([1], handler),
  "a revoked proxy": revoked.proxy,
  "too much text": "x".repeat(300_000),
  "too many keys": Object.fromEntries(Array.from({ length: 10_001 }, (_, n) => [`k${n}`, n])),
  "a list of 5 million": { length: 5_000_000, 0: 1, list: Array.from({ length: 20_000 }, () => 0) },
};

/** Names that every object inherits. */
export const inherited = ["__proto__", "constructor", "toString", "hasOwnProperty", "valueOf"] as const;
