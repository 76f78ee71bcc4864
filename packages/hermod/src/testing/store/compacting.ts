/** Compacting: room goes back to the disk, and nothing else changes. Law 17. */
import { same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const compacting: readonly Law[] = [
  law(
    "compacting changes nothing that can be read or claimed, and what is sent meanwhile is stored",
    async (bench) => {
      await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
      await bench.kill(await bench.one());
      const running = bench.store.operate({ type: "compact" });
      await bench.send({ id: "d" });
      const { status } = await running;
      same(status, "done");
      same(await bench.waiting(), ["b", "c", "d"]);
      same(
        (await bench.dead()).map(({ envelope }) => envelope.id),
        ["a"],
      );
      same((await bench.record("a")).state, "dead");
      same(await bench.drained(), ["b", "c", "d"]);
    },
  ),
];
