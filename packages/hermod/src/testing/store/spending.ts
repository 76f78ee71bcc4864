/** Spending: what a conversation has used up of each amount, and the limit that none passes. */
import { same } from "./check.ts";
import { law, type Law } from "./law.ts";

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
  law("amounts add up as decimals do: three times 0.1 is within 0.3, and no more is", async (bench) => {
    const spend = async (cost: number) => bench.store.spend("c1", { cost }, { cost: 0.3 });
    for (let time = 0; time < 3; time++) same((await spend(0.1)).refused, undefined);
    same(await spend(0.001), { amounts: { cost: 0.3 }, refused: "cost" });
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
  law("an answer tells what is spent by then, also when it refuses", async (bench) => {
    const { store } = bench;
    same(await store.spend("c1", { tokens: 4, cost: 1 }, {}), { amounts: { tokens: 4, cost: 1 } });
    same(await store.spend("c1", { tokens: 2 }, { tokens: 6 }), { amounts: { tokens: 6, cost: 1 } });
    same(await store.spend("c1", { cost: 1, tokens: 1 }, { tokens: 6 }), {
      amounts: { tokens: 6, cost: 1 },
      refused: "tokens",
    });
    same(await store.spend("c2", { tokens: 1 }, { tokens: 0 }), { amounts: {}, refused: "tokens" });
  }),
  law("reading without amounts changes nothing, whatever the limits", async (bench) => {
    const { store } = bench;
    same(await store.spend("c1", {}, {}), { amounts: {} });
    await store.spend("c1", { tokens: 4 }, {});
    same(await store.spend("c1", {}, { tokens: 1 }), { amounts: { tokens: 4 } });
    same(await store.spend("c1", {}, {}), { amounts: { tokens: 4 } });
  }),
];
