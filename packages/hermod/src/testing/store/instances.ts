/** Instances: the many of an agent share its mailbox, and each is a recipient of its own. Laws 1 to 3 and 12. */
import { keyedAddress, replyAddress, systemAddress } from "../../core/address.ts";
import { ACK } from "../../core/settlement.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, nobody, writer } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

const a = keyedAddress(critic, "a");
const b = keyedAddress(critic, "b");

async function historyOf(bench: Bench, agent: typeof critic): Promise<string> {
  const { items } = await bench.store.read({ type: "history", agent });
  return items.map(({ envelope }) => envelope.id).join(" ");
}

export const instances: readonly Law[] = [
  law(
    "a message to an instance waits in the mailbox of its agent, and keeps its recipient",
    async (bench) => {
      await bench.send({ id: "1", to: a }, { id: "2" }, { id: "3", to: b });
      same(await bench.waiting(), ["1", "2", "3"]);
      same(await bench.waiting(a), []);
      same(await bench.ids(1, { mailbox: a }), []);
      same(
        (await bench.claim()).map(({ envelope, mailbox }) => [envelope.to, mailbox]),
        [
          [a, critic],
          [critic, critic],
          [b, critic],
        ],
      );
      same([...(await bench.store.directory())], [critic]);
    },
  ),
  law("one id to two instances, or to an instance and its agent, is a message for each", async (bench) => {
    await bench.send({ id: "1", to: a }, { id: "1", to: b }, { id: "1" });
    for (const to of [a, b, critic]) {
      same(await bench.store.append(bench.message({ id: "1", to })), { status: "duplicate", id: "1" });
      const other = bench.message({ id: "1", to, payload: "other" });
      same(await bench.store.append(other), { status: "conflict", id: "1" });
    }
    same((await bench.ids()).length, 3);
  }),
  law("one idempotency key to two instances has an effect on each", async (bench) => {
    const key = { idempotencyKey: "order 7" };
    await bench.send({ id: "1", to: a, ...key }, { id: "2", to: b, ...key });
    same(await bench.store.append(bench.message({ id: "3", to: a, ...key })), {
      status: "duplicate",
      id: "1",
    });
    same(await bench.ids(), ["1", "2"]);
  }),
  law("dead letters of one id to two instances are two, and each is redriven for itself", async (bench) => {
    await bench.send({ id: "1", to: a }, { id: "1", to: b });
    for (const claim of await bench.claim()) await bench.kill(claim);
    const letters = await bench.dead();
    same(
      letters.map(({ envelope, mailbox }) => [envelope.to, mailbox]),
      [
        [a, critic],
        [b, critic],
      ],
    );
    const { id } = given(letters[1]);
    same((await bench.store.operate({ type: "redrive", id, force: false, dryRun: false })).status, "done");
    same((await bench.one()).envelope.to, b);
    same(
      (await bench.dead()).map(({ envelope }) => envelope.to),
      [a],
    );
  }),
  law("an instance of what nobody announced is unknown, and makes no mailbox", async (bench) => {
    const lost = bench.message({ to: keyedAddress(nobody, "a") });
    same(await bench.store.append(lost), { status: "unknown" });
    same(await bench.store.appendAll([bench.message(), lost]), {
      status: "refused",
      output: lost,
      answer: { status: "unknown" },
    });
    same([...(await bench.store.directory())], [critic]);
  }),
  law(
    "what is for instances shares the capacity, the withdrawal and the removal of their mailbox",
    async (bench) => {
      await bench.announce({ count: 2 });
      await bench.send({ id: "1", to: a }, { id: "2", to: b });
      same((await bench.store.append(bench.message({ to: a }))).status, "full");
      await bench.store.withdraw(critic);
      same(await bench.ids(1), ["1"]);
      await bench.send({ id: "3", to: a });
      same(await bench.store.operate({ type: "remove", mailbox: a }), { status: "missing" });
      same(await bench.store.operate({ type: "remove", mailbox: critic }), { status: "done", count: 3 });
      same((await bench.graves()).sort(), ["1 stopped", "2 stopped", "3 stopped"]);
      same(await bench.store.append(bench.message({ to: a })), { status: "unknown" });
    },
  ),
  law("the state of each instance goes with the mailbox of their agent", async (bench) => {
    await bench.send({ to: a }, { to: b });
    for (const claim of await bench.claim())
      await bench.settle(claim, ACK, [], { key: given(claim.envelope.to), base: 0, json: "1" });
    like(await bench.store.load(a), { json: "1" });
    await bench.store.operate({ type: "remove", mailbox: critic });
    same([await bench.store.load(a), await bench.store.load(b)], [undefined, undefined]);
  }),
  law("keyed by recipient, each instance is given one at a time, whatever the order keys", async (bench) => {
    await bench.announce({ keyBy: "recipient" });
    await bench.send(
      { id: "a1", to: a, orderKey: "k" },
      { id: "a2", to: a },
      { id: "b1", to: b, orderKey: "k" },
    );
    await bench.send({ id: "a3", to: a, priority: 4 }, { id: "c1" }, { id: "c2", orderKey: "l" });
    const claims = await bench.claim();
    same(
      claims.map(({ envelope }) => envelope.id),
      ["a3", "b1", "c1"],
    );
    same(await bench.ids(), []);
    for (const claim of claims) await bench.settle(claim);
    same(await bench.drained(), ["a1", "a2", "c2"]);
  }),
  law("keyed by recipient, a published message is one with those to the mailbox itself", async (bench) => {
    await bench.announce({ keyBy: "recipient" });
    await bench.store.bind("tide.*", critic);
    await bench.append(bench.event("tide.turned", { id: "e1" }), bench.event("tide.turned", { id: "e2" }));
    await bench.send({ id: "c" }, { id: "a", to: a });
    const claims = await bench.claim();
    same(
      claims.map(({ envelope }) => envelope.id),
      ["e1", "a"],
    );
    await bench.settle(given(claims[0]));
    same(await bench.drained(), ["e2", "c"]);
  }),
  law("history of an agent holds that of its instances; history of an instance is its own", async (bench) => {
    await bench.announce({}, editor);
    await bench.announce({}, systemAddress("s1"));
    const reply = { verb: "reply", from: editor, to: replyAddress(systemAddress("s1"), a) } as const;
    await bench.send({ id: "→a", to: a }, { id: "→b", to: b }, { id: "→c" });
    await bench.send(
      { id: "a→e", from: a, to: editor },
      { id: "e→a", ...reply },
      { id: "w→e", from: writer, to: editor },
    );
    await bench.send({ id: "a→b", from: a, to: b });
    same(await historyOf(bench, critic), "→a →b →c a→e e→a a→b", "of the agent");
    same(await historyOf(bench, a), "→a a→e e→a a→b", "of one instance");
    same(await historyOf(bench, b), "→b a→b", "of the other");
    same(await historyOf(bench, editor), "a→e e→a w→e", "of whom they speak with");
  }),
];
