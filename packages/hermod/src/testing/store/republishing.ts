/** Republishing: a message that nobody had subscribed to is redriven to those who have subscribed since. Laws 1 and 10. */
import type { DeadLetter } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { given, like, same } from "./check.ts";
import { critic, editor, nobody } from "./drafts.ts";
import { law, type Law } from "./law.ts";
import { done, redrive } from "./redriving.ts";
import { bound } from "./topics.ts";

/** The dead letter of a message that was published to nobody. */
async function unheard(bench: Bench, draft: object = {}): Promise<DeadLetter> {
  await bench.store.bury(bench.event("tide.turned", { id: "a", ...draft }), "no-subscriber");
  return given((await bench.dead())[0]);
}

export const republishing: readonly Law[] = [
  law("a message without subscriber goes to those bound to its topic now, a copy to each", async (bench) => {
    const letter = await unheard(bench);
    await bench.store.bind("tide.*", nobody);
    same(await redrive(bench, letter), { status: "no-recipient" });
    await bound(bench, "tide.*", [editor, critic]);
    same(await redrive(bench, letter), done);
    same(await redrive(bench, letter), { status: "missing" });
    same(await bench.graves(), []);
    for (const mailbox of [critic, editor]) {
      const [claim, ...more] = await bench.claim(9, { mailbox });
      like(claim, { envelope: letter.envelope, attempt: 1, generation: 1 });
      same(more, []);
    }
    same(await bench.store.append(letter.envelope), { status: "duplicate", id: "a" });
  }),
  law("a redriven event has a record for each mailbox that got a copy, and no other", async (bench) => {
    const letter = await unheard(bench);
    like(await bench.record("a"), { mailbox: undefined, state: "dead" });
    await bound(bench, "tide.*", [editor, critic]);
    await redrive(bench, letter);
    await bench.settle(await bench.one());
    const { items } = await bench.store.read({ type: "history" });
    same(
      items.map(({ mailbox, state, attempts }) => `${mailbox} ${state} ${attempts.length}`),
      ["editor waiting 0", "critic done 1"],
    );
  }),
  law("a copy of a redriven event that dies again is a dead letter of its own mailbox", async (bench) => {
    const letter = await unheard(bench);
    await bound(bench, "tide.*", [editor, critic]);
    await redrive(bench, letter);
    const again = await bench.kill(await bench.one());
    like(again, { mailbox: critic, generation: 1 });
    same(await redrive(bench, again), done);
    like(await bench.one(), { attempt: 1, generation: 2 });
    same(await bench.ids(9, { mailbox: editor }), ["a"]);
  }),
  law("a full mailbox turns only its own copy of a redriven event into a dead letter", async (bench) => {
    const letter = await unheard(bench);
    await bound(bench, "tide.*", [editor, critic]);
    await bench.announce({ count: 1 });
    await bench.send({ id: "b" });
    same(await redrive(bench, letter), done);
    same(await bench.ids(9, { mailbox: editor }), ["a"]);
    same(await bench.ids(), ["b"]);
    const [own, ...more] = await bench.dead();
    like(own, { mailbox: critic, reason: "overflow", generation: 1 });
    same(more, []);
    same(await bench.told(), ["a overflow"]);
    same(await redrive(bench, given(own)), done);
    like(await bench.one(), { generation: 2 });
  }),
  law("a dry run for an event, and one whose deadline is over, change nothing", async (bench) => {
    const letter = await unheard(bench, { deadline: bench.clock.now() + 100 });
    same(await redrive(bench, letter, { dryRun: true }), { status: "no-recipient" });
    await bound(bench, "tide.*", [editor, critic]);
    same(await redrive(bench, letter, { dryRun: true }), done);
    await bench.advance(101);
    same(await redrive(bench, letter), { status: "expired" });
    same(await bench.dead(), [letter]);
    for (const mailbox of [critic, editor]) same(await bench.waiting(mailbox), []);
  }),
];
