/** Ahead: a generator that waits for its readers, where its task asks for that. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Part, type Task } from "hermod";
import { caught, type On } from "./stage.ts";

/** Counts what it has made; how many parts comes with the task. */
function counter(made: { count: number }) {
  return agent("counter", {
    on: {
      task: async function* (parts) {
        for (let number = 1; number <= (parts as number); number++) {
          made.count++;
          yield number;
        }
        return "done";
      },
    },
  });
}

/** The next so many parts. */
async function take(parts: AsyncIterator<Part>, count: number): Promise<unknown[]> {
  const values: unknown[] = [];
  while (values.length < count) values.push((await parts.next()).value?.value);
  return values;
}

export function aheadSuite(name: string, on: On): void {
  test(`${name}: a generator goes no further ahead of its readers than its task allows`, async () => {
    const made = { count: 0 };
    await using stage = await on({ agents: [counter(made)] });
    const { system, clock } = stage;
    const task = await system.task("counter", "", 20, { ahead: 4 });
    await clock.settle();
    assert.equal(made.count, 5, "four are kept, and one is held in hand");
    const parts = task.parts();
    assert.deepEqual(await take(parts, 9), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await clock.settle();
    assert.equal(made.count, 13, "eight are read and done with");
    assert.deepEqual((await Array.fromAsync(parts)).length, 11);
    assert.equal(await task.result(), "done");
  });

  test(`${name}: of several readers the one that is furthest counts, and one that goes on after another frees the generator`, async () => {
    const made = { count: 0 };
    await using stage = await on({ agents: [counter(made)] });
    const { system, clock } = stage;
    const { id } = await system.task("counter", "", 12, { ahead: 2 });
    const handle = (): Task => system.taskById("counter", id);
    const [slow, fast] = [handle().parts(), handle().parts()];
    await take(slow, 1);
    await take(fast, 4);
    await clock.settle();
    assert.equal(made.count, 6);
    await fast.return?.();
    const rest = await Array.fromAsync(handle().parts({ after: 4 }));
    assert.deepEqual(
      rest.map(({ value }) => value),
      [5, 6, 7, 8, 9, 10, 11, 12],
    );
    assert.deepEqual(await take(slow, 2), [2, 3]);
  });

  test(`${name}: one that waits for readers is ended by its deadline and by a cancel, and one part ahead is enough to go on`, async () => {
    const made = { count: 0 };
    await using stage = await on({ agents: [counter(made)] });
    const { system, clock } = stage;
    const late = await system.task("counter", "", 9, { ahead: 1, timeout: "1m" });
    await clock.settle();
    const ended = caught(late.result({ timeout: "2m" }));
    await clock.advance("61s");
    assert.equal((await ended).code, "HERMOD_FAILED");
    const unwanted = await system.task("counter", "", 9, { ahead: 1 });
    await clock.settle();
    assert.equal(await unwanted.cancel(), "signalled");
    assert.equal((await caught(unwanted.result())).code, "HERMOD_CANCELLED");
    const read = await system.task("counter", "", 9, { ahead: 1 });
    assert.equal((await Array.fromAsync(read.parts())).length, 9);
  });

  test(`${name}: without it a generator waits for nobody; what is no whole number from 1 up is refused`, async () => {
    const made = { count: 0 };
    await using stage = await on({ agents: [counter(made)] });
    const { system } = stage;
    assert.equal(await (await system.task("counter", "", 500)).result(), "done");
    for (const ahead of [0, -1, 1.5, NaN, Infinity, "4", null])
      assert.equal(
        (await caught(system.task("counter", "", 1, { ahead } as never))).code,
        "HERMOD_BAD_OPTION",
        String(ahead),
      );
  });
}
