/** Ordering: priority and order, keys that keep order, and ageing, so that nothing waits for ever. Law 3. */
import type { Priority } from "../../core/envelope.ts";
import { editor, failure, writer, type Bench } from "./bench.ts";
import { given, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** Claims and acknowledges one after the other until nothing is left; answers the ids in their order. */
async function drained(bench: Bench, max = 1000): Promise<string[]> {
  const ids: string[] = [];
  for (let left = max; left > 0; left--) {
    const [claim] = await bench.claim(1);
    if (claim === undefined) break;
    ids.push(claim.envelope.id);
    await bench.settle(claim);
  }
  return ids;
}

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
      const ids = await drained(bench);
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
        return (await drained(bench)).map((id) => id.slice(-1)).join("");
      };
      await bench.send({ id: "first" }, { id: "second" });
      same(await drained(bench), ["first", "second"]);
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
    const ids = await drained(bench, 32);
    same(ids.includes("low"), true, "low among the first 32");
    same(ids[0] !== "low", true, "urgent before low");
  }),
  law("of one order key one is claimed at a time, in order, and others pass", async (bench) => {
    await bench.send(
      { id: "a", orderKey: "k" },
      { id: "b", orderKey: "k" },
      { id: "c", orderKey: "l" },
      { id: "d" },
    );
    const claims = await bench.claim();
    same(
      claims.map(({ envelope }) => envelope.id),
      ["a", "c", "d"],
    );
    same(await bench.ids(), []);
    await bench.settle(given(claims[0]));
    same(await bench.ids(), ["b"]);
  }),
  law("every end of a delivery frees its key", async (bench) => {
    const at = bench.clock.now() + 1000;
    const ends = [
      { type: "ack" },
      { type: "fail", error: failure },
      { type: "dead", reason: "terminal", error: failure },
      { type: "retry", at, error: failure },
      { type: "release", at },
    ] as const;
    for (const end of ends) {
      await bench.send(
        { id: `${end.type} 1`, orderKey: end.type },
        { id: `${end.type} 2`, orderKey: end.type },
      );
      await bench.settle(await bench.one(), end);
      same(await bench.ids(), [`${end.type} 2`], `what follows ${end.type}`);
    }
  }),
  law("messages of one key keep their order although others go by priority", async (bench) => {
    await bench.send({ id: "k1", orderKey: "k" }, { id: "k2", orderKey: "k" }, { id: "k3", orderKey: "k" });
    const first = await bench.one();
    await bench.send({ id: "x", priority: 4 });
    same(await bench.ids(), ["x"]);
    await bench.settle(first);
    same(await drained(bench), ["k2", "k3"]);
  }),
  law(
    "order holds per sender and recipient and per conversation, with priority between and ageing [C10]",
    async (bench) => {
      await bench.announce({ keyBy: "conversation" });
      const turns = ["x1", "y1", "x2", "y2", "x3"];
      await bench.send(...turns.map((id) => ({ id, conversationId: id[0] as string })), {
        id: "low",
        priority: 1,
        conversationId: "z",
      });
      const claims = await bench.claim();
      same(
        claims.map(({ envelope }) => envelope.id),
        ["x1", "y1", "low"],
        "one of each conversation",
      );
      for (const claim of claims) await bench.settle(claim);
      same(await drained(bench), ["x2", "y2", "x3"]);
      await bench.announce({ keyBy: "none" });
      await bench.send(
        ...["a1", "b1", "a2", "b2"].map((id) => ({ id, from: id[0] === "a" ? writer : editor })),
      );
      await bench.send({ id: "urgent", priority: 4 }, { id: "rare", priority: 1 });
      await bench.send(...Array.from({ length: 40 }, (_, at) => ({ id: `u${at}`, priority: 4 as const })));
      const ids = await drained(bench);
      same(ids[0], "urgent");
      for (const sender of ["a", "b"])
        same(ids.indexOf(`${sender}1`) < ids.indexOf(`${sender}2`), true, `the order of ${sender}`);
      same(ids.indexOf("a1") < 40, true, "an old message passes the urgent ones");
    },
  ),
  law("a waiting retry is overtaken, but in strict order it blocks its key", async (bench) => {
    const trial = async (key: string) => {
      await bench.send(
        { id: `${key}1`, orderKey: key },
        { id: `${key}2`, orderKey: key },
        { id: `${key}3`, orderKey: `${key}+` },
      );
      const claim = await bench.one();
      await bench.settle(claim, { type: "retry", at: bench.clock.now() + 1000, error: failure });
      const meanwhile = await drained(bench);
      await bench.advance(1000);
      return [meanwhile, await drained(bench)];
    };
    same(await trial("p"), [["p2", "p3"], ["p1"]]);
    await bench.announce({ order: "strict" });
    same(await trial("s"), [["s3"], ["s1", "s2"]]);
  }),
  law("in strict order the sender stands in for a missing key", async (bench) => {
    await bench.announce({ order: "strict" });
    await bench.send({ id: "w1" }, { id: "w2", priority: 4 }, { id: "e1", from: editor });
    same(await bench.ids(), ["w1", "e1"]);
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
