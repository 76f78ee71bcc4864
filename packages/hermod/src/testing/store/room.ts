/** Room: senders that wait for a place in a full mailbox, in their order, until their time is over. Law 2. */
import type { Envelope } from "../../core/envelope.ts";
import type { Bench } from "./bench.ts";
import { critic, sized } from "./drafts.ts";
import { same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** What senders were answered so far, as "id status". */
type Answers = string[];

/** A mailbox with room for `count`, and "a" in it. */
async function narrow(
  bench: Bench,
  limits: { count?: number; bytes?: number } = { count: 1 },
): Promise<Answers> {
  await bench.announce({ ...limits, overflow: "wait" });
  await bench.send({ id: "a", payload: sized(60) });
  return [];
}

/** Senders that do not wait for one another. */
async function offer(bench: Bench, answers: Answers, ...envelopes: readonly Envelope[]): Promise<void> {
  for (const envelope of envelopes) {
    void Promise.resolve(bench.store.append(envelope)).then(
      ({ status }) => void answers.push(`${envelope.id} ${status}`),
    );
  }
  await bench.rest();
}

export const room: readonly Law[] = [
  law("a sender waits for room and is stored when there is some", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, bench.message({ id: "b" }));
    same(answers, []);
    same(await bench.waiting(), ["a"]);
    await bench.one();
    await bench.rest();
    same(answers, ["b stored"]);
    same(await bench.ids(), ["b"]);
  }),
  law("senders that wait are stored in their order, and none before them", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, ...["b", "c", "d"].map((id) => bench.message({ id })));
    const order = [];
    for (let left = 4; left > 0; left--) {
      order.push(...(await bench.ids(1)));
      await offer(bench, answers, bench.message({ id: `late ${left}`, deadline: bench.clock.now() + 5 }));
    }
    same(order, ["a", "b", "c", "d"]);
  }),
  law("a small message does not overtake a large one that waits for room", async (bench) => {
    const answers = await narrow(bench, { bytes: 100 });
    await offer(
      bench,
      answers,
      bench.message({ id: "large", payload: sized(90) }),
      bench.message({ id: "small", payload: "" }),
    );
    same(answers, []);
    const order = await bench.ids(1);
    await bench.rest();
    order.push(...(await bench.ids(1)), ...(await bench.ids(1)));
    same(order, ["a", "large", "small"]);
  }),
  law("a sender waits no longer than to its message's deadline", async (bench) => {
    const answers = await narrow(bench);
    await offer(
      bench,
      answers,
      bench.message({ id: "b", deadline: bench.clock.now() + 1000 }),
      bench.message({ id: "c" }),
    );
    await bench.advance(1000);
    same(answers, ["b full"]);
    await bench.one();
    await bench.rest();
    same(answers, ["b full", "c stored"]);
    same(await bench.ids(), ["c"]);
  }),
  law("when the first who waits gives up, those behind it who find room are let in", async (bench) => {
    const answers = await narrow(bench, { bytes: 100 });
    const large = bench.message({ id: "large", payload: sized(90), deadline: bench.clock.now() + 1000 });
    await offer(bench, answers, large, bench.message({ id: "small", payload: "" }));
    await bench.advance(1000);
    same(answers, ["large full", "small stored"]);
    same(await bench.ids(), ["a", "small"]);
  }),
  law("a sender without a deadline waits for half a minute", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, bench.message({ id: "b" }));
    await bench.advance(29_999);
    same(answers, []);
    await bench.advance(1);
    same(answers, ["b full"]);
  }),
  law("senders that wait count as stored before those after them: a repeat is a duplicate", async (bench) => {
    const answers = await narrow(bench);
    const waiting = bench.message({ id: "b", idempotencyKey: "k" });
    await offer(bench, answers, waiting, waiting, bench.message({ id: "c", idempotencyKey: "k" }));
    const order = [...(await bench.ids(1))];
    await bench.rest();
    order.push(...(await bench.ids(1)), ...(await bench.ids(1)));
    await bench.rest();
    same(order, ["a", "b"]);
    same(answers.sort(), ["b duplicate", "b stored", "c duplicate"]);
  }),
  law("a repeat with other content of what waits for room is a conflict", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, bench.message({ id: "b" }));
    const other = bench.store.append(bench.message({ id: "b", payload: "other" }));
    await bench.claim(1);
    await bench.rest();
    await bench.claim(1);
    same((await other).status, "conflict");
  }),
  law("a larger capacity lets those in who wait", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, bench.message({ id: "b" }), bench.message({ id: "c" }));
    await bench.announce({ count: 2, overflow: "wait" });
    await bench.rest();
    same(answers, ["b stored"]);
    await bench.announce();
    await bench.rest();
    same(await bench.ids(), ["a", "b", "c"]);
  }),
  law("several at once do not wait: they are refused when they find no room", async (bench) => {
    await narrow(bench);
    const two = [bench.message(), bench.message()];
    const answer = { status: "full", limit: "count", most: 1 };
    same(await bench.store.appendAll(two), { status: "refused", output: two[0], answer });
  }),
  law("who waits for a mailbox that is removed is told that it is unknown", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, bench.message({ id: "b" }));
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.rest();
    same(answers, ["b unknown"]);
  }),
  law("who waits when the store is closed is told that there was no room", async (bench) => {
    const answers = await narrow(bench);
    await offer(bench, answers, bench.message({ id: "b" }));
    await bench.store.close();
    await bench.rest();
    same(answers, ["b full"]);
  }),
];
