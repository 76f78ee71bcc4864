/** Dead letters: what could not be handled, kept with all that is known of why. Law 1. */
import { parseFilter } from "../../core/filter.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody, sized } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** Dead letters of messages with these ids, all given up by their handler. */
async function buried(bench: Bench, ...ids: readonly string[]): Promise<void> {
  await bench.send(...ids.map((id) => ({ id })));
  for (const claim of await bench.claim()) {
    await bench.settle(claim, { type: "dead", reason: "terminal", error: failure });
    await bench.advance(1);
  }
}

export const deadLetters: readonly Law[] = [
  law("a message that no mailbox took is kept as a dead letter, with reason and error", async (bench) => {
    const lost = bench.message({ id: "a", to: nobody });
    await bench.store.bury(lost, "no-recipient", failure);
    const letter = given((await bench.dead())[0]);
    const { id: _, ...rest } = letter;
    const diedAt = bench.clock.now();
    same(rest, {
      envelope: lost,
      reason: "no-recipient",
      error: failure,
      attempts: [],
      diedAt,
      generation: 0,
    });
    same((await bench.record("a")).state, "dead");
  }),
  law("a message without subscriber is kept as well, without an error", async (bench) => {
    await bench.store.bury(bench.event("tide.turned", { id: "a" }), "no-subscriber");
    like((await bench.dead())[0], { reason: "no-subscriber", error: undefined, mailbox: undefined });
  }),
  law("one message that dies in two mailboxes is two dead letters with names of their own", async (bench) => {
    await bench.announce({}, editor);
    for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    for (const mailbox of [critic, editor]) await bench.kill(await bench.one({ mailbox }));
    const letters = await bench.dead();
    same(
      letters.map(({ mailbox }) => mailbox),
      [critic, editor],
    );
    same(new Set(letters.map(({ id }) => id)).size, 2);
  }),
  law(
    "only what the store itself gives up is told of as dead: its handler knows of the rest",
    async (bench) => {
      await buried(bench, "given up");
      await bench.store.bury(bench.message({ to: nobody }), "no-recipient");
      same(await bench.told(), []);
      await bench.send({ id: "late", deadline: bench.clock.now() });
      await bench.advance(1);
      await bench.claim();
      same(await bench.told(), ["late expired"]);
      same(bench.died, await bench.dead("reason:expired"));
    },
  ),
  law(
    "whoever is told of a death may use the store at once, also the mailbox that is claimed from",
    async (bench) => {
      bench.onDeath = ({ envelope }) =>
        void bench.store.append(bench.message({ id: `about ${envelope.id}`, payload: sized(10) }));
      const deadline = bench.clock.now();
      await bench.send({ id: "a", deadline }, { id: "b", payload: sized(50) }, { id: "c", deadline });
      await bench.advance(1);
      same(await bench.ids(1), ["b"]);
      await bench.rest();
      same(await bench.ids(1), ["about a"]);
      await bench.rest();
      like(await bench.counts(), { waiting: 1, running: 2, bytes: 10 });
      same(await bench.ids(), ["about c"]);
    },
  ),
  law("dead letters are listed oldest first, in pages that a cursor follows", async (bench) => {
    await buried(bench, "a", "b", "c", "d", "e");
    const first = await bench.store.read({ type: "dead", limit: 2 });
    const second = await bench.store.read({ type: "dead", limit: 2, after: given(first.next) });
    const third = await bench.store.read({ type: "dead", limit: 2, after: given(second.next) });
    const pages = [first, second, third].map(({ items }) =>
      items.map(({ envelope }) => envelope.id).join(""),
    );
    same(pages, ["ab", "cd", "e"]);
    same(third.next, undefined);
  }),
  law("a cursor of the dead letters holds although letters before it are gone", async (bench) => {
    await buried(bench, "a", "b", "c");
    const { items, next } = await bench.store.read({ type: "dead", limit: 1 });
    await bench.store.operate({ type: "discard", id: given(items[0]).id });
    const rest = await bench.store.read({ type: "dead", after: given(next) });
    same(
      rest.items.map(({ envelope }) => envelope.id),
      ["b", "c"],
    );
  }),
  law(
    "dead letters are found by reason, number of attempts, text of the error and what the message says",
    async (bench) => {
      await buried(bench, "a");
      await bench.send({ id: "b", operation: "other" });
      await bench.settle(await bench.one(), { type: "retry", at: 0, error: failure });
      await bench.settle(await bench.one(), {
        type: "dead",
        reason: "exhausted",
        error: { ...failure, message: "no ink" },
      });
      const found = async (where: string) =>
        (await bench.dead(where)).map(({ envelope }) => envelope.id).join("");
      same(await found("reason:terminal"), "a");
      same(await found("attempts:>1"), "b");
      same(await found("state:dead"), "ab");
      same(await found('"no ink"'), "b");
      same(await found("error:no*"), "b");
      same(await found("-operation:other"), "a");
      same(await found("reason:expired"), "");
    },
  ),
  law("a discarded dead letter is gone, and cannot be discarded or given back again", async (bench) => {
    await buried(bench, "a", "b");
    const id = given((await bench.dead())[0]).id;
    same(await bench.store.operate({ type: "discard", id }), { status: "done", count: 1 });
    same(await bench.store.operate({ type: "discard", id }), { status: "missing" });
    same(await bench.store.operate({ type: "redrive", id, force: true, dryRun: false }), {
      status: "missing",
    });
    same(await bench.graves(), ["b terminal"]);
    same(await bench.ids(), []);
    const dead = await bench.store.read({ type: "history", where: parseFilter("state:dead") });
    same(dead.items.length, 2, "the records stay");
  }),
  law("the number of dead letters is told as they come and go, and as one that died again", async (bench) => {
    const count = async () => given((await bench.store.read({ type: "deaths" })).items[0]).count;
    same(await count(), 0);
    await buried(bench, "a", "b", "c");
    await bench.store.bury(bench.message({ id: "d", to: nobody }), "no-recipient");
    same(await count(), 4);
    const [a, b] = await bench.dead();
    await bench.store.operate({ type: "discard", id: given(a).id });
    await bench.store.operate({ type: "discard", id: given(a).id });
    same(await count(), 3);
    await bench.store.operate({ type: "redrive", id: given(b).id, force: false, dryRun: true });
    same(await count(), 3);
    await bench.store.operate({ type: "redrive", id: given(b).id, force: false, dryRun: false });
    same(await count(), 2);
    await bench.kill(await bench.one());
    same(await count(), 3);
    same((await bench.dead()).length, 3);
  }),
  law("dead letters beyond their age are not counted", async (bench) => {
    await buried(bench, "a", "b");
    await bench.advance("31d");
    same((await bench.store.read({ type: "deaths" })).items, [{ count: (await bench.dead()).length }]);
  }),
];
