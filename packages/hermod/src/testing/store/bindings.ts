/** Bindings: which mailboxes a topic reaches, in which order and until when; and how they are told. Law 12. */
import { parseFilter } from "../../core/filter.ts";
import type { Query } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { given, refused, same } from "./check.ts";
import { critic, editor, nobody, writer } from "./drafts.ts";
import { law, type Law } from "./law.ts";
import { bound, got } from "./topics.ts";

/** The bindings as "pattern mailbox until", the time counted from now. */
async function bindings(bench: Bench, query: Partial<Query> = {}): Promise<string[]> {
  const { items } = await bench.store.read({ ...query, type: "bindings" });
  return items.map(({ pattern, mailbox, until }) =>
    [pattern, mailbox, ...(until === undefined ? [] : [until - bench.clock.now()])].join(" "),
  );
}

/** The mailboxes that got a copy of a message, in their order. */
async function reached(bench: Bench, id: string): Promise<(string | undefined)[]> {
  const { items } = await bench.store.read({ type: "history", where: parseFilter(`id:${id}`) });
  return items.map(({ mailbox }) => mailbox);
}

export const bindingLaws: readonly Law[] = [
  law(
    "mailboxes are reached in the order of their first binding that fits, which a renewal keeps",
    async (bench) => {
      await bound(bench, "other", [writer, critic, editor]);
      await bench.store.bind("tide.>", editor, 1000);
      await bench.store.bind("tide.turned", critic);
      await bench.store.bind("tide.*", writer);
      await bench.store.bind("tide.*", editor);
      await bench.store.bind("tide.>", editor);
      await bench.append(
        bench.event("tide.turned", { id: "a" }),
        bench.event("tide.north.turned", { id: "b" }),
      );
      same(await reached(bench, "a"), [editor, critic, writer]);
      same(await reached(bench, "b"), [editor]);
      await bench.store.unbind("tide.>", editor);
      await bench.store.bind("tide.>", editor);
      await bench.append(bench.event("tide.turned", { id: "c" }));
      same(await reached(bench, "c"), [critic, writer, editor]);
    },
  ),
  law("a binding ends when it is taken back, and only it", async (bench) => {
    await bound(bench);
    await bench.store.unbind("tide.>", critic);
    await bench.store.unbind("never.bound", critic);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    same(await got(bench), ["", "a"]);
  }),
  law("a binding under a lease ends with it unless it is renewed", async (bench) => {
    await bound(bench, "other");
    for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox, 1000);
    await bench.advance(900);
    await bench.store.bind("tide.*", critic, 1000);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    await bench.advance(100);
    await bench.append(bench.event("tide.turned", { id: "b" }));
    await bench.advance(900);
    same(await bench.store.append(bench.event("tide.turned")), { status: "unknown" });
    same(await got(bench), ["a b", "a"]);
  }),
  law("a renewal sets the time anew: earlier, later or for good", async (bench) => {
    await bound(bench, "other");
    for (const lease of [1000, 100]) await bench.store.bind("tide.*", critic, lease);
    for (const lease of [100, undefined, 1000, undefined]) await bench.store.bind("tide.*", editor, lease);
    await bench.advance(100);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    await bench.advance("30d");
    await bench.append(bench.event("tide.turned", { id: "b" }));
    same(await got(bench), ["", "a b"]);
  }),
  law("a binding that has ended is no more: bound again it is a new one", async (bench) => {
    await bound(bench, "other");
    for (const mailbox of [critic, editor]) await bench.store.bind("tide.*", mailbox, 1000);
    await bench.advance(500);
    await bench.store.bind("tide.*", editor, 1000);
    await bench.advance(500);
    await bench.store.bind("tide.*", critic, 1000);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    same(await reached(bench, "a"), [editor, critic]);
  }),
  law(
    "bindings are told for all mailboxes or for one, oldest first, with the end of a lease",
    async (bench) => {
      await bound(bench, "tide.>");
      await bench.store.bind("*.turned", critic, 1000);
      await bench.store.bind("tide.*", nobody);
      await bench.store.bind("short", editor, 10);
      await bench.advance(10);
      const all = ["tide.> critic", "tide.> editor", "*.turned critic 990", "tide.* nobody"];
      same(await bindings(bench), all);
      same(await bindings(bench, { mailbox: critic }), ["tide.> critic", "*.turned critic 990"]);
      same(await bindings(bench, { mailbox: nobody }), ["tide.* nobody"]);
      same(await bindings(bench, { mailbox: writer }), []);
      await bench.store.operate({ type: "remove", mailbox: critic });
      same(await bindings(bench), ["tide.> editor", "tide.* nobody"]);
    },
  ),
  law("the bindings of a topic are those that a message of it would reach now", async (bench) => {
    await bound(bench, "other");
    await bench.store.bind("tide.*", nobody);
    await bench.store.bind("tide.>", editor);
    await bench.store.bind("tide.turned", critic, 1000);
    await bench.store.bind("*.turned", critic, 10);
    await bench.store.bind("*.*", editor);
    const topic = "tide.turned";
    same(await bindings(bench, { topic }), [
      ...["tide.> editor", "tide.turned critic 1000", "*.turned critic 10", "*.* editor"],
    ]);
    await bench.advance(10);
    same(await bindings(bench, { topic, mailbox: critic }), ["tide.turned critic 990"]);
    await bench.append(bench.event(topic, { id: "a" }));
    same(await reached(bench, "a"), [editor, critic]);
    same(await bindings(bench, { topic: "tide" }), []);
    await bench.announce({}, nobody);
    same(await bindings(bench, { topic, mailbox: nobody }), ["tide.* nobody"]);
  }),
  law("a cursor of the bindings holds although bindings before it are gone", async (bench) => {
    await bound(bench, "a", [editor, critic]);
    for (const pattern of ["b", "c"]) await bench.store.bind(pattern, critic);
    const { items, next } = await bench.store.read({ type: "bindings", limit: 2 });
    same(
      items.map(({ mailbox }) => mailbox),
      [editor, critic],
    );
    await bench.store.unbind("a", editor);
    await bench.store.bind("a", editor);
    same(await bindings(bench, { after: given(next) }), ["b critic", "c critic", "a editor"]);
  }),
  law("a binding without a lease stays while its mailbox is away", async (bench) => {
    await bound(bench);
    await bench.store.withdraw(critic);
    await bench.advance("30d");
    await bench.append(bench.event("tide.turned", { id: "a" }));
    same(await got(bench), ["a", "a"]);
  }),
  law("a pattern that is none is refused, and binds nothing", async (bench) => {
    for (const pattern of ["", "tide..turned", "tide.>.turned", "tide*"])
      for (const mailbox of [critic, nobody])
        await refused("HERMOD_BAD_ADDRESS", () => bench.store.bind(pattern, mailbox));
    same(await bindings(bench), []);
  }),
];
