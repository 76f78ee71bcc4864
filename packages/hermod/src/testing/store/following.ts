/** Following: who is told of the parts of a message. Law 14. */
import { ACK } from "../../core/settlement.ts";
import type { Bench } from "./bench.ts";
import { nobody } from "./drafts.ts";
import { holds, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** What can be read of a message each time its follower is told, and the end of following. */
function follow(bench: Bench, id: string) {
  const reads: Promise<readonly unknown[]>[] = [];
  const end = bench.store.follow(id, () => void reads.push(bench.parts(id)));
  const told = async (): Promise<unknown[]> => {
    await bench.rest();
    return Promise.all(reads);
  };
  return { told, end };
}

export const following: readonly Law[] = [
  law("a follower is told of each new part when it can be read", async (bench) => {
    await bench.send({ id: "in" });
    await bench.store.record("in", "before");
    const { told, end } = follow(bench, "in");
    same(await told(), []);
    await bench.store.record("in", "a");
    same(await told(), [["before", "a"]]);
    await bench.settle(await bench.one(), ACK, [], undefined, "b");
    same(await told(), [
      ["before", "a"],
      ["before", "a", "b"],
    ]);
    end();
  }),
  law("whoever is told which part was added is told the right one", async (bench) => {
    const told: (readonly [number, unknown])[] = [];
    await bench.store.record("m1", "before");
    const end = bench.store.follow(
      "m1",
      (number, part) => void (number !== undefined && told.push([number, part])),
    );
    for (const part of ["a", { b: 1 }, null]) await bench.store.record("m1", part);
    await bench.rest();
    for (const [number, part] of told) same(await bench.store.parts("m1", number - 1, 1), [part]);
    end();
  }),
  law("a follower is not told of the parts of other messages", async (bench) => {
    const { told, end } = follow(bench, "m1");
    await bench.send({ id: "m2" });
    await bench.store.record("m2", "a");
    await bench.settle(await bench.one(), ACK, [], undefined, "b");
    same(await told(), []);
    end();
  }),
  law("a follower is not told after its end, and the others of the message are", async (bench) => {
    const [first, second] = [follow(bench, "m1"), follow(bench, "m1")];
    await bench.store.record("m1", "a");
    first.end();
    first.end();
    await bench.store.record("m1", "b");
    same(await first.told(), [["a"]]);
    same(await second.told(), [["a"], ["a", "b"]]);
    second.end();
    const third = follow(bench, "m1");
    second.end();
    await bench.store.record("m1", "c");
    same(await third.told(), [["a", "b", "c"]]);
    third.end();
  }),
  law("a follower is not told of a settlement that did not happen", async (bench) => {
    await bench.send({ id: "in", delivery: "exactly-once" });
    const { told, end } = follow(bench, "in");
    const claim = await bench.one();
    await bench.send({ id: "x" });
    const spent = bench.message({ budget: { messages: 0 } });
    for (const output of [bench.message({ to: nobody }), bench.message({ id: "x", payload: "other" }), spent])
      same((await bench.answer(claim, ACK, [output], undefined, "refused")).status, "refused");
    await bench.settle(claim);
    await bench.answer(claim, ACK, [], undefined, "stale");
    same(await told(), []);
    end();
  }),
  law("a follower that reads on from where it stands gets every part once, in order", async (bench) => {
    const got: unknown[] = [];
    let reading = Promise.resolve();
    const readOn = async (): Promise<void> => {
      for (let more = [0] as readonly unknown[]; more.length > 0; got.push(...more))
        more = await bench.store.parts("m1", got.length, 7);
    };
    const end = bench.store.follow("m1", () => void (reading = reading.then(readOn)));
    const parts = Array.from({ length: 400 }, (_, at) => at);
    for (const from of [0, 100, 200, 300])
      await Promise.all(parts.slice(from, from + 100).map(async (at) => bench.store.record("m1", at)));
    await bench.rest();
    await reading;
    same(got, parts);
    end();
  }),
  law("a part of any size is read by its followers as by others", async (bench) => {
    const large = "x".repeat(2 ** 21);
    const { told, end } = follow(bench, "m1");
    await bench.store.record("m1", 1);
    await bench.store.record("m1", large);
    await bench.store.record("m1", 2);
    holds((await told()).length === 3, "each part is told of");
    same([...(await bench.store.parts("m1", 1, 1))].length, 1);
    same([...(await bench.store.parts("m1", 2, 9))], [2]);
    same([...(await bench.store.parts("m1", 0, 9))], [1, large, 2]);
    end();
  }),
];
