/** By hand: what an operator does to one message that waits for a time. Law 1. */
import type { Operated } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { critic, editor, failure, nobody } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

const done = { status: "done", count: 1 };
const missing = { status: "missing" };

async function act(bench: Bench, type: "hasten" | "cancel", id: string, mailbox = critic): Promise<Operated> {
  return bench.store.operate({ type, mailbox, id });
}

/** Two that wait for an hour, and one that failed and is tried again in an hour. */
async function waiting(bench: Bench): Promise<void> {
  const notBefore = bench.clock.now() + 3_600_000;
  await bench.send({ id: "failed" });
  await bench.settle(await bench.one(), { type: "retry", at: notBefore, error: failure });
  await bench.send({ id: "first", notBefore }, { id: "second", notBefore: notBefore + 1 });
}

async function delayed(bench: Bench): Promise<string[]> {
  const { items } = await bench.store.read({ type: "delayed", mailbox: critic });
  return items.map(({ envelope }) => envelope.id);
}

export const byHand: readonly Law[] = [
  law("a message that waits for a time can be let run now, with the attempts that it has", async (bench) => {
    await waiting(bench);
    const ear = bench.listen();
    same(await act(bench, "hasten", "second"), done);
    same(ear.count > 0, true, "who watches is woken");
    ear.end();
    same(await act(bench, "hasten", "failed"), done);
    same(await delayed(bench), ["first"]);
    const [failed, second] = await bench.claim();
    like(failed, { attempt: 2, mailbox: critic });
    same([failed?.envelope.id, second?.envelope.id], ["failed", "second"], "a retry stands where it stood");
    for (const claim of [failed, second]) if (claim) await bench.settle(claim);
    await bench.advance("2h");
    same(await bench.drained(), ["first"], "each runs once");
  }),
  law(
    "a message that waits for a time can be taken out: a dead letter, and its asker hears",
    async (bench) => {
      await waiting(bench);
      same(await act(bench, "cancel", "failed"), done);
      same(await act(bench, "cancel", "first"), done);
      same((await bench.told()).toSorted(), ["failed stopped", "first stopped"]);
      same((await bench.graves()).toSorted(), ["failed stopped", "first stopped"]);
      const letter = (await bench.dead("id:failed"))[0];
      same([letter?.error?.code, letter?.attempts.length], ["HERMOD_CANCELLED", 1]);
      same((await bench.record("first")).state, "dead");
      like(await bench.counts(), { delayed: 1 });
      await bench.advance("2h");
      same(await bench.drained(), ["second"]);
      const { bytes } = await bench.counts();
      same(bytes, 0, "its room is free");
    },
  ),
  law("what does not wait for a time there can be neither hastened nor cancelled", async (bench) => {
    await waiting(bench);
    await bench.announce({}, editor);
    await bench.send({ id: "line" });
    for (const type of ["hasten", "cancel"] as const) {
      same(await act(bench, type, "line"), missing);
      same(await act(bench, type, "nothing"), missing);
      same(await act(bench, type, "first", editor), missing);
      same(await act(bench, type, "first", nobody), missing);
    }
    same(await act(bench, "cancel", "first"), done);
    same(await act(bench, "cancel", "first"), missing);
    same(await act(bench, "hasten", "first"), missing);
  }),
  law("a retry that blocks its key lets it go when it is taken out or let run", async (bench) => {
    for (const type of ["cancel", "hasten"] as const) {
      await bench.announce({ order: "strict" });
      await bench.send({ id: `${type} a`, orderKey: type }, { id: `${type} b`, orderKey: type });
      const at = bench.clock.now() + 3_600_000;
      await bench.settle(await bench.one(), { type: "retry", at, error: failure });
      same(await bench.ids(), [], "the key is held");
      same(await act(bench, type, `${type} a`), done);
      same(await bench.drained(), type === "cancel" ? ["cancel b"] : ["hasten a", "hasten b"]);
    }
  }),
];
