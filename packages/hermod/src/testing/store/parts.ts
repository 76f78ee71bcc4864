/** Parts and spending: what is kept beside messages: progress and partial results, and what a conversation has used up. */
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
  law("parts that are recorded at once all get numbers of their own", async (bench) => {
    const numbers = await Promise.all(
      Array.from({ length: 20 }, async (_, at) => bench.store.record("m1", at)),
    );
    same(new Set(numbers).size, 20);
    const kept = await bench.store.parts("m1", 0, 100);
    numbers.forEach((number, at) => same(kept[number - 1], at));
  }),
];

export const spending: readonly Law[] = [
  law("amounts are added up to their limit and not beyond it", async (bench) => {
    const spend = async (tokens: number) =>
      (await bench.store.spend("c1", { tokens }, { tokens: 10 })).refused;
    same(await spend(6), undefined);
    same(await spend(5), "tokens");
    same(await spend(4), undefined);
    same(await spend(1), "tokens");
    same(await spend(0), undefined);
  }),
  law("where one amount would pass its limit, none is added and its name is the answer", async (bench) => {
    const limits = { tokens: 10, messages: 2 };
    same((await bench.store.spend("c1", { tokens: 5, messages: 3 }, limits)).refused, "messages");
    same((await bench.store.spend("c1", { tokens: 10, messages: 2 }, limits)).refused, undefined);
  }),
  law("an amount without a limit is only counted, and the limit is that of the moment", async (bench) => {
    same((await bench.store.spend("c1", { cost: 100 }, {})).refused, undefined);
    same((await bench.store.spend("c1", { cost: 1 }, { cost: 100 })).refused, "cost");
    same((await bench.store.spend("c1", { cost: 1 }, { cost: 101 })).refused, undefined);
  }),
  law("conversations spend for themselves", async (bench) => {
    same((await bench.store.spend("c1", { tokens: 10 }, { tokens: 10 })).refused, undefined);
    same((await bench.store.spend("c2", { tokens: 10 }, { tokens: 10 })).refused, undefined);
  }),
  law("what many spend at once never passes the limit", async (bench) => {
    const answers = await Promise.all(
      Array.from({ length: 25 }, async () => bench.store.spend("c1", { tokens: 1 }, { tokens: 10 })),
    );
    same(answers.filter(({ refused }) => refused === undefined).length, 10);
  }),
  law("what was reserved and not used can be given back", async (bench) => {
    same((await bench.store.spend("c1", { tokens: 10 }, { tokens: 10 })).refused, undefined);
    same((await bench.store.spend("c1", { tokens: -4 }, { tokens: 10 })).refused, undefined);
    same((await bench.store.spend("c1", { tokens: 4 }, { tokens: 10 })).refused, undefined);
    same((await bench.store.spend("c1", { tokens: 1 }, { tokens: 10 })).refused, "tokens");
  }),
];
