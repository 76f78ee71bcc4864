/** What is heard of processes and owners, in whatever order it comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { memberKey, MARKS, Roll, seatKey, toText, turnOf, type Entry } from "./roll.ts";

const said = (key: string, text: string, revision: number, operation: Entry["operation"] = "PUT"): Entry => ({
  ...{ key, operation, revision },
  value: new TextEncoder().encode(text),
});
const everybody = (): boolean => true;

test("a process has been there since it came, and is not when it says so", () => {
  const roll = new Roll();
  roll.hear(said(memberKey("a"), "[[1,0,7]]", 1), 100);
  roll.hear(said(memberKey("a"), "[[1,0,9]]", 2), 200);
  assert.deepEqual([...roll.members(({ seen }) => seen === 200)], [["a", 100]]);
  assert.equal(roll.marks.of(1).place, 9);
  roll.hear(said(memberKey("a"), "", 3, "DEL"), 300);
  roll.hear(said(MARKS, "[[1,0,12]]", 4), 300);
  assert.deepEqual([[...roll.members(everybody)], roll.marks.of(1).place], [[], 12]);
});

test("of what was said of a seat the newest counts, also where nobody sits there", () => {
  const roll = new Roll();
  const seat = (process: string): string => JSON.stringify({ process, name: `${process}-1` });
  roll.hear(said(seatKey(3), seat("b"), 8), 0);
  roll.hear(said(seatKey(3), seat("a"), 7), 0);
  assert.deepEqual([roll.seat(3)?.process, roll.revision(3)], ["b", 8]);
  roll.hear(said(seatKey(3), "null", 9), 0);
  assert.deepEqual([roll.seat(3), roll.revision(3), roll.revision(4)], [undefined, 9, 0]);
  roll.sit(3, { seat: { process: "c", name: "c-1" }, epoch: 0 }, 6);
  assert.equal(roll.seat(3)?.name, "c-1", "what the leader says counts whatever was heard");
});

test("how many owners there were is remembered, whoever is one, and whatever is said late or deleted", () => {
  const roll = new Roll();
  const seat = { process: "a", name: "a-1" };
  const turn = (epoch: number, who = true): string => toText({ epoch, seat: who ? seat : undefined });
  const heard = (text: string, revision: number, operation?: Entry["operation"]): readonly unknown[] => {
    roll.hear(said(seatKey(0), text, revision, operation), 0);
    return [roll.seat(0)?.name, roll.epoch(0)];
  };
  assert.equal(roll.epoch(0), 0);
  assert.deepEqual(heard(turn(3), 1), ["a-1", 3]);
  assert.deepEqual(heard(turn(3, false), 2), [undefined, 3]);
  assert.deepEqual(heard(turn(1), 3), ["a-1", 3]);
  assert.deepEqual(heard("", 4, "DEL"), [undefined, 3]);
  for (const text of ["null", JSON.stringify(seat)])
    assert.equal(
      turnOf(new TextEncoder().encode(text)).epoch,
      0,
      "as it was written before there were epochs",
    );
});
