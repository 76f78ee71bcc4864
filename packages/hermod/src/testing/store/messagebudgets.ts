/** Message budgets: how many messages a conversation may send, counted with each append. Law 15. */
import { ACK } from "../../core/settlement.ts";
import type { Envelope } from "../../core/envelope.ts";
import type { Appended } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody, sized, type Draft } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

const STORED = { status: "stored" };

/** A message of a conversation that may send as many. */
function bound(bench: Bench, messages: number, draft: Draft = {}): Envelope {
  return bench.message({ budget: { messages }, ...draft });
}

/** Appends one; answers its answer. */
async function add(bench: Bench, messages: number, draft: Draft = {}): Promise<Appended> {
  return bench.store.append(bound(bench, messages, draft));
}

async function sent(bench: Bench, conversation = "c1"): Promise<number> {
  return (await bench.store.spend(conversation, {}, {})).amounts["messages"] ?? 0;
}

const kinds: readonly Draft[] = [
  { verb: "call", type: "request", delivery: "at-most-once" },
  { verb: "call", type: "request" },
  { verb: "task", type: "task" },
  { verb: "cast", delivery: "exactly-once" },
  { verb: "publish", to: undefined, topic: "tide.turned" },
  { verb: "publish", to: undefined, topic: "tide.turned", delivery: "at-most-once" },
];

