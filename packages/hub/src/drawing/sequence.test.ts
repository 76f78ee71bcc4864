/** The drawing of a conversation: what a reader can tell from it, at any width and with any text in it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fromMap, type Attempt, type MessageRecord } from "hermod";
import { columnsOf } from "./canvas.ts";
import { drawSequence } from "./sequence.ts";

const START = Date.UTC(2026, 0, 1);

interface Said {
  readonly id: string;
  readonly at?: number;
  readonly state?: MessageRecord["state"];
  readonly attempts?: readonly Attempt[];
  readonly [field: string]: unknown;
}

function record({ at = 0, state = "done", attempts = [], ...fields }: Said): MessageRecord {
  const envelope = fromMap({ from: "~desk", conversationId: "c", sentAt: START + at, ...fields });
  return { envelope, state, attempts };
}

const call = { verb: "call", type: "request", replyTo: "~desk" };
const reply = { verb: "reply", type: "response", to: "~desk" };

function attempt(number: number, at: number, outcome: Attempt["outcome"], message?: string): Attempt {
  const error = { code: "HERMOD_FAILED", name: "Error", category: "failure", retryable: true } as const;
  const times = { startedAt: START + at, endedAt: START + at };
  return { number, ...times, outcome, ...(message !== undefined && { error: { ...error, message } }) };
}

const nested = [
  record({ id: "1", ...call, to: "editor", operation: "publish" }),
  record({ id: "2", at: 1, ...call, from: "editor", to: "writer", operation: "write" }),
  record({ id: "3", at: 60, ...reply, from: "writer", inReplyTo: "2", operation: "write" }),
  record({ id: "4", at: 1234, ...reply, from: "editor", inReplyTo: "1", operation: "publish" }),
];

const revived = [
  record({
    ...{ id: "1", verb: "cast", to: "mailer", operation: "send" },
    attempts: [
      attempt(1, 0, "retried", "it is down"),
      attempt(2, 41, "dead", "it is down"),
      attempt(1, 90, "acked"),
    ],
  }),
];

const refused = [
  record({
    ...{ id: "1", ...call, to: "critic", operation: "review", state: "failed" },
    attempts: [attempt(1, 7, "failed", "no ink")],
  }),
  record({ id: "2", at: 7, ...reply, type: "error", from: "critic", inReplyTo: "1", operation: "review" }),
];

const all = [...nested, ...revived, ...refused];

/** Lines without the blanks at their ends, which a page would lose. */
function lines(...text: readonly string[]): string {
  return text.join("\n");
}

