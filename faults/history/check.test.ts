/** The checker against histories made by hand: a bad one of each class, and beside it the good one that looks most like it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { check } from "./check.ts";
import { tape, type Tape } from "./tape.test.kit.ts";
import { faults, type Class } from "./verdict.ts";

type GoodCase = readonly [what: string, history: Tape, counts: Partial<Record<Class, number>>];
type Case = readonly [what: string, history: Tape, found: Partial<Record<Class, number>>];

const sent = (...ids: readonly string[]): Tape => {
  const made = tape();
  for (const id of ids) made.sent(id);
  return made;
};

const cases: readonly Case[] = [
  [
    "a dead letter that the store does not list",
    sent("a").ended("dead-lettered", "a").note({ kind: "graves", letters: [] }),
    { LOST_SUFFIX: 1 },
  ],
  [
    "acked, and listed as dead",
    sent("a")
      .done("a", 1)
      .note({ kind: "graves", letters: [{ id: "a", mailbox: "box" }] }),
    { PHANTOM_DEAD_LETTER: 1 },
  ],
  ["the first of three is gone", sent("a", "b", "c").done("b", 1).done("c", 2), { LOST_PREFIX: 1 }],
  ["the middle one is gone", sent("a", "b", "c").done("a", 1).done("c", 2), { LOST_MIDDLE: 1 }],
  ["the last two are gone", sent("a", "b", "c").done("a", 1), { LOST_SUFFIX: 2 }],
  ["all are gone", sent("a", "b"), { LOST_SUFFIX: 2 }],
  ["handed out, never acked, gone after a crash", sent("a").handled("a", 1).restarted(), { LOST_SUFFIX: 1 }],
  [
    "one of two mailboxes never got it",
    tape()
      .sent("a", { to: ["box", "other"] })
      .done("a", 1),
    { LOST_SUFFIX: 1 },
  ],
  [
    "unconfirmed, handed out, gone",
    tape()
      .sent("a", { phases: ["invoke"] })
      .handled("a", 1),
    { LOST_SUFFIX: 1 },
  ],
  ["never sent", tape().done("a", 1), { UNEXPECTED: 1 }],
  [
    "refused, and yet handled",
    tape()
      .sent("a", { phases: ["invoke", "fail"] })
      .done("a", 1),
    { UNEXPECTED: 1 },
  ],
  [
    "in a mailbox it was not for",
    sent("a").done("a", 1).done("a", 2, { mailbox: "other" }),
    { UNEXPECTED: 1 },
  ],
  [
    "out again while the ack is under way",
    sent("a")
      .handled("a", 1)
      .acked("a", 1, { phases: ["invoke"] })
      .done("a", 2),
    { DUPLICATE_UNEXPLAINED: 1 },
  ],
  [
    "an at-most-once one comes again after a crash",
    tape().sent("a", { volatile: true }).handled("a", 1).restarted().done("a", 2),
    { DUPLICATE_UNEXPLAINED: 1 },
  ],
  [
    "acked, and back after a crash",
    sent("a").done("a", 1).restarted().done("a", 2),
    { ACKED_THEN_REDELIVERED: 1 },
  ],
  ["twice in a state", sent("a").done("a", 1, { key: "k" }).read("k", ["a", "a"]), { DOUBLE_EFFECT: 1 }],
  [
    "one output as two messages",
    sent("a")
      .done("a", 1)
      .sent("o", { cause: { id: "a", mailbox: "box" } })
      .handled("o", 2, { message: "x" })
      .acked("o", 2)
      .restarted()
      .handled("o", 3, { message: "y" })
      .acked("o", 3),
    { DOUBLE_EFFECT: 1, ACKED_THEN_REDELIVERED: 1 },
  ],
  ["acked, and not in the state", sent("a").done("a", 1, { key: "k" }).read("k", []), { HALF_EFFECT: 1 }],
  [
    "in the state, and out again",
    sent("a")
      .handled("a", 1)
      .acked("a", 1, { key: "k", phases: ["invoke"] })
      .restarted()
      .read("k", ["a"])
      .done("a", 2, { key: "k" }),
    { HALF_EFFECT: 1 },
  ],
  [
    "in the state, and a dead letter",
    sent("a")
      .handled("a", 1)
      .acked("a", 1, { key: "k", phases: ["invoke"] })
      .restarted()
      .ended("dead-lettered", "a")
      .read("k", ["a"]),
    { HALF_EFFECT: 1 },
  ],
  [
    "an output is seen, and its cause runs again",
    sent("a")
      .handled("a", 1)
      .sent("o", { cause: { id: "a", mailbox: "box" }, phases: ["invoke"] })
      .done("o", 2)
      .restarted()
      .done("a", 3),
    { HALF_EFFECT: 1 },
  ],
  [
    "a state holds what was never handled",
    sent("a").done("a", 1, { key: "k" }).read("k", ["a", "z"]),
    { UNEXPECTED: 1 },
  ],
  [
    "two readings, neither the beginning of the other",
    sent("a", "b")
      .done("a", 1, { key: "k" })
      .done("b", 2, { key: "k" })
      .read("k", ["b"])
      .read("k", ["a", "b"]),
    { FORKED_STATE: 1, HALF_EFFECT: 0 },
  ],
  ["the second before the first", sent("a", "b").done("b", 1).done("a", 2), { REORDERED: 1 }],
  [
    "the second before the first after a crash",
    sent("a", "b").handled("a", 1).restarted().done("b", 2).done("a", 3),
    { REORDERED: 1 },
  ],
  [
    "the ack of an old claim is taken",
    sent("a")
      .handled("a", 1)
      .note({ kind: "lease-expired", id: "a", mailbox: "box" })
      .handled("a", 2)
      .acked("a", 1),
    { STALE_ACK_ACCEPTED: 1 },
  ],
  ["an ack of what nobody got", sent("a").acked("a", 1), { STALE_ACK_ACCEPTED: 1 }],
  [
    "an answer that nobody asked for",
    tape().note({ kind: "reply", id: "q", message: "r" }),
    { GHOST_REPLY: 1 },
  ],
  [
    "two answers",
    tape()
      .note({ kind: "call", phase: "invoke", id: "q" })
      .note({ kind: "reply", id: "q", message: "r" })
      .note({ kind: "reply", id: "q", message: "s" }),
    { GHOST_REPLY: 1 },
  ],
  ["waits while the consumer is idle", late(sent("a")).idle("a"), { STUCK: 1 }],
  ["a dead letter of what was never sent", tape().ended("dead-lettered", "a"), { PHANTOM_DEAD_LETTER: 1 }],
  [
    "a dead letter of what was acked",
    sent("a").done("a", 1).ended("dead-lettered", "a"),
    { PHANTOM_DEAD_LETTER: 1 },
  ],
  [
    "a dead letter that is handed out",
    sent("a").ended("dead-lettered", "a").done("a", 1),
    { PHANTOM_DEAD_LETTER: 1 },
  ],
  ["two holders", sent("a").handled("a", 1).handled("a", 2).acked("a", 2), { LEASE_OVERLAP: 1 }],
  [
    "a second holder within the lease",
    sent("a").handled("a", 1, { until: 100 }).done("a", 2),
    { LEASE_OVERLAP: 1 },
  ],
  [
    "a second holder within the lease that was extended",
    sent("a")
      .handled("a", 1, { until: 4 })
      .note({ kind: "extended", id: "a", mailbox: "box", token: 1, until: 100 })
      .done("a", 2),
    { LEASE_OVERLAP: 1 },
  ],
  [
    "one claim handed out twice, of which one ack is refused",
    sent("a")
      .handled("a", 1)
      .handled("a", 1)
      .acked("a", 1, { phases: ["invoke", "fail"] })
      .acked("a", 1),
    { LEASE_OVERLAP: 1 },
  ],
  [
    "another process died than the one that holds it",
    other(sent("a").handled("a", 1)).done("a", 2),
    { LEASE_OVERLAP: 1 },
  ],
];

/** A task that is handled, and ends. */
const task = (): Tape => tape().task("a").run("a").done("a", 1);

