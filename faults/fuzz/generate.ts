/** Generate: what is sent to a hub that should never have to expect it: nearly right, wrong, and no sense at all. */
import { operations } from "hermod/remote";
import { pick, type Draw } from "../random.ts";

/** One input: how it travels, and what it is. */
export type Input =
  | { readonly way: "frame"; readonly text: string }
  | { readonly way: "bytes"; readonly bytes: Buffer };

export const words = [
  "a",
  "writer",
  "~x",
  "~people/anna",
  "~schedules#s",
  "a#b",
  "",
  "__proto__",
  "*",
  ">",
  "a.>",
  "id:x",
  "from:a -to:b",
  "data.a:1",
  '"',
  "\0",
  "\uD800",
  "😀",
  "0",
  "-1",
  "1e9",
  "NaN",
  "null",
  "priority",
  "high",
  "call",
  "request",
  "exactly-once",
];
const numbers = [
  0,
  1,
  -1,
  2,
  4,
  0.5,
  1e3,
  1e9,
  1e15,
  Number.MAX_SAFE_INTEGER,
  2 ** 53,
  -(2 ** 53),
  1e300,
  5e-324,
  2 ** 31,
  2 ** 32,
];

/** Any plain value. */
export function anything(draw: Draw, depth = 3): unknown {
  const kinds = depth > 0 ? 9 : 6;
  switch (draw(kinds)) {
    case 0:
      return pick(draw, words);
    case 1:
      return pick(draw, numbers);
    case 2:
      return pick(draw, [true, false, null]);
    case 3:
      return letters(draw, draw(40));
    case 4:
      return draw(1000);
    case 5:
      return draw(50) === 0 ? "x".repeat(draw(300_000)) : pick(draw, words);
    case 6:
      return Array.from({ length: draw(5) }, () => anything(draw, depth - 1));
    default:
      return Object.fromEntries(
        Array.from({ length: draw(5) }, () => [
          String(pick(draw, [...words, "type", "id", "$bytes", "error"])),
          anything(draw, depth - 1),
        ]),
      );
  }
}

function letters(draw: Draw, length: number): string {
  return String.fromCharCode(...Array.from({ length }, () => (draw(4) === 0 ? draw(0xffff) : 32 + draw(95))));
}

/** A right value in most cases, and anything in the others. */
function mostly<T>(draw: Draw, right: T): unknown {
  return draw(6) === 0 ? anything(draw) : right;
}

const agents = ["writer", "critic", "a", "~desk", "writer#k"];
const name = (draw: Draw): string => pick(draw, agents);

function letter(draw: Draw): unknown {
  const fields: Record<string, unknown> = {
    id: mostly(draw, `f${draw(1_000_000)}`),
    from: mostly(draw, name(draw)),
    to: mostly(draw, name(draw)),
    verb: mostly(draw, pick(draw, ["call", "cast", "task", "publish", "info", "reply"])),
    type: mostly(draw, pick(draw, ["request", "notification", "task", "status", "response"])),
    payload: anything(draw),
  };
  const others = [
    "topic",
    "replyTo",
    "inReplyTo",
    "priority",
    "delivery",
    "retry",
    "notBefore",
    "deadline",
    "hops",
    "waits",
    "metadata",
    "budget",
    "task",
    "published",
    "idempotencyKey",
    "orderKey",
    "sequence",
    "sentAt",
    "size",
    "v",
    "trace",
    "conversationId",
  ];
  for (let left = draw(4); left > 0; left--) fields[pick(draw, others)] = anything(draw);
  if (draw(20) === 0) delete fields[pick(draw, Object.keys(fields))];
  return mostly(draw, fields);
}

const where = (draw: Draw): unknown =>
  pick(draw, [
    undefined,
    letters(draw, draw(60)),
    `from:${name(draw)} ${pick(draw, words)}`,
    [
      {
        field: pick(draw, ["id", "from", "data.x", "age", "priority"]),
        operator: pick(draw, ["is", "starts", "more", "less"]),
        value: mostly(draw, "x"),
        negated: mostly(draw, false),
      },
    ],
    anything(draw),
  ]);

