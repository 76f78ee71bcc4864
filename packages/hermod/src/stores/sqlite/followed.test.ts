/** Who follows a message and keeps up with it reads no file, and what is held for followers is bounded. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import { isPromise } from "../../core/maybe.ts";
import { tries } from "../../core/samples.test.kit.ts";
import { ACK } from "../../core/settlement.ts";
import { Bench } from "../../testing/store/bench.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";
import { Followed } from "./followed.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

async function opened(name: string): Promise<Bench> {
  const { env, ...heard } = createEnv();
  const store = await sqlite(join(folder, name), { thread: false })(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  await bench.announce();
  return bench;
}

const nothing = (): void => undefined;

test("a follower that keeps up is answered from memory, one that begins later from the file", async () => {
  const bench = await opened("keeps-up.db");
  const { store } = bench;
  await bench.send({ id: "m1" });
  await store.record("m1", 1);
  const end = store.follow("m1", nothing);
  await store.record("m1", 2);
  await bench.settle(await bench.one(), ACK, [], undefined, 3);
  for (const [from, parts] of [
    [1, [2, 3]],
    [2, [3]],
    [3, []],
  ] as const)
    assert.deepEqual(store.parts("m1", from, 9), parts);
  const earlier = store.parts("m1", 0, 9);
  assert.ok(isPromise(earlier), "what was there before is in the file alone");
  assert.deepEqual(await earlier, [1, 2, 3]);
  end();
  assert.ok(isPromise(store.parts("m1", 3, 9)), "nothing is held when nobody follows");
  await store.close();
});

test("after a part whose number is not told, the file is asked until the next one", async () => {
  const bench = await opened("unknown.db");
  const { store } = bench;
  const output = bench.message({ id: "derived" });
  await bench.send({ id: "in", delivery: "exactly-once" });
  store.follow("in", nothing);
  const claim = await bench.one();
  await store.record("in", 1);
  await bench.append(output);
  await bench.settle(claim, ACK, [output], undefined, 2);
  assert.deepEqual(await store.parts("in", 0, 9), [1, 2]);
  await store.record("in", 3);
  assert.deepEqual(store.parts("in", 2, 9), [3]);
  assert.deepEqual(await store.parts("in", 0, 9), [1, 2, 3]);
  await store.close();
});

/** A message with followers, and the numbers of the parts that are held. */
function following(id = "m1") {
  const followed = new Followed();
  followed.add(id, nothing);
  const first = (last: number): number => {
    for (let after = last; after > 0; after--)
      if (followed.read(id, after - 1, 1) === undefined) return after + 1;
    return 1;
  };
  return { followed, first };
}

test("of a message 256 parts are held, and a million characters", () => {
  const many = following();
  for (let number = 1; number <= 300; number++) many.followed.added("m1", "1", number);
  assert.equal(many.first(300), 45);
  const large = following();
  for (let number = 1; number <= 9; number++) large.followed.added("m1", "x".repeat(2 ** 18), number);
  assert.equal(large.first(9), 6);
  large.followed.added("m1", "x".repeat(2 ** 20 + 1), 10);
  assert.deepEqual(large.followed.read("m1", 10, 9), []);
  assert.equal(large.followed.read("m1", 9, 9), undefined);
});

test("of all messages 64 million characters are held, and what is let go makes room again", () => {
  const followed = new Followed();
  const text = "x".repeat(2 ** 20);
  const ends = Array.from({ length: 65 }, (_, at) => followed.add(`m${at}`, nothing));
  for (let at = 0; at < 64; at++) followed.added(`m${at}`, text, 1);
  followed.added("m64", text, 1);
  assert.deepEqual(followed.read("m0", 0, 1), [text]);
  assert.equal(followed.read("m64", 0, 1), undefined);
  ends[0]?.();
  followed.added("m64", text, 2);
  assert.deepEqual(followed.read("m64", 1, 1), [text]);
});

test("whatever happens, what is read is what was added after the number, or the file is asked", () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ type: fc.constant("add" as const), size: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("untold" as const), size: fc.nat(5) }) },
    { weight: 4, arbitrary: fc.record({ type: fc.constant("read" as const), back: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("again" as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const followed = new Followed();
      let end = followed.add("m1", nothing);
      const all: string[] = [];
      for (const each of steps) {
        if (each.type === "add" || each.type === "untold") {
          all.push("x".repeat(each.size * 100_000 + 1));
          followed.added("m1", all.at(-1) as string, each.type === "add" ? all.length : undefined);
        } else if (each.type === "read") {
          const from = Math.max(0, all.length - each.back);
          const read = followed.read("m1", from, 3);
          if (read)
            assert.ok(
              read.every((part, at) => part === all[from + at]) &&
                read.length === Math.min(3, all.length - from),
            );
        } else {
          end();
          end = followed.add("m1", nothing);
        }
      }
      if (steps.at(-1)?.type === "add") assert.ok(followed.read("m1", all.length, 1));
    }),
    tries(),
  );
});
