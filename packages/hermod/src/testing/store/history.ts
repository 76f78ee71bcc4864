/** History: what was sent and what became of it, by conversation, by agent and by filter. */
import { systemAddress } from "../../core/address.ts";
import { parseFilter } from "../../core/filter.ts";
import { ACK } from "../../core/settlement.ts";
import type { Query } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody, writer } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

type Asked = Omit<Query & { readonly type: "history" }, "type" | "where"> & { readonly where?: string };

async function found(bench: Bench, { where, ...query }: Asked = {}): Promise<string[]> {
  const filter = where === undefined ? {} : { where: parseFilter(where) };
  const { items } = await bench.store.read({ type: "history", ...query, ...filter });
  return items.map(({ envelope }) => envelope.id);
}

/** Five messages of two conversations between three agents. */
async function talk(bench: Bench): Promise<void> {
  await bench.announce({}, editor);
  await bench.announce({}, writer);
  await bench.send(
    { id: "w→c", conversationId: "x" },
    { id: "w→e", conversationId: "y", to: editor },
    { id: "c→e", conversationId: "x", from: critic, to: editor },
    { id: "e→w", conversationId: "y", from: editor, to: writer },
    { id: "e→e", conversationId: "y", from: editor, to: editor },
  );
}

export const history: readonly Law[] = [
  law(
    "history gives all messages of one conversation in order, and all that an agent sent or got [86]",
    async (bench) => {
      await talk(bench);
      await bench.store.bind("tide.*", critic);
      await bench.append(bench.event("tide.turned", { id: "e→*", from: editor, conversationId: "z" }));
      same(await found(bench), ["w→c", "w→e", "c→e", "e→w", "e→e", "e→*"]);
      same(await found(bench, { conversation: "x" }), ["w→c", "c→e"]);
      same(await found(bench, { conversation: "y" }), ["w→e", "e→w", "e→e"]);
      same(await found(bench, { agent: critic }), ["w→c", "c→e", "e→*"], "what the critic sent or got");
      same(await found(bench, { agent: writer }), ["w→c", "w→e", "e→w"]);
      same(await found(bench, { agent: editor }), ["w→e", "c→e", "e→w", "e→e", "e→*"]);
      same(await found(bench, { agent: nobody }), []);
      same(await found(bench, { conversation: "none" }), []);
    },
  ),
  law("history of an agent in a conversation is what stands in both", async (bench) => {
    await talk(bench);
    same(await found(bench, { conversation: "x", agent: editor }), ["c→e"]);
    same(await found(bench, { conversation: "y", agent: critic }), []);
  }),
  law("history is read on from a cursor, also after more has come", async (bench) => {
    await talk(bench);
    for (const query of [{}, { agent: editor }, { conversation: "y" }]) {
      const page = await bench.store.read({ type: "history", ...query, limit: 2 });
      const first = page.items.map(({ envelope }) => envelope.id);
      await bench.send({ id: `new ${bench.clock.now()}`, from: editor, conversationId: "y" });
      same(
        [...first, ...(await found(bench, { ...query, after: given(page.next) }))],
        await found(bench, query),
      );
      await bench.advance(1);
    }
  }),
  law("history is read newest first as well, on from a cursor towards the oldest", async (bench) => {
    await talk(bench);
    for (const query of [
      {},
      { agent: editor },
      { conversation: "y" },
      { conversation: "y", agent: editor },
    ]) {
      const all = await found(bench, query);
      for (const limit of [1, 2, 3, all.length]) {
        const seen: string[] = [];
        for (let after: string | undefined, more = true; more; more = after !== undefined) {
          const asked = { ...query, limit, ...(after !== undefined && { after }) } as const;
          const page = await bench.store.read({ type: "history", order: "newest", ...asked });
          seen.push(...page.items.map(({ envelope }) => envelope.id));
          after = page.next;
        }
        same(seen, all.toReversed(), `by ${limit}`);
      }
      const { next } = await bench.store.read({ type: "history", order: "newest", ...query, limit: 1 });
      await bench.send({ id: `new ${bench.clock.now()}`, from: editor, conversationId: "y" });
      same(
        await found(bench, { order: "newest", ...query, after: given(next) }),
        all.toReversed().slice(1),
        "what has come since stands before the cursor",
      );
      const since = await found(bench, { ...query, after: given(next) });
      same(since, (await found(bench, query)).slice(all.length), "and behind it in the other order");
      await bench.advance(1);
    }
    same(await found(bench, { order: "newest", where: "id:w→e" }), ["w→e"]);
    same(await found(bench, { order: "newest", where: "to:editor from:editor id:e→e" }), ["e→e"]);
    same(
      await found(bench, { order: "newest", where: "state:waiting", limit: 3 }),
      (await found(bench)).toReversed().slice(0, 3),
    );
    same(await found(bench, { order: "newest", where: "age:>1d" }), []);
    same(await found(bench, { order: "newest", where: '"nothing of that"' }), []);
  }),
  law("an unfinished message is tracked by its id until it is settled [47]", async (bench) => {
    await bench.send({ id: "a" });
    const states = [(await bench.record("a")).state];
    const first = await bench.one();
    states.push((await bench.record("a")).state);
    await bench.settle(first, { type: "retry", at: bench.clock.now() + 1000, error: failure });
    states.push((await bench.record("a")).state);
    await bench.advance(1000);
    const second = await bench.one();
    states.push((await bench.record("a")).state);
    await bench.settle(second);
    states.push((await bench.record("a")).state);
    same(states, ["waiting", "running", "waiting", "running", "done"]);
    same(
      (await bench.record("a")).attempts.map(({ number, outcome }) => `${number} ${outcome}`),
      ["1 retried", "2 acked"],
    );
  }),
  law("a message never looks as if it waited again while its end is being written", async (bench) => {
    await bench.announce({}, editor);
    for (let turns = 0; turns < 12; turns++) {
      const [id, beside] = [`a${turns}`, bench.message({ to: editor })];
      await bench.send({ id });
      const claim = await bench.one();
      const written = Promise.resolve(bench.store.append(beside));
      const asked = Array.from({ length: 3 }, () => bench.record(id));
      await written;
      // Settled at every moment of a look.
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      const settled = bench.settle(claim);
      const states = (await Promise.all(asked)).map(({ state }) => state);
      await settled;
      same(
        states.filter((state) => state !== "running" && state !== "done"),
        [],
        `settled ${turns} turns after a look`,
      );
    }
  }),
  law(
    "a message that its mailbox, its deadline or an operator gave up is dead in the history",
    async (bench) => {
      await bench.announce({ count: 2, overflow: "drop-newest" });
      await bench.send({ id: "late", deadline: bench.clock.now() }, { id: "stopped" });
      await bench.store.append(bench.message({ id: "dropped" }));
      await bench.advance(1);
      await bench.settle(await bench.one(), { type: "release" });
      await bench.store.operate({ type: "remove", mailbox: critic });
      for (const id of ["late", "stopped", "dropped"])
        like(await bench.record(id), { state: "dead", attempts: [] });
    },
  ),
  law("history is found by state, attempts, error and what the message says", async (bench) => {
    await bench.send(
      { id: "a", payload: { topic: "sea" } },
      { id: "b", priority: 4 },
      { id: "c", operation: "other" },
    );
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() + 1000, error: failure });
    await bench.settle(await bench.one());
    same(await found(bench, { where: "state:done" }), ["a"]);
    same(await found(bench, { where: "state:waiting" }), ["b", "c"]);
    same(await found(bench, { where: "attempts:>0" }), ["a", "b"]);
    same(await found(bench, { where: '"jammed"' }), ["b"]);
    same(await found(bench, { where: "data.topic:sea" }), ["a"]);
    same(await found(bench, { where: "operation:other from:writer", agent: critic }), ["c"]);
    same(await found(bench, { where: "age:>1s" }), []);
    await bench.advance("2s");
    same(await found(bench, { where: "age:>1s" }), ["a", "b", "c"]);
    const now = new Date(bench.clock.now()).toISOString();
    await bench.send({ id: "later" });
    same(await found(bench, { where: `at:<${now}` }), ["a", "b", "c"]);
    same(await found(bench, { where: `at:>${now}` }), ["later"]);
    same(await found(bench, { where: `at:${now}` }), ["later"]);
  }),
  law("refused and repeated messages stand in no history", async (bench) => {
    await bench.announce({ count: 1 });
    const [sent] = await bench.send({ id: "a" });
    await bench.store.append(given(sent));
    await bench.store.append(bench.message({ id: "a", payload: "conflict" }));
    await bench.store.append(bench.message({ id: "full" }));
    await bench.store.append(bench.message({ id: "lost", to: nobody }));
    same(await found(bench), ["a"]);
  }),
  law("outputs stand in the history, and a refused settlement leaves none there", async (bench) => {
    await bench.send({ id: "in" });
    const claim = await bench.one();
    await bench.answer(claim, { type: "ack" }, [
      bench.message({ id: "x" }),
      bench.message({ id: "lost", to: nobody }),
    ]);
    same(await found(bench), ["in"]);
    await bench.settle(claim, { type: "ack" }, [bench.message({ id: "x" })]);
    same(await found(bench), ["in", "x"]);
  }),
  law("what systems ask one another of how they are is answered, and not remembered", async (bench) => {
    const [asker, asked] = [systemAddress("0000-a"), systemAddress("0001-b")];
    for (const mailbox of [asker, asked]) await bench.announce({}, mailbox);
    const look = { verb: "call", type: "request", operation: "look", delivery: "at-most-once" } as const;
    const reply = { ...look, verb: "reply", type: "response" } as const;
    await bench.send({ ...look, id: "look", from: asker, to: asked });
    const claim = await bench.one({ mailbox: asked });
    await bench.settle(claim, ACK, [bench.message({ ...reply, id: "answer", from: asked, to: asker })]);
    same(await bench.ids(1, { mailbox: asker }), ["answer"]);
    await bench.send({ ...look, id: "late", from: asker, to: asked, deadline: bench.clock.now() + 10 });
    await bench.advance(20);
    same(await bench.ids(1, { mailbox: asked }), []);
    await bench.rest();
    same(
      bench.died.map(({ id, reason }) => [id.includes("late"), reason]),
      [[true, "expired"]],
      "the asker hears",
    );
    same(await found(bench), [], "history");
    same((await bench.store.read({ type: "dead" })).items, [], "dead letters");
    const others = { from: asker, to: asked, delivery: "at-most-once" } as const;
    await bench.send({ ...others, id: "act", operation: "pause" }, { ...look, id: "said", from: writer });
    await bench.rest();
    same(await found(bench), ["act", "said"], "what is done, and what others say, is remembered");
  }),
];
