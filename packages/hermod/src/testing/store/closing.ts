/** Closing, and answers that need no waiting. Laws 11 and 13. */
import { isPromise } from "../../core/maybe.ts";
import { critic, failure } from "./drafts.ts";
import { refused, same } from "./check.ts";
import { law, type Law } from "./law.ts";
import type { Claim } from "../../core/store.ts";

export const closing: readonly Law[] = [
  law("a store says what it is", async ({ store }) => {
    same([typeof store.level.name, typeof store.level.durable], ["string", "boolean"]);
  }),
  law("a store with work of every kind closes, and leaves no timer behind", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c", notBefore: bench.clock.now() + 1000 });
    await bench.store.bind("tide.*", critic, 1000);
    await bench.one();
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() + 1000, error: failure });
    await bench.store.close();
    await bench.rest();
    same(bench.clock.waiting, 0);
  }),
  law("a closed store stores nothing, gives out nothing and settles nothing", async (bench) => {
    await bench.send({}, {});
    const claim = await bench.one();
    await bench.store.close();
    await refused("HERMOD_CLOSED", () => bench.store.append(bench.message()));
    await refused("HERMOD_CLOSED", () => bench.store.append(bench.message(), true));
    await refused("HERMOD_CLOSED", () => bench.store.appendAll([bench.message()]));
    await refused("HERMOD_CLOSED", () => bench.store.record(claim.envelope.id, "late"));
    await refused("HERMOD_CLOSED", () => bench.store.spend("c1", { tokens: 1 }, {}));
    same(await bench.ids(), []);
    same(await bench.answer(claim), { status: "stale" });
    same(await bench.store.extend(claim, 1000), false);
    await bench.rest();
    same(bench.clock.waiting, 0);
  }),
  law("a second close changes nothing", async (bench) => {
    await bench.send({});
    await bench.store.close();
    const reports = bench.reports.length;
    await bench.store.close();
    same(bench.reports.length, reports);
  }),
  law(
    "what is ready is returned without a promise: a claim, its extension, the end of a watch",
    async (bench) => {
      await bench.send({}, {});
      const out: Claim[] = [];
      same(isPromise(bench.store.claim(critic, 1, 1000, out)), false, "a claim is a promise");
      for (const claim of out)
        same(isPromise(bench.store.extend(claim, 1000)), false, "an extension is a promise");
      bench.listen().end();
    },
  ),
];
