/** What is said in one turn goes out together; what can wait goes with it, or soon by itself. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Piggyback } from "./piggyback.ts";

/** A road, the times that its clock still waits for, and what ends this turn. */
function laid() {
  const said: string[] = [];
  const [times, ends]: [(() => void)[], (() => void)[]] = [[], []];
  const road = new Piggyback<string>({
    say: (all) => void said.push(...all),
    last: (run) => void ends.push(run),
    clock: {
      after: (ms, run) => {
        assert.equal(ms, 5);
        times.push(run);
        return () => void times.splice(times.indexOf(run), 1);
      },
    },
  });
  const wait = (text: string): void => road.wait(() => road.publish(text));
  const end = (): void => ends.splice(0).forEach((run) => run());
  const pass = (): void => ([...times].forEach((run) => run()), end());
  return { said, times, road, wait, end, pass };
}

test("all that is said in one turn goes out at its end, in its order, with what waits, and once", () => {
  const { said, times, road, wait, end } = laid();
  wait("a");
  wait("b");
  end();
  road.publish("c");
  road.publish("d");
  assert.equal(said.length, 0);
  end();
  assert.deepEqual(said.toSorted(), ["a", "b", "c", "d"]);
  assert.ok(said.indexOf("a") < said.indexOf("b") && said.indexOf("c") < said.indexOf("d"));
  assert.equal(times.length, 0);
});

test("what nothing follows goes out after five milliseconds, also what came meanwhile, and nothing waits then", () => {
  const { said, times, wait, end, pass } = laid();
  for (const round of [1, 2]) {
    wait(`a${round}`);
    end();
    wait(`b${round}`);
    end();
    assert.deepEqual([said.length, times.length], [2 * round - 2, 1]);
    pass();
    assert.deepEqual(said.slice(-2), [`a${round}`, `b${round}`]);
    assert.equal(times.length, 0);
  }
});

test("all goes out at once where it is asked for", () => {
  const { said, road, wait, end } = laid();
  wait("a");
  road.publish("b");
  road.flush();
  assert.deepEqual(said.toSorted(), ["a", "b"]);
  end();
  assert.equal(said.length, 2);
});
