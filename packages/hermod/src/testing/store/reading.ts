/** Reading: looking changes nothing, and long answers come in pages. Law 9. */
import type { Query } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody } from "./drafts.ts";
import { given, like, refused, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** A mailbox with something in every state. */
async function varied(bench: Bench): Promise<void> {
  await bench.store.bind("tide.*", critic);
  await bench.send({ id: "done" }, { id: "dead" }, { id: "failed" }, { id: "running" });
  await bench.settle(await bench.one());
  await bench.kill(await bench.one());
  await bench.settle(await bench.one(), { type: "fail", error: failure });
  await bench.one();
  await bench.send(
    { id: "delayed", notBefore: bench.clock.now() + 1000 },
    { id: "waiting", orderKey: "k" },
    { id: "urgent", priority: 4 },
  );
}

const questions: readonly Query[] = [
  { type: "history" },
  { type: "history", conversation: "c1" },
  { type: "history", order: "newest" },
  { type: "history", agent: critic },
  { type: "waiting", mailbox: critic },
  { type: "dead" },
  { type: "bindings" },
  { type: "bindings", topic: "tide.turned" },
  { type: "counts" },
  { type: "counts", mailbox: critic },
];

/** The items of all pages of a question, asked with this limit. */
async function pages(bench: Bench, query: Query & { readonly limit: number }): Promise<unknown[]> {
  const items: unknown[] = [];
  for (let after: string | undefined, more = true; more;) {
    const page = await bench.store.read({ ...query, ...(after !== undefined && { after }) } as Query);
    same(page.items.length <= query.limit, true, "a page is not too long");
    items.push(...page.items);
    after = page.next;
    more = after !== undefined;
  }
  return items;
}

export const reading: readonly Law[] = [
  law("reading consumes nothing and wakes nobody: the same question gives the same answer", async (bench) => {
    await varied(bench);
    await bench.rest();
    const ear = bench.listen();
    const ask = async () => {
      const answers = [];
      for (const question of questions) answers.push(await bench.store.read(question));
      return answers;
    };
    same(await ask(), await ask());
    await bench.rest();
    same(ear.count, 0);
    same(await bench.ids(), ["urgent", "waiting"]);
  }),
  law("what waits is shown in about the order it will be given, whatever keeps it waiting", async (bench) => {
    await varied(bench);
    await bench.append(bench.notice({ id: "notice" }));
    same(await bench.waiting(), ["notice", "urgent", "waiting", "delayed"]);
    same(await bench.waiting(nobody), []);
  }),
  law("what waits is shown by filter", async (bench) => {
    await varied(bench);
    const where = [{ field: "priority", operator: "is" as const, value: 4, negated: true }];
    const { items } = await bench.store.read({ type: "waiting", mailbox: critic, where });
    same(
      items.map(({ id }) => id),
      ["waiting", "delayed"],
    );
  }),
  law("pages hold all items once and in order, whatever their length", async (bench) => {
    await bench.send(...Array.from({ length: 7 }, (_, at) => ({ id: `dead ${at}` })));
    for (const claim of await bench.claim()) await bench.kill(claim);
    await bench.send(...Array.from({ length: 7 }, (_, at) => ({ id: `waiting ${at}` })));
    for (let at = 0; at < 7; at++) await bench.store.bind(`tide.${at}`, critic);
    for (const type of ["history", "waiting", "dead", "bindings"] as const) {
      const query = { type, mailbox: critic } as Query;
      const { items, next } = await bench.store.read(query);
      same(next, undefined, `the cursor behind all of ${type}`);
      same(items.length, type === "history" ? 14 : 7, type);
      for (const limit of [1, 2, 7, 8])
        same(await pages(bench, { ...query, limit } as never), items, `${type} by ${limit}`);
      if (type === "history")
        same(await pages(bench, { type, order: "newest", limit: 4 }), items.toReversed(), "newest first");
    }
  }),
  law("a page holds 100 items unless asked otherwise, at most 1,000, and at least one", async (bench) => {
    for (let left = 1100; left > 0; left--) {
      await bench.store.append(bench.message(), true);
      await bench.store.bind(`tide.${left}`, critic);
    }
    for (const type of ["history", "waiting", "bindings"] as const) {
      const query = { type, mailbox: critic } as Query;
      same((await bench.store.read(query)).items.length, 100);
      same((await bench.store.read({ ...query, limit: 1000 } as Query)).items.length, 1000);
      for (const limit of [0, 1001, 1.5, -1]) {
        await refused("HERMOD_BAD_OPTION", () => bench.store.read({ ...query, limit } as Query));
      }
    }
  }),
  law(
    "each item is told with its place where that is asked for, and is read on from there",
    async (bench) => {
      await bench.send(...Array.from({ length: 4 }, (_, at) => ({ id: `dead ${at}` })));
      for (const claim of await bench.claim()) await bench.kill(claim);
      for (let at = 0; at < 4; at++) await bench.store.bind(`tide.${at}`, critic);
      for (const type of ["history", "dead", "bindings"] as const) {
        const { items, places = [] } = await bench.store.read({ type, places: true } as Query);
        same(places.length, items.length, `places of ${type}`);
        same(await bench.store.read({ type } as Query), { items }, `${type} without places`);
        for (const [at, place] of places.entries()) {
          const after = String(place);
          same((await bench.store.read({ type, after } as Query)).items, items.slice(at + 1), `behind ${at}`);
          if (type !== "history") continue;
          const back = await bench.store.read({ type, after, order: "newest", places: true });
          same(back.items, items.slice(0, at).toReversed(), `before ${at}`);
          same(back.places, places.slice(0, at).toReversed());
        }
      }
    },
  ),
  law("a cursor that no page gave is refused", async (bench) => {
    await varied(bench);
    for (const after of ["", "nonsense", "-1", "1.5"])
      await refused("HERMOD_BAD_OPTION", () => bench.store.read({ type: "history", order: "newest", after }));
    for (const type of ["history", "waiting", "dead", "bindings"] as const) {
      for (const after of ["", "nonsense", "-1", "1.5"]) {
        await refused("HERMOD_BAD_OPTION", () => bench.store.read({ type, mailbox: critic, after } as Query));
      }
    }
  }),
  law("the numbers of a mailbox tell what waits, is delayed, runs, came, and since when", async (bench) => {
    await varied(bench);
    const { sentAt } = await bench.record("waiting").then(({ envelope }) => envelope);
    like(await bench.counts(), {
      mailbox: critic,
      served: true,
      waiting: 2,
      delayed: 1,
      running: 1,
      received: 7,
    });
    await bench.advance("1h");
    same((await bench.counts()).oldestSentAt, sentAt);
  }),
  law("numbers are told for every mailbox or for one, and none for one that is not there", async (bench) => {
    await bench.announce({}, editor);
    const { items } = await bench.store.read({ type: "counts" });
    same(items.map(({ mailbox }) => mailbox).sort(), [critic, editor]);
    like((await bench.store.read({ type: "counts", mailbox: editor })).items[0], {
      mailbox: editor,
      waiting: 0,
      bytes: 0,
    });
    same((await bench.store.read({ type: "counts", mailbox: nobody })).items, []);
  }),
  law("what an answer holds is a copy: later changes do not show in it", async (bench) => {
    await bench.send({ id: "a" });
    await bench.settle(await bench.one(), { type: "retry", at: 0, error: failure });
    const before = await bench.record("a");
    const { attempts } = before;
    await bench.kill(await bench.one());
    like(before, { state: "waiting", attempts });
    same(given(attempts).length, 1);
  }),
];
