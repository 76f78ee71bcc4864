/** What is said in one turn goes out together; what can wait goes with it, or soon by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Piggyback } from "./piggyback.ts";

/** A road, the turns that its clock still owes, and what ends this one. */
function laid() {
  const said: string[] = [];
  const [turns, ends]: [(() => void)[], (() => void)[]] = [[], []];
  const road = new Piggyback({
    publish: (_, text) => void said.push(text),
    last: (run) => void ends.push(run),
    clock: { pause: (run) => void turns.push(run) },
  });
  const wait = (text: string): void => road.wait(() => road.publish("down", text));
  const end = (): void => ends.splice(0).forEach((run) => run());
  const turn = (): void => (turns.splice(0).forEach((run) => run()), end());
  return { said, turns, road, wait, end, turn };
}

test("all that is said in one turn goes out at its end, in its order, with what waits, and once", () => {
  const { said, turns, road, wait, end, turn } = laid();
  wait("a");
  wait("b");
  turn();
  road.publish("up", "c");
  road.publish("up", "d");
  assert.equal(said.length, 0);
  end();
  assert.deepEqual(said.toSorted(), ["a", "b", "c", "d"]);
  assert.ok(said.indexOf("a") < said.indexOf("b") && said.indexOf("c") < said.indexOf("d"));
  while (turns.length > 0) turn();
  assert.equal(said.length, 4);
});

test("what nothing follows goes out after three turns, also what came meanwhile, and nothing turns then", () => {
  const { said, turns, wait, turn } = laid();
  for (const round of [1, 2]) {
    wait(`a${round}`);
    turn();
    wait(`b${round}`);
    turn();
    assert.equal(said.length, 2 * round - 2);
    turn();
    assert.deepEqual(said.slice(-2), [`a${round}`, `b${round}`]);
    assert.equal(turns.length, 0);
  }
});

test("all goes out at once where it is asked for", () => {
  const { said, road, wait, end } = laid();
  wait("a");
  road.publish("up", "b");
  road.flush();
  assert.deepEqual(said.toSorted(), ["a", "b"]);
  end();
  assert.equal(said.length, 2);
});