function query(draw: Draw): unknown {
  return mostly(draw, {
    type: mostly(draw, pick(draw, ["history", "waiting", "delayed", "dead", "bindings", "counts"])),
    ...(draw(2) === 0 && { mailbox: mostly(draw, name(draw)) }),
    ...(draw(3) === 0 && { agent: mostly(draw, name(draw)) }),
    ...(draw(3) === 0 && { where: where(draw) }),
    ...(draw(3) === 0 && { after: mostly(draw, pick(draw, [...words, letters(draw, 20)])) }),
    ...(draw(3) === 0 && { limit: mostly(draw, draw(1000)) }),
    ...(draw(5) === 0 && { topic: mostly(draw, "a.b") }),
  });
}

function fields(draw: Draw): Record<string, unknown> {
  return {
    envelope: letter(draw),
    envelopes: mostly(
      draw,
      Array.from({ length: draw(4) }, () => letter(draw)),
    ),
    outputs: mostly(
      draw,
      Array.from({ length: draw(3) }, () => letter(draw)),
    ),
    mailbox: mostly(draw, name(draw)),
    max: mostly(draw, draw(20)),
    lease: mostly(draw, draw(5000)),
    where: where(draw),
    token: mostly(draw, draw(200)),
    settlement: mostly(draw, {
      type: pick(draw, ["ack", "fail", "retry", "release", "dead"]),
      at: mostly(draw, 1),
      reason: mostly(draw, "terminal"),
      error: mostly(draw, { code: "X", message: "y" }),
    }),
    state:
      draw(3) === 0 ? mostly(draw, { key: name(draw), base: draw(3), json: mostly(draw, "{}") }) : undefined,
    part: anything(draw),
    reason: mostly(draw, "terminal"),
    error: mostly(draw, { code: "X", message: "y", details: anything(draw) }),
    key: mostly(draw, name(draw)),
    rule: mostly(draw, {
      order: mostly(draw, "fifo"),
      count: mostly(draw, draw(10)),
      overflow: mostly(draw, "reject"),
    }),
    pattern: mostly(draw, pick(draw, ["a.>", "a.*", "a", "*", ">"])),
    id: mostly(draw, pick(draw, ["f1", "f2", `f${draw(1_000_000)}`])),
    after: mostly(draw, draw(10)),
    limit: mostly(draw, 1 + draw(100)),
    conversation: mostly(draw, "c"),
    amounts: mostly(draw, { tokens: mostly(draw, draw(10)) }),
    limits: mostly(draw, { tokens: mostly(draw, 100) }),
    query: query(draw),
    operation: mostly(draw, {
      type: pick(draw, ["redrive", "discard", "remove"]),
      id: mostly(draw, "f1@writer"),
      mailbox: mostly(draw, name(draw)),
      force: mostly(draw, true),
      dryRun: mostly(draw, false),
    }),
  };
}

/** What each operation takes; the others are left out in most cases. */
const taken: Readonly<Record<string, readonly string[]>> = {
  ...{
    append: ["envelope"],
    appendAll: ["envelopes"],
    claim: ["mailbox", "max", "lease", "where"],
    extend: ["token", "lease"],
  },
  ...{
    settle: ["token", "settlement", "outputs", "state", "part"],
    bury: ["envelope", "reason", "error"],
    load: ["key"],
  },
  ...{
    announce: ["mailbox", "rule"],
    withdraw: ["mailbox"],
    directory: [],
    bind: ["pattern", "mailbox", "lease"],
  },
  ...{
    unbind: ["pattern", "mailbox"],
    record: ["id", "part"],
    parts: ["id", "after", "limit"],
    follow: ["id"],
    unfollow: ["id"],
  },
  ...{
    spend: ["conversation", "amounts", "limits"],
    watch: ["mailbox"],
    unwatch: ["mailbox"],
    read: ["query"],
    operate: ["operation"],
  },
};

