/** Deduplication: one id in one mailbox is one message, and one idempotency key has one effect. Law 2. */
import type { Envelope } from "../../core/envelope.ts";
import { ACK } from "../../core/settlement.ts";
import type { Bench } from "./bench.ts";
import { critic, editor } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** The one message "a", sent. */
async function first(bench: Bench): Promise<Envelope> {
  const [sent] = await bench.send({ id: "a", payload: { x: 1, y: { z: 2 } } });
  return sent as Envelope;
}

const duplicate = { status: "duplicate", id: "a" };
const conflict = { status: "conflict", id: "a" };

export const deduplication: readonly Law[] = [
  law(
    "the same id with the same content is a duplicate, whatever the order of its keys, and changes nothing",
    async (bench) => {
      const sent = await first(bench);
      same(await bench.store.append(sent), duplicate);
      same(await bench.store.append(bench.message({ id: "a", payload: { y: { z: 2 }, x: 1 } })), duplicate);
      like(await bench.counts(), { waiting: 1, bytes: sent.size, received: 1 });
      same(await bench.ids(), ["a"]);
    },
  ),
  law("the same id with other content is a conflict, and the first stays as it was", async (bench) => {
    const sent = await first(bench);
    same(await bench.store.append(bench.message({ id: "a", payload: { x: 2 } })), conflict);
    same(await bench.store.append(bench.message({ ...sent, operation: "other" })), conflict);
    same(
      (await bench.claim()).map(({ envelope }) => envelope),
      [sent],
    );
  }),
  law(
    "a repeat of an idempotency key under another id is recognised and has no second effect [10]",
    async (bench) => {
      const note = { idempotencyKey: "order 7", payload: { pay: 7 } };
      await bench.send({ id: "a", ...note });
      same(await bench.store.append(bench.message({ id: "b", ...note })), duplicate);
      same(await bench.store.append(bench.message({ id: "c", ...note }), true), duplicate);
      same(await bench.store.append(bench.message({ id: "d", ...note, payload: { pay: 8 } })), conflict);
      await bench.settle(await bench.one());
      same(await bench.store.append(bench.message({ id: "e", ...note })), duplicate);
      like(await bench.counts(), { waiting: 0, running: 0, received: 1 });
    },
  ),
  law("one key of two operations or two recipients is two messages", async (bench) => {
    await bench.announce({}, editor);
    const key = { idempotencyKey: "order 7" };
    await bench.send({ ...key }, { ...key, operation: "other" }, { ...key, to: editor });
    same((await bench.waiting()).length, 2);
    same((await bench.waiting(editor)).length, 1);
  }),
  law("one id to two recipients is two messages", async (bench) => {
    await bench.announce({}, editor);
    await bench.send({ id: "a" }, { id: "a", to: editor });
    same([...(await bench.ids()), ...(await bench.ids(1, { mailbox: editor }))], ["a", "a"]);
  }),
  law("a message sent as fresh is recognised when it is sent again", async (bench) => {
    const sent = bench.message({ id: "a" });
    same(await bench.store.append(sent, true), { status: "stored" });
    same(await bench.store.append(sent), duplicate);
    same(await bench.store.append(bench.message({ id: "a", payload: "other" })), conflict);
  }),
  law("a message is recognised while it waits, while it runs, and when it is done or dead", async (bench) => {
    const [a, b] = [bench.message({ id: "a" }), bench.message({ id: "b" })];
    await bench.append(a, b);
    const again = async () => [(await bench.store.append(a)).status, (await bench.store.append(b)).status];
    same(await again(), ["duplicate", "duplicate"]);
    const [one, two] = await bench.claim(2);
    same(await again(), ["duplicate", "duplicate"]);
    if (one) await bench.settle(one);
    if (two) await bench.kill(two);
    same(await again(), ["duplicate", "duplicate"]);
    same(await bench.ids(), []);
  }),
  law("of many who send one message at once, one stores it", async (bench) => {
    const sent = bench.message({ id: "a" });
    const answers = await Promise.all(Array.from({ length: 8 }, async () => bench.store.append(sent)));
    same(answers.map(({ status }) => status).sort(), [...Array<string>(7).fill("duplicate"), "stored"]);
    same(await bench.ids(), ["a"]);
  }),
  law("a refused message was never stored: it is taken when there is room", async (bench) => {
    await bench.announce({ count: 1 });
    const [, late] = [await bench.send({ id: "a" }), bench.message({ id: "b", idempotencyKey: "k" })];
    same((await bench.store.append(late)).status, "full");
    await bench.one();
    await bench.append(late);
    same(await bench.store.append(late), { status: "duplicate", id: "b" });
  }),
  law("a repeat to a full mailbox is a duplicate, not refused", async (bench) => {
    await bench.announce({ count: 1 });
    const sent = await first(bench);
    same(await bench.store.append(sent), duplicate);
    same((await bench.store.append(bench.message({ id: "a", payload: 1 }))).status, "conflict");
  }),
  law("members of one append count as stored before those after them", async (bench) => {
    const [a, other] = [bench.message({ id: "a" }), bench.message({ id: "a", payload: "other" })];
    const note = { idempotencyKey: "k", payload: "same" };
    const keyed = [bench.message({ id: "k1", ...note }), bench.message({ id: "k2", ...note })];
    const answer = { status: "conflict", id: "a" };
    same(await bench.store.appendAll([a, other]), { status: "refused", output: other, answer });
    const stored = await bench.store.appendAll([a, a, ...keyed]);
    const answers = [
      { status: "stored" },
      duplicate,
      { status: "stored" },
      { status: "duplicate", id: "k1" },
    ];
    same(stored, { status: "stored", answers });
    same(await bench.waiting(), ["a", "k1"]);
  }),
  law("a repeat inside an append of several takes no room", async (bench) => {
    await bench.announce({ count: 2 });
    const [a, b] = [bench.message({ id: "a" }), bench.message({ id: "b" })];
    await bench.append(a);
    same((await bench.store.appendAll([a, b, b])).status, "stored");
    same(await bench.waiting(), ["a", "b"]);
  }),
  law("a published message is recognised by its id as well", async (bench) => {
    await bench.store.bind("tide.*", critic);
    const event = bench.event("tide.turned", { id: "a" });
    await bench.append(event);
    same(await bench.store.append(event), duplicate);
    same(await bench.store.append(bench.event("tide.turned", { id: "a", payload: "other" })), conflict);
    same(await bench.ids(), ["a"]);
  }),
  law("an at-most-once message is recognised however it was stored", async (bench) => {
    const draft = { verb: "reply", delivery: "at-most-once", idempotencyKey: "k" } as const;
    const reply = bench.message({ id: "a", ...draft });
    const again = { ...reply, id: "b" };
    await bench.settle(await bench.send({ id: "in" }).then(() => bench.one()), ACK, [reply]);
    for (const twin of [reply, again]) same(await bench.store.append(twin), duplicate);
    const [c, d] = [bench.message({ id: "c", verb: "reply", delivery: "at-most-once" }), bench.message()];
    same((await bench.store.appendAll([c, d])).status, "stored");
    same((await bench.store.appendAll([d, c])).status, "stored");
    same(await bench.store.append(c), { status: "duplicate", id: "c" });
    same(await bench.ids(), ["a", "c", d.id]);
  }),
];