const badTasks: readonly Case[] = [
  ["a part is missing", task().told("a").log("a", "1.1", "1.3", "done"), { BROKEN_PARTS: 1 }],
  ["two parts change places", task().told("a").log("a", "1.2", "1.1", "done"), { BROKEN_PARTS: 1 }],
  ["a part comes twice", task().told("a").log("a", "1.1", "1.1", "done"), { BROKEN_PARTS: 1 }],
  ["parts of an attempt do not begin", task().told("a").log("a", "1.1", "2.2", "done"), { BROKEN_PARTS: 1 }],
  ["an old attempt goes on", task().told("a").log("a", "1.1", "2.1", "1.2", "done"), { BROKEN_PARTS: 1 }],
  [
    "a part that was confirmed is gone after a crash",
    tape()
      .task("a")
      .handled("a", 1)
      .parts("a", "1 1.1", "2 1.2")
      .restarted()
      .done("a", 2)
      .told("a")
      .log("a", "1.1", "done"),
    { BROKEN_PARTS: 1 },
  ],
  [
    "a part that was confirmed is at another number",
    task().parts("a", "1 1.1").told("a").log("a", "other", "1.1", "done"),
    { BROKEN_PARTS: 1 },
  ],
  ["acked, and without an end", task().log("a", "1.1"), { WRONG_END: 1 }],
  ["acked, and without a log", task().note({ kind: "logs", logs: [] }), { WRONG_END: 1 }],
  ["done twice", task().told("a").log("a", "done", "done"), { WRONG_END: 1 }],
  ["cancelled, and done after it", task().told("a").log("a", "cancelled", "done"), { WRONG_END: 1 }],
  ["acked, and failed", task().told("a", "failed").log("a", "failed"), { WRONG_END: 1 }],
  [
    "a dead letter, and done",
    tape().task("a").handled("a", 1).ended("dead-lettered", "a").told("a").log("a", "done"),
    { WRONG_END: 1 },
  ],
  ["nobody is told", task().log("a", "done"), { WRONG_NOTICE: 1 }],
  ["somebody is told twice", task().told("a").told("a", "done", "x").log("a", "done"), { WRONG_NOTICE: 1 }],
  ["somebody is told something else", task().told("a", "cancelled").log("a", "done"), { WRONG_NOTICE: 1 }],
  [
    "it runs after it was cancelled before its start",
    tape().task("a").cancelled("a", "cancelled-before-start").run("a").done("a", 1),
    { CANCELLED_THEN_RUN: 1 },
  ],
  [
    "it runs again in the next life after it was told to stop",
    tape().task("a").run("a").handled("a", 1).cancelled("a", "signalled").restarted().run("a").done("a", 2),
    { CANCELLED_THEN_RUN: 1 },
  ],
];

