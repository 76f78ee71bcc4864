/** Ordering: priority and arrival, places that are kept, and ageing, so that nothing waits for ever. Law 3. */
import type { Priority } from "../../core/envelope.ts";
import { given, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const ordering: readonly Law[] = [
  law(
    "higher priority goes first, and first in first out inside one, also under concurrent senders [36]",
    async (bench) => {
      const prioritised = (name: string) =>
        ([2, 4, 1, 3, 2, 4] as const).map((priority, at) =>
          bench.message({ id: `${name}${priority}${at}`, priority }),
        );
      const send = async (name: string) => {
        for (const message of prioritised(name)) await bench.append(message);
      };
      await Promise.all([send("x"), send("y")]);
      const ids = await bench.drained();
      const of = (name: string) => ids.filter((id) => id.startsWith(name)).map((id) => id.slice(1));
      same([of("x"), of("y")], Array(2).fill(["41", "45", "33", "20", "24", "12"]));
      same(ids.map((id) => id[1]).join(""), "444433222211");
    },
  ),
  law(
    "order is kept by default, and whether priority or plain arrival decides is an option [37]",
    async (bench) => {
      const mixed = async (round: string) => {
        await bench.send(
          ...([1, 4, 2, 4, 1] as const).map((priority, at) => ({ id: `${round}${at}`, priority })),
        );
        return (await bench.drained()).map((id) => id.slice(-1)).join("");
      };
      await bench.send({ id: "first" }, { id: "second" });
      same(await bench.drained(), ["first", "second"]);
      same(await mixed("by default "), "13204");
      await bench.announce({ order: "fifo" });
      same(await mixed("by arrival "), "01234");
      await bench.announce({ order: "priority" });
      same(await mixed("by priority "), "13204");
    },
  ),
  law("at the latest every 32nd delivery is the oldest that waits", async (bench) => {
    await bench.send({ id: "low", priority: 1 });
    await bench.send(...Array.from({ length: 64 }, () => ({ priority: 4 as const })));
    const ids = await bench.drained(32);
    same(ids.includes("low"), true, "low among the first 32");
    same(ids[0] !== "low", true, "urgent before low");
  }),
  law("what is released comes back at its old place, in whatever order it is released", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" });
    const claims = await bench.claim(3);
    for (const at of [1, 0, 2]) await bench.settle(given(claims[at]), { type: "release" });
    same(await bench.ids(), ["a", "b", "c", "d"]);
  }),
  law("a delayed message gets in line when it is due, behind what came before that", async (bench) => {
    await bench.send({ id: "delayed", notBefore: bench.clock.now() + 10 }, { id: "a" });
    await bench.advance(5);
    await bench.send({ id: "b" });
    await bench.advance(5);
    same(await bench.ids(), ["a", "b", "delayed"]);
  }),
  law("another rule keeps what waits, in its order, and what runs keeps its key", async (bench) => {
    const drafts = [1, 4, 2].map((priority, at) => ({
      id: `${at}`,
      priority: priority as Priority,
      conversationId: "x",
    }));
    await bench.send(...drafts);
    await bench.announce({ order: "fifo" });
    same(await bench.ids(1), ["0"]);
    await bench.announce({ order: "priority", keyBy: "conversation" });
    same(await bench.ids(), []);
    await bench.announce({ order: "priority" });
    same(await bench.ids(), ["1", "2"]);
  }),
];