let n = 0;
function frame(draw: Draw): unknown {
  if (draw(30) === 0) return anything(draw);
  if (draw(30) === 0) return { got: mostly(draw, [draw(100)]) };
  const op = pick(draw, operations);
  const all = fields(draw);
  const chosen = Object.entries(all).filter(([field]) => taken[op]?.includes(field) || draw(40) === 0);
  return {
    n: draw(40) === 0 ? anything(draw) : ++n,
    op: draw(40) === 0 ? anything(draw) : op,
    ...Object.fromEntries(chosen),
  };
}

/** Text with a few of its letters changed, left out, doubled, or cut off. */
export function mutated(draw: Draw, text: string): string {
  let made = text;
  for (let left = 1 + draw(4); left > 0; left--) {
    const at = draw(made.length + 1);
    const [before, after] = [made.slice(0, at), made.slice(at)];
    made = pick(draw, [
      () => before + letters(draw, 1 + draw(3)) + after,
      () => before + after.slice(1 + draw(4)),
      () => before + pick(draw, ['"', "}", "]", "{", "[", ",", ":", "\\", "\0", "1e999", "null"]) + after,
      () => before,
      () => before + after.slice(0, draw(50)) + after,
    ])();
  }
  return made;
}

function http(draw: Draw): string {
  const method = pick(draw, [
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
    "HEAD",
    "TRACE",
    letters(draw, 5),
  ]);
  const part = (): string =>
    pick(draw, [
      "v1",
      "agents",
      "writer",
      "tasks",
      "mailboxes",
      "history",
      "dead-letters",
      "topics",
      "people",
      "health",
      "socket",
      "metrics",
      "live",
      "..",
      "%2e",
      "%00",
      encodeURIComponent(letters(draw, 6).toWellFormed()),
      "",
    ]);
  const path = `/${["v1", ...Array.from({ length: draw(4) }, part)].join("/")}${draw(3) === 0 ? `?where=${encodeURIComponent(pick(draw, words).toWellFormed())}&after=${draw(100)}&limit=${pick(draw, numbers)}` : ""}`;
  const body = draw(2) === 0 ? (JSON.stringify(anything(draw)) ?? "") : "";
  const headers = [
    "Host: localhost",
    `Content-Length: ${draw(10) === 0 ? draw(1000) : Buffer.byteLength(body)}`,
    `Content-Type: ${pick(draw, ["application/json", "text/plain", "x"])}`,
    ...(draw(5) === 0
      ? [
          `${pick(draw, ["Transfer-Encoding", "Expect", "Upgrade", "Last-Event-ID", "Authorization", "Range", "Origin"])}: ${pick(draw, ["chunked", "100-continue", "websocket", "1", "Bearer x", "null"])}`,
        ]
      : []),
  ];
  const text = `${method} ${path} HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n${body}`;
  return draw(4) === 0 ? mutated(draw, text) : text;
}

/** The next input. */
export function generate(draw: Draw): Input {
  switch (draw(8)) {
    case 0:
      return { way: "bytes", bytes: Buffer.from(http(draw), "utf8") };
    case 1:
      return draw(4) === 0
        ? { way: "bytes", bytes: Buffer.from(Array.from({ length: draw(300) }, () => draw(256))) }
        : { way: "frame", text: letters(draw, draw(200)).toWellFormed() };
    case 2:
    case 3:
      return { way: "frame", text: mutated(draw, textOf([frame(draw)])).toWellFormed() };
    default:
      return {
        way: "frame",
        text: textOf(Array.from({ length: 1 + draw(3) }, () => frame(draw))).toWellFormed(),
      };
  }
}

function textOf(frames: readonly unknown[]): string {
  return JSON.stringify(frames) ?? "";
}