const goodTasks: readonly GoodCase[] = [
  ["a task in two attempts", task().parts("a", "1 1.1").told("a").log("a", "1.1", "2.1", "2.2", "done"), {}],
  ["an attempt without parts lies between", task().told("a").log("a", "1.1", "3.1", "done"), {}],
  [
    "progress between parts",
    task().parts("a", "3 1.2").told("a").log("a", "1.1", "other", "1.2", "done"),
    {},
  ],
  [
    "the same word comes again after a crash",
    task().told("a").restarted().told("a").log("a", "done"),
    { OK: 1 },
  ],
  [
    "a task that failed",
    tape().task("a").handled("a", 1).ended("dead-lettered", "a").told("a", "failed").log("a", "failed"),
    { OK: 1 },
  ],
  [
    "cancelled before its time, and again when it came",
    task().cancelled("a", "cancelled-before-start").told("a", "cancelled").log("a", "cancelled", "cancelled"),
    {},
  ],
  ["it goes on for a while after it was told to stop", task().cancelled("a", "signalled").run("a"), {}],
  ["it is done before anybody stops it", task().cancelled("a", "signalled").told("a").log("a", "done"), {}],
  ["nobody has looked at the logs", task(), { OK: 1 }],
];

const good: readonly GoodCase[] = [
  [
    "a dead letter that nobody was told of",
    sent("a")
      .handled("a", 1)
      .restarted()
      .note({ kind: "graves", letters: [{ id: "a", mailbox: "box" }] }),
    { OK: 1 },
  ],
  ["all are handled", sent("a", "b").done("a", 1).done("b", 2), { OK: 2 }],
  [
    "both mailboxes got it",
    tape()
      .sent("a", { to: ["box", "other"] })
      .done("a", 1)
      .done("a", 2, { mailbox: "other" }),
    { OK: 2 },
  ],
  [
    "expired and purged ones are not lost",
    sent("a", "b").ended("expired", "a").ended("purged", "b"),
    { OK: 2 },
  ],
  [
    "a crash came between the ack and its answer",
    sent("a")
      .handled("a", 1)
      .acked("a", 1, { phases: ["invoke"] })
      .restarted(),
    { OK: 1 },
  ],
  [
    "unconfirmed and gone",
    tape()
      .sent("a", { phases: ["invoke"] })
      .restarted(),
    { OK: 0 },
  ],
  [
    "unconfirmed and handled",
    tape()
      .sent("a", { phases: ["invoke"] })
      .restarted()
      .done("a", 1),
    { OK: 0, RECOVERED: 1 },
  ],
  [
    "refused once, confirmed under the same id later",
    tape()
      .sent("a", { phases: ["invoke", "fail", "invoke", "ok"] })
      .done("a", 1),
    { OK: 1 },
  ],
  ["an at-most-once one is gone", tape().sent("a", { volatile: true }).restarted(), { OK: 0 }],
  [
    "again after a crash",
    sent("a").handled("a", 1).restarted().done("a", 2),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "again after it was given back",
    sent("a").handled("a", 1).returned("a", 1).done("a", 2),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "again before the answer that it was given back",
    sent("a")
      .handled("a", 1)
      .returned("a", 1, ["invoke"])
      .handled("a", 2)
      .note({ kind: "returned", phase: "ok", id: "a", mailbox: "box", token: 1 })
      .acked("a", 2),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "again after its lease",
    sent("a").handled("a", 1, { until: 3.5 }).done("a", 2),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "again since the ack was undone, said later",
    sent("a")
      .handled("a", 1)
      .acked("a", 1, { phases: ["invoke"] })
      .handled("a", 2)
      .acked("a", 1, { phases: ["fail"] })
      .acked("a", 2),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "the old claim's ack is refused",
    sent("a")
      .handled("a", 1)
      .returned("a", 1)
      .handled("a", 2)
      .acked("a", 1, { phases: ["invoke", "fail"] })
      .acked("a", 2),
    { OK: 1 },
  ],
  [
    "an ack that was on its way when the lease ended",
    sent("a")
      .handled("a", 1)
      .acked("a", 1, { phases: ["invoke"] })
      .note({ kind: "lease-expired", id: "a", mailbox: "box" })
      .handled("a", 2)
      .acked("a", 1, { phases: ["ok"] }),
    { OK: 1 },
  ],
  [
    "a dead letter comes back by hand",
    sent("a").ended("dead-lettered", "a").note({ kind: "redriven", id: "a", mailbox: "box" }).done("a", 1),
    { OK: 1 },
  ],
  [
    "a retry is overtaken",
    sent("a", "b").handled("a", 1).returned("a", 1).done("b", 2).done("a", 3),
    { OK: 2 },
  ],
  [
    "two senders have no order",
    tape().sent("a", { sender: "s" }).sent("b", { sender: "t" }).done("b", 1).done("a", 2),
    { OK: 2 },
  ],
  [
    "what died with a claim that was not committed is in no state",
    sent("a")
      .handled("a", 1)
      .read("k", ["a"], { id: "a", token: 1 })
      .acked("a", 1, { key: "k", phases: ["invoke"] })
      .restarted()
      .done("a", 2, { key: "k" })
      .read("k", ["a"]),
    { OK: 1 },
  ],
  [
    "readings that grow",
    sent("a", "b")
      .done("a", 1, { key: "k" })
      .read("k", ["a"])
      .done("b", 2, { key: "k" })
      .read("k", ["a", "b"]),
    { OK: 2 },
  ],
  [
    "an answer that comes again after a crash",
    tape()
      .note({ kind: "call", phase: "invoke", id: "q" })
      .note({ kind: "reply", id: "q", message: "r" })
      .restarted()
      .note({ kind: "reply", id: "q", message: "r" }),
    {},
  ],
  ["it waits, but not for long", sent("a").idle("a").done("a", 1), { OK: 1 }],
  ["it waits since the restart only", late(sent("a")).restarted().idle("a").done("a", 1), { OK: 1 }],
];

/** Two seconds later. */
function late(history: Tape): Tape {
  history.time += 2000;
  return history;
}

/** A crash of somebody else. */
function other(history: Tape): Tape {
  history.process = "q";
  history.restarted();
  history.process = "p";
  return history;
}

describe("a fault is found and named:", () => {
  for (const [what, history, found] of [...cases, ...badTasks])
    test(what, () => {
      const expected = Object.entries(found).filter(([, count]) => count > 0);
      assert.deepEqual(history.faults, Object.fromEntries(expected));
    });
  test("each class has a history that shows it", () => {
    const shown = new Set([...cases, ...badTasks].flatMap(([, , found]) => Object.keys(found)));
    assert.deepEqual(
      faults.filter((name) => !shown.has(name)),
      [],
    );
  });
});

describe("no fault is found where", () => {
  for (const [what, history, counts] of [...good, ...goodTasks])
    test(what, () => {
      const verdict = check(history.events);
      assert.deepEqual(verdict.findings, []);
      assert.equal(verdict.faulty, false);
      for (const [name, count] of Object.entries(counts))
        assert.equal(verdict.counts[name as Class], count, name);
    });
});
