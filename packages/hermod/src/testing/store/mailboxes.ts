/** Mailboxes: who serves an address, what stays when nobody does, and what becomes of it when it is removed. Laws 1, 12 and 19. */
import { ACK } from "../../core/settlement.ts";
import { defaultMailboxRule } from "../../core/store.ts";
import { critic, editor, nobody } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const mailboxes: readonly Law[] = [
  law("the directory names what was announced and not removed, served or not", async (bench) => {
    await bench.announce({}, editor);
    same([...(await bench.store.directory())].sort(), [critic, editor]);
    await bench.store.withdraw(critic);
    same([...(await bench.store.directory())].sort(), [critic, editor]);
    like(await bench.counts(), { served: false });
    like(await bench.counts(editor), { served: true });
    await bench.store.operate({ type: "remove", mailbox: critic });
    same([...(await bench.store.directory())], [editor]);
    await bench.store.withdraw(nobody);
    same([...(await bench.store.directory())], [editor]);
  }),
  law(
    "messages wait while their consumer is slow or away, and are there when it is back [18]",
    async (bench) => {
      await bench.send({ id: "a" });
      await bench.store.withdraw(critic);
      await bench.send({ id: "b" });
      await bench.advance("10d");
      same(await bench.waiting(), ["a", "b"]);
      await bench.announce();
      like(await bench.counts(), { served: true, received: 2 });
      for (const id of ["a", "b"]) {
        const claim = await bench.one();
        same(claim.envelope.id, id);
        await bench.settle(claim);
      }
    },
  ),
  law(
    "a mailbox rests while whoever serves it does, which wakes its watchers and keeps nothing from anybody [61]",
    async (bench) => {
      const rests = async (): Promise<boolean | undefined> => (await bench.counts()).rests;
      const ear = bench.listen();
      await bench.send({ id: "a" });
      for (const given of [true, false, true]) {
        await bench.rest();
        ear.count = 0;
        await bench.store.announce(critic, defaultMailboxRule, given);
        await bench.rest();
        same([ear.count > 0, await rests()], [true, given ? true : undefined]);
      }
      same((await bench.one()).envelope.id, "a");
      await bench.store.withdraw(critic);
      same(await rests(), undefined);
      ear.end();
    },
  ),
  law("a mailbox says which systems serve it, where they have said so", async (bench) => {
    const servers = async (): Promise<unknown> => (await bench.counts()).servers;
    same(await servers(), undefined);
    await bench.store.announce(critic, defaultMailboxRule, false, [editor, nobody]);
    same(await servers(), [editor, nobody]);
    await bench.store.announce(critic, defaultMailboxRule);
    same(await servers(), undefined);
    await bench.store.announce(critic, defaultMailboxRule, true, [editor]);
    same(await servers(), [editor]);
    await bench.store.withdraw(critic);
    same(await servers(), undefined);
  }),
  law("withdrawing leaves what runs to its claimant", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await bench.store.withdraw(critic);
    same(await bench.store.extend(claim, 1000), true);
    await bench.settle(claim);
  }),
  law(
    "what waits or runs in a removed mailbox becomes dead letters, which the store tells of",
    async (bench) => {
      await bench.send({ id: "running" }, { id: "behind", orderKey: "k" }, { id: "parked", orderKey: "k" });
      await bench.send({ id: "delayed", notBefore: bench.clock.now() + 1000 });
      await bench.append(bench.notice({ id: "notice" }));
      const [notice, running] = await bench.claim(2);
      await bench.settle(given(notice), { type: "release" });
      same(await bench.store.operate({ type: "remove", mailbox: critic }), { status: "done", count: 5 });
      const ids = ["behind", "delayed", "notice", "parked", "running"];
      same(
        (await bench.graves()).sort(),
        ids.map((id) => `${id} stopped`),
      );
      same(
        (await bench.told()).sort(),
        ids.map((id) => `${id} stopped`),
      );
      same(await bench.answer(given(running)), { status: "stale" });
      same(await bench.store.extend(given(running), 1000), false);
    },
  ),
  law("a removed mailbox is unknown, and empty when it is announced again", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await bench.send({ id: "b" });
    await bench.store.operate({ type: "remove", mailbox: critic });
    same(await bench.store.append(bench.message()), { status: "unknown" });
    same(await bench.ids(), []);
    await bench.announce();
    like(await bench.counts(), { waiting: 0, delayed: 0, running: 0, bytes: 0, received: 0 });
    same(await bench.answer(claim), { status: "stale" });
    await bench.send({ id: "c" });
    await bench.advance("1d");
    same(await bench.ids(), ["c"]);
  }),
  law("a removed mailbox is forgotten with its state and its bindings", async (bench) => {
    await bench.announce({}, editor);
    for (const mailbox of [critic, editor]) {
      await bench.store.bind("tide.*", mailbox);
      await bench.send({ to: mailbox });
      await bench.settle(await bench.one({ mailbox }), ACK, [], { key: mailbox, base: 0, json: "1" });
    }
    await bench.store.operate({ type: "remove", mailbox: critic });
    same(await bench.store.load(critic), undefined);
    like(await bench.store.load(editor), { json: "1" });
    await bench.announce();
    await bench.append(bench.event("tide.turned", { id: "a" }));
    same([...(await bench.waiting()), ...(await bench.waiting(editor))], ["a"]);
    await bench.send({ id: "b" });
    await bench.settle(await bench.one(), ACK, [], { key: critic, base: 0, json: "2" });
  }),
  law("a withdrawn mailbox keeps its bindings", async (bench) => {
    await bench.store.bind("tide.*", critic);
    await bench.store.withdraw(critic);
    await bench.append(bench.event("tide.turned", { id: "a" }));
    await bench.announce();
    same(await bench.ids(), ["a"]);
  }),
  law("removing what is not there is missing and changes nothing", async (bench) => {
    await bench.send({ id: "a" });
    same(await bench.store.operate({ type: "remove", mailbox: nobody }), { status: "missing" });
    same(await bench.ids(), ["a"]);
  }),
  law("a mailbox that is to be removed where nobody serves it stays while somebody does", async (bench) => {
    await bench.send({ id: "a" });
    const remove = { type: "remove", mailbox: critic, unserved: true } as const;
    same(await bench.store.operate(remove), { status: "served" });
    same(await bench.waiting(), ["a"]);
    await bench.store.withdraw(critic);
    same(await bench.store.operate(remove), { status: "done", count: 1 });
    same(await bench.store.operate(remove), { status: "missing" });
    same(await bench.graves(), ["a stopped"]);
  }),
  law("announcing again keeps messages, claims and numbers", async (bench) => {
    await bench.send({ id: "a" }, { id: "b" });
    const claim = await bench.one();
    await bench.announce({ order: "strict", count: 10 });
    like(await bench.counts(), { waiting: 1, running: 1, received: 2 });
    await bench.settle(claim);
    same(await bench.ids(), ["b"]);
  }),
];