export const messageBudgets: readonly Law[] = [
  law("a conversation sends as many messages as its budget allows, whatever their verbs", async (bench) => {
    await bench.store.bind("tide.*", critic);
    for (const kind of kinds) same(await add(bench, kinds.length, kind), STORED);
    for (const kind of kinds)
      same(await add(bench, kinds.length, kind), { status: "spent", sent: kinds.length });
    same(await sent(bench), kinds.length);
    same((await bench.ids()).length, kinds.length);
  }),
  law("a spent budget keeps nothing of a message: not its id, not its key, no letter", async (bench) => {
    for (const delivery of ["at-least-once", "at-most-once"] as const) {
      const conversationId = delivery;
      await add(bench, 1, { conversationId });
      const late = bound(bench, 1, { conversationId, delivery, idempotencyKey: delivery });
      for (let time = 0; time < 2; time++) same(await bench.store.append(late), { status: "spent", sent: 1 });
      await bench.store.spend(conversationId, { messages: -1 }, {});
      same(await bench.store.append(late), STORED);
      same(await bench.store.append(late), { status: "duplicate", id: late.id });
    }
    same(await bench.graves(), []);
    same((await bench.counts()).waiting, 4);
  }),
  law("replies and notices never count, and are never refused for a budget", async (bench) => {
    await add(bench, 1);
    same(await add(bench, 1, { verb: "reply", type: "response", delivery: "at-most-once" }), STORED);
    same(await add(bench, 1, { verb: "reply", type: "result" }), STORED);
    same(await add(bench, 1, { verb: "info", type: "status" }), STORED);
    same(await sent(bench), 1);
  }),
  law("messages without a budget of messages do not count", async (bench) => {
    await bench.send({}, { budget: { tokens: 1 } });
    same(await sent(bench), 0);
    same(await add(bench, 1), STORED);
  }),
  law("a published message counts once, however many get a copy", async (bench) => {
    await bench.announce({}, editor);
    await bench.store.bind("tide.*", critic);
    await bench.store.bind("tide.*", editor, 60_000);
    for (const delivery of ["at-least-once", "at-most-once"] as const)
      await add(bench, 9, { verb: "publish", to: undefined, topic: "tide.turned", delivery });
    same(await sent(bench), 2);
  }),
  law("conversations count for themselves, and each message is held to its own limit", async (bench) => {
    same(await add(bench, 1), STORED);
    same(await add(bench, 1, { conversationId: "c2" }), STORED);
    same(await add(bench, 2), STORED);
    same(await add(bench, 1), { status: "spent", sent: 2 });
    same(await add(bench, 3), STORED);
  }),
  law("what spends messages and what sends them share one amount", async (bench) => {
    await bench.store.spend("c1", { messages: 2, tokens: 5 }, {});
    same(await add(bench, 3), STORED);
    same(await add(bench, 3), { status: "spent", sent: 3 });
    same(await bench.store.spend("c1", { messages: 1 }, { messages: 3 }), {
      amounts: { messages: 3, tokens: 5 },
      refused: "messages",
    });
  }),
  law("a message that was stored before counts nothing, and is known when all is spent", async (bench) => {
    for (const delivery of ["at-least-once", "at-most-once"] as const) {
      const conversationId = delivery;
      const first = bound(bench, 1, { conversationId, delivery, idempotencyKey: `monday ${delivery}` });
      same(await bench.store.append(first), STORED);
      const again = { ...first, id: `again ${delivery}` };
      for (const twin of [first, again])
        same(await bench.store.append(twin), { status: "duplicate", id: first.id });
      const other = { ...first, payload: "other" };
      same(await bench.store.append(other), { status: "conflict", id: first.id });
      same(await sent(bench, conversationId), 1);
    }
  }),
  law("a message that finds no recipient or no room counts nothing", async (bench) => {
    await bench.announce({ count: 1 }, editor);
    await bench.send({ to: editor });
    same(await add(bench, 1, { to: nobody }), { status: "unknown" });
    same(await add(bench, 1, { verb: "publish", to: undefined, topic: "nobody.hears" }), {
      status: "unknown",
    });
    same((await add(bench, 1, { to: editor })).status, "full");
    same(await sent(bench), 0);
    same(await add(bench, 1), STORED);
  }),
  law("what its mailbox drops was sent all the same", async (bench) => {
    await bench.announce({ count: 1, overflow: "drop-newest" }, editor);
    await bench.send({ to: editor });
    same(await add(bench, 1, { to: editor }), { status: "dropped" });
    same(await add(bench, 1, { to: editor }), { status: "spent", sent: 1 });
    same((await bench.dead()).length, 1);
  }),
  law("a message beyond the budget makes no room for itself", async (bench) => {
    await bench.announce({ count: 1, overflow: "drop-oldest" }, editor);
    await add(bench, 1, { id: "first", to: editor });
    same(await add(bench, 1, { to: editor }), { status: "spent", sent: 1 });
    same(await bench.waiting(editor), ["first"]);
  }),
  law("a sender that waits for room counts when it is let in", async (bench) => {
    await bench.announce({ count: 1, overflow: "wait" }, editor);
    await bench.send({ to: editor });
    const waiting = [1, 2].map(async () => add(bench, 1, { to: editor }));
    await bench.rest();
    same(await sent(bench), 0);
    await bench.settle(await bench.one({ mailbox: editor }));
    await bench.rest();
    await bench.settle(await bench.one({ mailbox: editor }));
    same(await Promise.all(waiting), [STORED, { status: "spent", sent: 1 }]);
  }),
  law("what many send at once is counted exactly", async (bench) => {
    await bench.store.bind("tide.*", critic);
    const key = bound(bench, 10, { idempotencyKey: "monday" });
    const sends = Array.from({ length: 30 }, (_, at) => bound(bench, 10, kinds[at % kinds.length]));
    const answers = await Promise.all(
      [key, ...sends.slice(0, 5), { ...key, id: "again" }, ...sends.slice(5)].map(async (each) =>
        bench.store.append(each),
      ),
    );
    const count = (status: Appended["status"]) => answers.filter((each) => each.status === status).length;
    same([count("stored"), count("duplicate"), count("spent")], [10, 1, 21]);
    same([await sent(bench), (await bench.ids()).length], [10, 10]);
  }),
  law("messages that are stored together count together: all are sent, or none", async (bench) => {
    await add(bench, 3, { id: "first" });
    const free = bench.message();
    const [second, third, fourth] = [bound(bench, 3), bound(bench, 3), bound(bench, 3)];
    same(await bench.store.appendAll([second, free, third, fourth]), {
      status: "refused",
      output: fourth,
      answer: { status: "spent", sent: 3 },
    });
    same([await sent(bench), await bench.waiting()], [1, ["first"]]);
    const two = await bench.store.appendAll([second, second, free, third]);
    same(two, {
      status: "stored",
      answers: [STORED, { status: "duplicate", id: second.id }, STORED, STORED],
    });
    same(await sent(bench), 3);
  }),
  law("outputs beyond the budget refuse the whole settlement, and all of them are named", async (bench) => {
    await bench.send({ id: "in" });
    const claim = await bench.one();
    const [first, second, third] = [bound(bench, 1), bound(bench, 1), bound(bench, 1)];
    const answer = { status: "spent", sent: 1 };
    same(await bench.answer(claim, ACK, [first, second, third], undefined, "part"), {
      status: "refused",
      output: second,
      answer,
      others: [{ output: third, answer }],
    });
    same([await sent(bench), await bench.waiting(), await bench.parts("in")], [0, [], []]);
    like(await bench.counts(), { running: 1 });
    await bench.settle(claim, ACK, [first], undefined, "part");
    same([await sent(bench), await bench.waiting(), await bench.parts("in")], [1, [first.id], ["part"]]);
  }),
  law("a rerun of an exactly-once message counts its outputs once", async (bench) => {
    const output = bound(bench, 1, { id: "derived" });
    same(await bench.store.append(output), STORED);
    await bench.settle(await bench.one());
    await bench.send({ id: "in", delivery: "exactly-once" });
    await bench.settle(await bench.one(), ACK, [output, output]);
    same(await sent(bench), 1);
  }),
  law("a settlement that is undone, retried or released counts nothing again", async (bench) => {
    await add(bench, 1, { id: "in" });
    const outdated = { key: "critic", base: 7, json: "{}" };
    same((await bench.answer(await bench.one(), ACK, [bound(bench, 2)], outdated)).status, "undone");
    await bench.settle(await bench.one(), { type: "release" });
    const at = bench.clock.now() + 1000;
    await bench.settle(await bench.one(), { type: "retry", at, error: failure });
    await bench.advance(1000);
    const letter = await bench.kill(await bench.one());
    await bench.store.operate({ type: "redrive", id: letter.id, force: false, dryRun: false });
    same([await bench.ids(), await sent(bench)], [["in"], 1]);
  }),
  law("a message beyond the budget leaves its mailbox's room as it was", async (bench) => {
    await bench.announce({ count: 2, bytes: 100 }, editor);
    await add(bench, 1, { to: editor, payload: sized(50) });
    for (let time = 0; time < 5; time++)
      same(await add(bench, 1, { to: editor, payload: sized(50) }), { status: "spent", sent: 1 });
    same(await bench.store.append(bench.message({ to: editor, payload: sized(50) })), STORED);
    same((await bench.ids(9, { mailbox: editor })).length, 2);
  }),
];
