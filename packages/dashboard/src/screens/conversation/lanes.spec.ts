/** Lanes: their order, their groups, and what of a conversation is shown between them. */
import { expect, test } from "vitest";
import { endsOf, eventsIn } from "./drawn.ts";
import {
  diagramOf,
  groupOf,
  groupsIn,
  lanesOf,
  namesIn,
  rowAt,
  rowOf,
  stepFrom,
  type Choice,
  type Row,
} from "./lanes.ts";
import { attempt, sample, START } from "./sample.ts";

const all: Choice = { hidesReplies: false, focus: undefined, folded: new Set() };
const call = { verb: "call", type: "request", replyTo: "~desk" };
const reply = { verb: "reply", type: "response", to: "~desk" };

const talk = [
  sample({ id: "1", ...call, from: "~desk", to: "team/writer", operation: "write" }),
  sample({ id: "2", at: 1, ...call, from: "team/writer", to: "team/critic", operation: "review" }),
  sample({
    ...{ id: "3", at: 2, from: "team/critic", to: "archive", operation: "keep" },
    attempts: [attempt(1, [3, 4], "retried", "it is full"), attempt(2, [8, 9], "acked")],
  }),
  sample({ id: "4", at: 10, ...reply, from: "team/critic", inReplyTo: "2", operation: "review" }),
  sample({ id: "5", at: 12, ...reply, from: "team/writer", inReplyTo: "1", operation: "write" }),
];
const events = eventsIn(talk);

const told = (choice: Partial<Choice> = {}) => {
  const { lanes, rows } = diagramOf(events, { ...all, ...choice });
  return rows.map((row) =>
    row.kind === "arrow"
      ? `${lanes[row.from]?.key} > ${lanes[row.to]?.key} ${row.event.operation}`
      : `${lanes[row.lane]?.key}: ${row.event.text}`,
  );
};

test("each message is an arrow, replies go back to who asked, and marks stand where they happened", () =>
  expect(told()).toEqual([
    "system > team/writer write",
    "team/writer > team/critic review",
    "team/critic > archive keep",
    "archive: ✖ attempt 1 failed: it is full",
    "archive: ✔ attempt 2 ok",
    "team/critic > team/writer review",
    "team/writer > system write",
  ]));

test("replies are hidden, but for those that are errors", () => {
  expect(told({ hidesReplies: true })).not.toContain("team/writer > system write");
  const [asked] = talk as [(typeof talk)[0]];
  const failed = sample({ id: "9", at: 1, ...reply, type: "error", from: "team/writer", inReplyTo: "1" });
  const { rows } = diagramOf(eventsIn([asked, failed]), { ...all, hidesReplies: true });
  expect(rows.filter(({ kind }) => kind === "arrow")).toHaveLength(2);
});

test("of one agent only what it says and gets is shown, with what became of that", () =>
  expect(told({ focus: "archive" })).toEqual([
    "team/critic > archive keep",
    "archive: ✖ attempt 1 failed: it is full",
    "archive: ✔ attempt 2 ok",
  ]));

test("a folded group is one lane; what goes on inside is left out", () =>
  expect(told({ folded: new Set(["team"]) })).toEqual([
    "system > team … write",
    "team … > archive keep",
    "archive: ✖ attempt 1 failed: it is full",
    "archive: ✔ attempt 2 ok",
    "team … > system write",
  ]));

test("a failure inside a folded group is still told", () => {
  const inside = sample({
    ...{ id: "1", from: "team/a", to: "team/b", state: "dead" },
    attempts: [attempt(1, [1, 2], "dead", "no ink")],
  });
  const { rows } = diagramOf(eventsIn([inside]), { ...all, folded: new Set(["team"]) });
  expect(rows.map(({ kind }) => kind)).toEqual(["mark"]);
});

test("agents are of a group by the beginning of their name, two and more", () => {
  expect(["team/writer", "team.critic", "team#1", "writer", "/x", "x/"].map(groupOf)).toEqual([
    ...["team", "team", "team", undefined, undefined, undefined],
  ]);
  expect([...groupsIn(["a/1", "b/1", "a/2", "c"])]).toEqual([["a", ["a/1", "a/2"]]]);
  expect([...groupsIn(["pool", "pool/1"])]).toEqual([["pool", ["pool", "pool/1"]]]);
});

test("the agents of a group stand side by side, where the first of them appears", () => {
  const keys = (folded: string[]) => lanesOf(["x", "a/1", "y", "a/2"], new Set(folded)).map(({ key }) => key);
  expect(keys([])).toEqual(["x", "a/1", "a/2", "y"]);
  expect(keys(["a"])).toEqual(["x", "a …", "y"]);
});

test("a copy of what was published goes to the mailbox that got it", () => {
  const published = sample({ id: "1", verb: "publish", topic: "tide.high", mailbox: "harbour" });
  expect(namesIn(eventsIn([published]))).toEqual(["a", "harbour"]);
});

test("one steps from message to message, over marks and over copies of the same one", () => {
  const { rows } = diagramOf(events, all);
  expect(stepFrom(rows, undefined, 1)).toBe("1");
  expect(stepFrom(rows, "3", 1)).toBe("4");
  expect(stepFrom(rows, "4", -1)).toBe("3");
  expect(stepFrom(rows, "5", 1)).toBeUndefined();
  expect(rowOf(rows, "4")).toBe(5);
  expect(rowOf(rows, "none")).toBe(-1);
});

test("in a replay a message runs until it has ended", () => {
  const { rows } = diagramOf(events, all);
  const ends = endsOf(talk);
  const keep = rows[2] as Row;
  expect(rowAt(keep, START + 5, ends).event).toMatchObject({ outcome: "running", tone: "warn" });
  expect(rowAt(keep, START + 9, ends)).toBe(keep);
  expect(endsOf([sample({ id: "1", state: "waiting" })]).get("1")).toBe(Infinity);
});

test("20,000 messages that all failed are laid out whole", () => {
  const many = Array.from({ length: 20_000 }, (_, at) =>
    sample({
      ...{ id: String(at), at: at % 7, to: `agent-${at % 9}`, state: "dead" },
      attempts: [attempt(1, [9, 10], "dead", "no")],
    }),
  );
  const { rows, lanes } = diagramOf(eventsIn(many), all);
  expect([rows.length, lanes.length]).toEqual([40_000, 10]);
});