describe("a conversation is drawn:", () => {
  test("a lane for each agent, an arrow for each message, replies back to the one who asked", () =>
    assert.equal(
      drawSequence(nested, 72),
      lines(
        "    ms  system                 editor                 writer",
        "     0  ├─ publish ───────────▶│                      │       call   ok",
        "     1  │                      ├─ write ─────────────▶│       call   ok",
        "    60  │                      │◀╌╌╌╌╌╌╌╌╌╌╌╌╌ write ╌┤       reply  ok",
        "  1234  │◀╌╌╌╌╌╌╌╌╌╌╌ publish ╌┤                      │       reply  ok",
      ),
    ));
  test("an arrow crosses the lanes between", () => {
    const far = record({ id: "5", at: 2000, verb: "cast", to: "writer", operation: "note" });
    assert.match(drawSequence([...nested, far], 72), /2000 {2}├─ note ─+┼─+▶│/);
  });
  test("each failed attempt with its reason, death, return and success, at the receiver", () =>
    assert.equal(
      drawSequence(revived, 76),
      lines(
        "    ms  system                    mailer",
        "     0  ├─ send ─────────────────▶│       cast   ok, retried ×1, redriven",
        "     0  │                         ✖ attempt 1 failed: it is down",
        "    41  │                         ✖ attempt 2 failed, now a dead letter: it",
        "        │                         │ is down",
        "    90  │                         ↻ redriven from the dead letters",
        "    90  │                         ✔ attempt 1 ok",
      ),
    ));
  test("a failed call in words, its reason once and before the error reply", () =>
    assert.equal(
      drawSequence(refused, 72),
      lines(
        "    ms  system                    critic",
        "     0  ├─ review ───────────────▶│       call   failed",
        "     7  │                         ✖ failed: no ink",
        "     7  │◀╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ review ╌┤       error  ok",
      ),
    ));
  test("an error of a message that never ran is told where it arrives", () => {
    const [asked] = refused;
    const payload = { message: "critic gave up message 1: overflow" };
    const told = record({ id: "2", at: 3, ...reply, type: "error", from: "critic", inReplyTo: "1", payload });
    const drawing = drawSequence([{ ...(asked as MessageRecord), state: "dead", attempts: [] }, told], 90);
    assert.match(drawing, /^ +0 .*call +dead$/m);
    assert.match(drawing, /^ +3 {2}✖ critic gave up message 1: overflow$/m);
  });
  test("through a pool: each attempt with its member, and what became of the member", () => {
    const review = record({
      ...{ id: "1", ...call, to: "critic", operation: "review" },
      attempts: [attempt(1, 3, "retried", "no ink"), attempt(2, 50, "acked")],
    });
    const straight = record({
      id: "2",
      ...call,
      to: "critic",
      operation: "sum",
      attempts: [attempt(1, 4, "acked")],
    });
    const handling = { id: "1", conversation: "c", attempt: 1, member: "critic/2" };
    const aftermath = [
      { type: "agent.crashed", text: "✖ critic/2 has crashed", tone: "bad" },
      { type: "agent.restarted", text: "↻ critic/2 is restarted", tone: "warn" },
    ] as const;
    assert.equal(
      drawSequence([review, straight], 72, undefined, [
        { ...handling, aftermath },
        { ...handling, attempt: 2, member: "critic/1", aftermath: [] },
        { ...handling, id: "2", member: "critic/3", aftermath: [] },
      ]),
      lines(
        "    ms  system                    critic",
        "     0  ├─ review ───────────────▶│       call   ok, retried ×1",
        "     0  ├─ sum ──────────────────▶│       call   ok",
        "     3  │                         ✖ critic/2 attempt 1 failed: no ink",
        "     3  │                         ✖ critic/2 has crashed",
        "     3  │                         ↻ critic/2 is restarted",
        "     4  │                         ✔ critic/3 ok",
        "    50  │                         ✔ critic/1 attempt 2 ok",
      ),
    );
  });
  test("what still waits or runs", () => {
    const drawing = drawSequence([
      record({ id: "1", verb: "cast", to: "a", operation: "x", state: "waiting" }),
      record({ id: "2", verb: "cast", to: "a", operation: "y", state: "running" }),
    ]);
    assert.match(drawing, /cast +waiting\n.*cast +running$/);
  });
  test("a message to oneself, and one that is for nobody", () => {
    const self = record({ id: "1", verb: "cast", from: "a", to: "a", operation: "tick" });
    const lost = record({ id: "2", verb: "cast", from: "a", operation: "cry", state: "dead" });
    assert.match(drawSequence([self, lost]), /├─ tick ↩[^]*a +nobody|a +nobody[^]*├─ tick ↩/);
  });
  test("nothing to draw is said", () => assert.equal(drawSequence([]), "no messages"));
});

describe("whatever stands in it:", () => {
  test("no line is wider than asked", () => {
    for (let width = 20; width <= 140; width++)
      for (const line of drawSequence(all, width).split("\n"))
        assert.ok(columnsOf(line) <= width, `${width}: ${line}`);
  });
  test("without room for lanes it is a list that says the same", () => {
    const others = ["a", "b", "c"].map((to, at) =>
      record({ id: `${at + 3}`, at: 9, verb: "cast", to, operation: "x" }),
    );
    const list = drawSequence([...refused, ...others], 60);
    assert.match(list, /^ +0 {2}call system → critic {2}review {2}failed$/m);
    assert.match(list, /^ +7 +✖ failed: no ink$/m);
    assert.match(list, /^ +7 {2}error critic → system  review  ok$/m);
  });
  test("20,000 messages", () => {
    const many = Array.from({ length: 20_000 }, () => nested[0] as MessageRecord);
    assert.equal(drawSequence(many).split("\n").length, 20_001);
  });
  test("text of others cannot steer the terminal or break the lines", () => {
    const evil = record({
      ...{ id: "1", verb: "cast", to: "a", operation: "x", state: "dead" },
      attempts: [attempt(1, 1, "dead", "\u001b[2Jgone\nnext\u202eline")],
    });
    const drawing = drawSequence([evil]);
    assert.match(drawing, /✖ failed, now a dead letter: {2}\[2Jgone next line$/);
    assert.equal(drawing.split("\n").length, 3);
  });
  test("wide letters keep the lanes in line", () => {
    const [header = "", arrow = ""] = drawSequence([
      record({ id: "1", verb: "cast", from: "研究者", to: "writer", operation: "調べる" }),
    ]).split("\n");
    assert.match(arrow, /├─ 調べる ─+▶│/);
    assert.equal(columnsOf(header.split("writer")[0] ?? ""), columnsOf(arrow.split(/│/)[0] ?? ""));
  });
  test("colour adds nothing but colour: a failure is said in words", () => {
    const painted = drawSequence(all, 100, (tone, text) => `<${tone}>${text}</>`);
    assert.equal(painted.replaceAll(/<\/?\w*>/g, ""), drawSequence(all, 100));
    assert.match(painted, /<bad>failed<\/>/);
    assert.match(painted, /<bad>✖ failed: no ink<\/>/);
  });
});
