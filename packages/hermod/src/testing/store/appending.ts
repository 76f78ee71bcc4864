/** Appending: what is stored is there to be claimed, as it was sent; what is refused leaves no trace. Law 1. */
import { replyAddress, systemAddress } from "../../core/address.ts";
import { critic, editor, nobody } from "./drafts.ts";
import { given, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const appending: readonly Law[] = [
  law("a stored message is given as it was sent, with all its fields and bytes", async (bench) => {
    const payload = {
      text: "tide",
      list: [1, null, true],
      bytes: new Uint8Array([0, 128, 255]),
      "": { $bytes: "no" },
    };
    const all = {
      replyTo: editor,
      inReplyTo: "m0",
      correlationId: "r1",
      causeId: "m0",
      idempotencyKey: "k1",
      orderKey: "o1",
      deadline: bench.clock.now() + 1000,
      trace: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
      metadata: { tenant: "blue" },
      hops: [editor],
      retry: { retries: 5, base: 100, factor: 2, cap: 1000, jitter: "none" as const },
    };
    const [sent] = await bench.send({ ...all, payload });
    same((await bench.one()).envelope, sent);
  }),
  law("what waits stays, whoever is told of it, until it is claimed and settled", async (bench) => {
    await bench.send({ id: "a" });
    await bench.advance("1d");
    same(await bench.waiting(), ["a"]);
    await bench.settle(await bench.one());
    same(await bench.waiting(), []);
    same(await bench.ids(), []);
  }),
  law("a message for an address that nobody announced is unknown and makes no mailbox", async (bench) => {
    const lost = bench.message({ to: nobody });
    same(await bench.store.append(lost), { status: "unknown" });
    same(await bench.store.appendAll([bench.message(), lost]), {
      status: "refused",
      output: lost,
      answer: { status: "unknown" },
    });
    same([...(await bench.store.directory())], [critic]);
    same(await bench.graves(), []);
  }),
  law("a message that was unknown can be sent again once its recipient is there", async (bench) => {
    const early = bench.message({ id: "early", to: nobody });
    await bench.store.append(early);
    await bench.announce({}, nobody);
    same(await bench.waiting(nobody), []);
    await bench.append(early);
    same(await bench.ids(1, { mailbox: nobody }), ["early"]);
  }),
  law("a reply to an agent waits in the mailbox of the system that the agent called from", async (bench) => {
    const system = systemAddress("s1");
    const reply = bench.message({ id: "r", verb: "reply", from: critic, to: replyAddress(system, editor) });
    same(await bench.store.append(reply), { status: "unknown" });
    await bench.announce({}, system);
    await bench.append(reply);
    const [claim] = await bench.claim(1, { mailbox: system });
    like(claim, { mailbox: system, envelope: reply });
    for (const agent of [critic, editor]) {
      const { items } = await bench.store.read({ type: "history", agent });
      same(
        items.map(({ envelope, state }) => `${envelope.id} ${state}`),
        ["r running"],
        `the history of ${agent}`,
      );
    }
  }),
  law("several are stored in their order, each for its own recipient", async (bench) => {
    await bench.announce({}, editor);
    const all = [{ id: "a" }, { id: "b", to: editor }, { id: "c" }].map((draft) => bench.message(draft));
    const answers = [{ status: "stored" }, { status: "stored" }, { status: "stored" }];
    same(await bench.store.appendAll(all), { status: "stored", answers });
    same(await bench.ids(), ["a", "c"]);
    same(await bench.ids(1, { mailbox: editor }), ["b"]);
  }),
  law(
    "several are stored together or not at all, and the first that has no place is named",
    async (bench) => {
      await bench.announce({ count: 2 });
      const all = [{ id: "a" }, { id: "b" }, { id: "c" }, { id: "d" }].map((draft) => bench.message(draft));
      const full = { status: "full", limit: "count", most: 2 };
      same(await bench.store.appendAll(all), { status: "refused", output: all[2], answer: full });
      like(await bench.counts(), { waiting: 0, bytes: 0, received: 0 });
      same((await bench.store.read({ type: "history" })).items, []);
      same((await bench.store.appendAll(all.slice(0, 2))).status, "stored");
    },
  ),
  law("an append of none is done at once and stores nothing", async (bench) => {
    same(await bench.store.appendAll([]), { status: "stored", answers: [] });
    like(await bench.counts(), { waiting: 0, received: 0 });
  }),
  law("many senders at once lose nothing: each message is given once", async (bench) => {
    const drafts = Array.from({ length: 500 }, (_, at) => ({ id: `s${at % 5}-${Math.floor(at / 5)}` }));
    const answers = await Promise.all(
      drafts.map(async (draft) => bench.store.append(bench.message(draft), true)),
    );
    same(answers.filter(({ status }) => status === "stored").length, 500);
    const taken = await bench.ids(1000);
    same([...taken].sort(), drafts.map(({ id }) => id).sort());
    for (const sender of ["s0", "s1", "s2", "s3", "s4"]) {
      const own = taken.filter((id) => id.startsWith(sender));
      same(
        own,
        [...own].sort((a, b) => place(a) - place(b)),
        `the order of what ${sender} sent`,
      );
    }
  }),
];

function place(id: string): number {
  return Number(given(id.split("-")[1]));
}
