/** Parts: what is kept of a message on its way: progress and partial results, the last one with its settlement. Laws 5 and 14. */
import { ACK, type Settlement } from "../../core/settlement.ts";
import { failure, nobody } from "./drafts.ts";
import { same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const parts: readonly Law[] = [
  law("parts are numbered from 1 and read in order after a number", async (bench) => {
    const numbers = [];
    for (const part of ["a", { b: [1] }, null, "d"]) numbers.push(await bench.store.record("m1", part));
    same(numbers, [1, 2, 3, 4]);
    same([...(await bench.store.parts("m1", 0, 100))], ["a", { b: [1] }, null, "d"]);
    same([...(await bench.store.parts("m1", 1, 2))], [{ b: [1] }, null]);
    same([...(await bench.store.parts("m1", 4, 100))], []);
  }),
  law("messages have parts of their own, and one without has none", async (bench) => {
    await bench.store.record("m1", "a");
    same(await bench.store.record("m2", "b"), 1);
    same([...(await bench.store.parts("m2", 0, 9))], ["b"]);
    same([...(await bench.store.parts("m3", 0, 9))], []);
  }),
  law("parts that are recorded at once are numbered in the order in which they were given", async (bench) => {
    const numbers = await Promise.all(
      Array.from({ length: 300 }, async (_, at) => bench.store.record("m1", at)),
    );
    same(
      numbers,
      Array.from({ length: 300 }, (_, at) => at + 1),
    );
    same(await bench.parts("m1"), [...numbers.keys()]);
  }),
  law("a part of a settlement is recorded with it, whatever becomes of the message", async (bench) => {
    const at = bench.clock.now() + 1000;
    const ends: readonly Settlement[] = [
      ACK,
      { type: "fail", error: failure },
      { type: "dead", reason: "terminal", error: failure },
      { type: "retry", at, error: failure },
    ];
    for (const end of ends) {
      const id = `in ${end.type}`;
      await bench.send({ id });
      same(await bench.store.record(id, "first"), 1);
      await bench.settle(await bench.one(), end, [], undefined, { last: end.type });
      same(await bench.parts(id), ["first", { last: end.type }], end.type);
    }
  }),
  law("parts of a settlement and others are numbered in one row, attempt after attempt", async (bench) => {
    const at = bench.clock.now() + 1000;
    await bench.send({ id: "in" });
    await bench.settle(await bench.one(), { type: "retry", at, error: failure }, [], undefined, "first");
    await bench.advance(1000);
    same(await bench.store.record("in", "second"), 2);
    await bench.settle(await bench.one(), ACK, [bench.message({ id: "out" })], undefined, "third");
    same(await bench.store.record("in", "late"), 4);
    same(await bench.parts("in"), ["first", "second", "third", "late"]);
    same(await bench.ids(), ["out"]);
  }),
  law("a part is kept beside outputs that were stored before", async (bench) => {
    const output = bench.message({ id: "derived" });
    await bench.send({ id: "in", delivery: "exactly-once" });
    const claim = await bench.one();
    await bench.append(output);
    await bench.settle(claim, ACK, [output], undefined, "last");
    same(await bench.parts("in"), ["last"]);
    same(await bench.store.record("in", "late"), 2);
  }),
  law("the part of an at-most-once message's settlement is recorded too", async (bench) => {
    await bench.send({ id: "in", verb: "call", type: "request", delivery: "at-most-once" });
    await bench.settle(await bench.one(), ACK, [], undefined, "last");
    same(await bench.parts("in"), ["last"]);
  }),
  law("the part of a settlement that is stale, refused or undone is not recorded", async (bench) => {
    await bench.send({ id: "in" });
    const claim = await bench.one();
    const lost = [bench.message({ to: nobody })];
    same((await bench.answer(claim, ACK, lost, undefined, "refused")).status, "refused");
    const outdated = { key: "critic", base: 7, json: "{}" };
    same((await bench.answer(claim, ACK, [], outdated, "undone")).status, "undone");
    same((await bench.answer(claim, ACK, [], undefined, "stale")).status, "stale");
    same(await bench.parts("in"), []);
    await bench.settle(await bench.one(), ACK, [], undefined, "last");
    same(await bench.parts("in"), ["last"]);
  }),
];
