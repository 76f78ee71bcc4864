/** Keys: what must not overtake one another is given one at a time, in order, and others pass. Law 3. */
import type { Claim } from "../../core/store.ts";
import { editor, failure, writer } from "./drafts.ts";
import { given, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const keys: readonly Law[] = [
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
  law("a message released until later is not overtaken by its key where that is asked for", async (bench) => {
    await bench.send({ id: "k1", orderKey: "k" }, { id: "k2", orderKey: "k" }, { id: "x" });
    const at = bench.clock.now() + 1000;
    await bench.settle(await bench.one(), { type: "release", at, keepsKey: true });
    await bench.send({ id: "k3", orderKey: "k", priority: 4 });
    same(await bench.ids(), ["x"]);
    await bench.advance(1000);
    same(await bench.drained(), ["k3", "k1", "k2"]);
  }),
  law("messages of one key keep their order although others go by priority", async (bench) => {
    await bench.send({ id: "k1", orderKey: "k" }, { id: "k2", orderKey: "k" }, { id: "k3", orderKey: "k" });
    const first = await bench.one();
    await bench.send({ id: "x", priority: 4 });
    same(await bench.ids(), ["x"]);
    await bench.settle(first);
    same(await bench.drained(), ["k2", "k3"]);
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
      same(await bench.drained(), ["x2", "y2", "x3"]);
      await bench.announce({ keyBy: "none" });
      await bench.send(
        ...["a1", "b1", "a2", "b2"].map((id) => ({ id, from: id[0] === "a" ? writer : editor })),
      );
      await bench.send({ id: "urgent", priority: 4 }, { id: "rare", priority: 1 });
      await bench.send(...Array.from({ length: 40 }, (_, at) => ({ id: `u${at}`, priority: 4 as const })));
      const ids = await bench.drained();
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
      const meanwhile = await bench.drained();
      await bench.advance(1000);
      return [meanwhile, await bench.drained()];
    };
    same(await trial("p"), [["p2", "p3"], ["p1"]]);
    await bench.announce({ order: "strict" });
    same(await trial("s"), [["s3"], ["s1", "s2"]]);
  }),
  law("keyed by slot, one is given of each slot, and more slots give more", async (bench) => {
    await bench.announce({ keyBy: "slot" });
    await bench.send({ id: "a1", orderKey: "user-1" }, { id: "b1", orderKey: "user-2" });
    await bench.send({ id: "a2", orderKey: "user-1" }, { id: "c1", conversationId: "user-3" });
    const first = await bench.one();
    same(await bench.ids(), [], "one slot");
    await bench.announce({ keyBy: "slot", slots: 1000 });
    same(await bench.ids(), ["b1", "c1"], "a slot for each");
    await bench.settle(first);
    same(await bench.ids(), ["a2"]);
  }),
  law(
    "slots that come and go while a key runs and waits: one at a time, in order, and none is lost",
    async (bench) => {
      const names = ["a", "b", "c", "d", "e"];
      await bench.announce({ keyBy: "slot", slots: 3 });
      await bench.send(
        ...[1, 2, 3].flatMap((turn) => names.map((name) => ({ id: `${name}${turn}`, orderKey: name }))),
      );
      const [running, given]: [Claim[], string[]] = [[], []];
      for (let round = 0; given.length < 15 || running.length > 0; round++) {
        await bench.announce({ keyBy: "slot", slots: 1 + ((round * 3) % 7) });
        running.push(...(await bench.claim(2)));
        const busy = running.map(({ envelope }) => envelope.orderKey);
        same(busy.length, new Set(busy).size, `no two of a key run: ${busy.join(" ")}`);
        const claim = running.shift();
        if (claim === undefined) break;
        given.push(claim.envelope.id);
        await bench.settle(claim);
      }
      for (const name of names)
        same(
          given.filter((id) => id.startsWith(name)),
          [1, 2, 3].map((turn) => `${name}${turn}`),
        );
    },
  ),
  law("in strict order the sender stands in for a missing key", async (bench) => {
    await bench.announce({ order: "strict" });
    await bench.send({ id: "w1" }, { id: "w2", priority: 4 }, { id: "e1", from: editor });
    same(await bench.ids(), ["w1", "e1"]);
  }),
];
