/** What the judge excuses, and what beside it it does not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { tape, type Tape } from "../history/tape.test.kit.ts";
import { faults, type Class } from "../history/verdict.ts";
import { judge } from "./judge.ts";

const E = 2 ** 32;
const expired = { kind: "lease-expired", id: "a", mailbox: "box", attempt: 1 } as const;
type Case = readonly [what: string, history: Tape, counts: Partial<Record<Class, number>>];

const task = (): Tape =>
  tape()
    .task("a")
    .done("a", E + 1);
const ended = (history: Tape): Tape => history.told("a");

const good: readonly Case[] = [
  [
    "handed out again by a new owner",
    tape()
      .sent("a")
      .handled("a", E + 1)
      .done("a", 2 * E + 1),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "a claim of the old owner is seen after the new one's, also when that one is acked",
    tape()
      .sent("a")
      .done("a", 2 * E + 1)
      .handled("a", E + 1)
      .acked("a", E + 1, { phases: ["invoke", "fail"] }),
    { OK: 1 },
  ],
  [
    "a new owner does not know of an attempt whose lease ran out at the old one",
    tape()
      .sent("a")
      .note(expired)
      .handled("a", E + 1, { attempt: 2 })
      .handled("a", 2 * E + 1)
      .acked("a", 2 * E + 1),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "a claim is seen after its lease",
    tape()
      .sent("a")
      .note(expired)
      .handled("a", E + 1)
      .handled("a", E + 2, { attempt: 2 })
      .acked("a", E + 2),
    { OK: 1, DUPLICATE_EXPLAINED: 1 },
  ],
  [
    "a claim is seen after its lease, and after the next one's",
    tape()
      .sent("a")
      .note(expired)
      .handled("a", E + 2, { attempt: 2 })
      .handled("a", E + 1)
      .acked("a", E + 2),
    { OK: 1 },
  ],
  [
    "those who compete overtake one another",
    tape().sent("a", { lane: "s by line" }).sent("b", { lane: "s by line" }).done("b", 1).done("a", 2),
    { OK: 2 },
  ],
  [
    "parts of a delivery that is over come behind those of the next one",
    ended(task().parts("a", "1 2.1", "2 1.1", "3 2.2").log("a", "2.1", "1.1", "2.2", "done")),
    { OK: 1 },
  ],
  ["parts that were never confirmed", ended(task().log("a", "1.1", "1.2", "done")), { OK: 1 }],
  [
    "an attempt begins anew behind parts that were never confirmed",
    ended(task().parts("a", "3 1.1", "4 1.2").log("a", "1.1", "1.2", "1.1", "1.2", "done")),
    { OK: 1 },
  ],
];
const bad: readonly Case[] = [
  [
    "an attempt begins anew behind a part that was confirmed",
    ended(task().parts("a", "1 1.1", "3 1.1").log("a", "1.1", "1.2", "1.1", "done")),
    { BROKEN_PARTS: 1 },
  ],
  [
    "a gap in the parts beside late ones",
    ended(task().log("a", "2.1", "1.1", "2.3", "done")),
    { BROKEN_PARTS: 1 },
  ],
  [
    "a confirmed part that is not there, beside late ones",
    ended(task().parts("a", "1 2.1", "2 1.1", "4 2.2").log("a", "2.1", "1.1", "2.2", "done")),
    { BROKEN_PARTS: 1 },
  ],
  [
    "handed out again by the same owner",
    tape()
      .sent("a")
      .handled("a", E + 1)
      .done("a", E + 2),
    { LEASE_OVERLAP: 1 },
  ],
  [
    "acked at the old owner, and handed out by the new one",
    tape()
      .sent("a")
      .done("a", E + 1)
      .done("a", 2 * E + 1),
    { ACKED_THEN_REDELIVERED: 1 },
  ],
  [
    "an older claim of the same owner, and no reason for the newer one",
    tape()
      .sent("a")
      .handled("a", E + 2)
      .done("a", E + 1),
    { LEASE_OVERLAP: 1 },
  ],
  [
    "the ack of an old owner's claim is accepted",
    tape()
      .sent("a")
      .handled("a", 2 * E + 1)
      .handled("a", E + 1)
      .acked("a", E + 1)
      .acked("a", 2 * E + 1),
    { STALE_ACK_ACCEPTED: 1 },
  ],
  [
    "overtaken in a key",
    tape().sent("a", { lane: "s by k#a" }).sent("b", { lane: "s by k#a" }).done("b", 1).done("a", 2),
    { REORDERED: 1 },
  ],
  [
    "another claim after that of an expired lease",
    tape()
      .sent("a")
      .note(expired)
      .handled("a", E + 1)
      .handled("a", E + 2, { attempt: 2 })
      .handled("a", E + 3, { attempt: 2 })
      .acked("a", E + 3),
    { LEASE_OVERLAP: 1 },
  ],
  [
    "gone between two owners",
    tape()
      .sent("a")
      .handled("a", E + 1),
    { LOST_SUFFIX: 1 },
  ],
];

describe("the judge", () => {
  for (const [what, { events }, counts] of good)
    test(`excuses: ${what}`, () => {
      const verdict = judge(events);
      assert.deepEqual(verdict.findings, []);
      for (const [name, count] of Object.entries(counts))
        assert.equal(verdict.counts[name as Class], count, name);
    });
  for (const [what, { events }, counts] of bad)
    test(`finds: ${what}`, () => {
      const verdict = judge(events);
      const found = faults
        .filter((name) => verdict.counts[name] > 0)
        .map((name) => [name, verdict.counts[name]]);
      assert.deepEqual(Object.fromEntries(found), counts);
    });
});
