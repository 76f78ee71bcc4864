/** Topics: each bound mailbox gets a copy of its own, with a fate of its own. Law 10. */
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody, writer } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** Binds mailboxes, which are made, to a pattern. */
export async function bound(bench: Bench, pattern = "tide.>", mailboxes = [critic, editor]): Promise<void> {
  for (const mailbox of mailboxes) {
    await bench.announce({}, mailbox);
    await bench.store.bind(pattern, mailbox);
  }
}

/** What each of the two mailboxes is given. */
export async function got(bench: Bench): Promise<string[]> {
  const lists = [await bench.ids(), await bench.ids(100, { mailbox: editor })];
  return lists.map((ids) => ids.join(" "));
}

export const topics: readonly Law[] = [
  law("each mailbox bound to a topic gets one copy, as it was sent, and others get none", async (bench) => {
    await bound(bench);
    await bench.announce({}, writer);
    const event = bench.event("tide.turned", { id: "a" });
    await bench.append(event);
    for (const mailbox of [critic, editor])
      same(
        (await bench.claim(9, { mailbox })).map(({ envelope }) => envelope),
        [event],
      );
    same(await bench.ids(9, { mailbox: writer }), []);
  }),
  law("a mailbox with several patterns that match gets one copy", async (bench) => {
    await bound(bench, "tide.>");
    await bench.store.bind("tide.*", critic);
    await bench.store.bind("tide.turned", critic);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    same(await got(bench), ["a", "a"]);
  }),
  law("`*` stands for one token, and `>` at the end for all the rest", async (bench) => {
    await bound(bench, "tide.*", [critic]);
    await bound(bench, "tide.>", [editor]);
    await bench.append(
      bench.event("tide.turned", { id: "two" }),
      bench.event("tide.north.turned", { id: "three" }),
    );
    same(await got(bench), ["two", "two three"]);
    same(await bench.store.append(bench.event("tide")), { status: "unknown" });
  }),
  law("a topic that no mailbox is bound to is unknown and leaves nothing behind", async (bench) => {
    await bound(bench, "other.*");
    const event = bench.event("tide.turned", { id: "a" });
    same(await bench.store.append(event), { status: "unknown" });
    await bench.store.bind("tide.*", nobody);
    same(
      await bench.store.append(event),
      { status: "unknown" },
      "the answer where the bound mailbox is not there",
    );
    await bench.store.bind("tide.*", critic);
    await bench.append(event);
    same(await got(bench), ["a", ""]);
  }),
  law("each copy is settled for itself: a retry touches only the mailbox that failed", async (bench) => {
    await bound(bench);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    await bench.settle(await bench.one(), { type: "retry", at: 0, error: failure });
    await bench.settle(await bench.one({ mailbox: editor }));
    like(await bench.one(), { attempt: 2 });
    same(await bench.ids(9, { mailbox: editor }), []);
  }),
  law("a full mailbox turns only its own copy of a published message into a dead letter", async (bench) => {
    await bound(bench);
    for (const overflow of ["reject", "drop-newest", "wait"] as const) {
      await bench.announce({ count: 1, overflow });
      await bench.send({});
      await bench.append(bench.event("tide.turned", { id: overflow }));
      same(await bench.ids(9, { mailbox: editor }), [overflow]);
      await bench.ids();
    }
    same(await bench.graves(), ["reject overflow", "drop-newest overflow", "wait overflow"]);
    same(
      (await bench.dead()).map(({ mailbox }) => mailbox),
      [critic, critic, critic],
    );
    same(await bench.told(), await bench.graves());
  }),
  law("a published message makes room for its copy where the mailbox drops the oldest", async (bench) => {
    await bound(bench);
    await bench.announce({ count: 1, overflow: "drop-oldest" });
    await bench.send({ id: "old" });
    await bench.append(bench.event("tide.turned", { id: "new" }));
    same(await got(bench), ["new", "new"]);
    same(await bench.graves(), ["old overflow"]);
  }),
  law("a published message has a record for each mailbox that got a copy", async (bench) => {
    await bound(bench);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    const records = async () => {
      const { items } = await bench.store.read({ type: "history" });
      return items.map(({ mailbox, state, attempts }) => `${mailbox} ${state} ${attempts.length}`).sort();
    };
    const claim = await bench.one();
    same(await records(), ["critic running 0", "editor waiting 0"]);
    await bench.settle(claim);
    await bench.kill(await bench.one({ mailbox: editor }));
    same(await records(), ["critic done 1", "editor dead 1"]);
  }),
  law("a published message waits for its time and expires in every mailbox by itself", async (bench) => {
    await bound(bench);
    const now = bench.clock.now();
    await bench.append(bench.event("tide.turned", { id: "a", notBefore: now + 10, deadline: now + 20 }));
    same(await got(bench), ["", ""]);
    await bench.advance(10);
    same(await bench.ids(), ["a"]);
    await bench.advance(11);
    same(await bench.ids(1, { mailbox: editor }), []);
    same(given((await bench.dead())[0]).mailbox, editor);
  }),
];
