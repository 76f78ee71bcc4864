/** Redriving: a dead letter goes back to its mailbox as the message it was, a few times. Law 1. */
import type { DeadLetter, Operated } from "../../core/store.ts";
import type { Bench } from "./bench.ts";
import { critic, nobody, sized } from "./drafts.ts";
import { like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

export const done = { status: "done", count: 1 };

/** The dead letter of a message that was given up. */
async function died(bench: Bench, draft: object = {}): Promise<DeadLetter> {
  await bench.send({ id: "a", ...draft });
  return bench.kill(await bench.one());
}

export async function redrive(
  bench: Bench,
  { id }: DeadLetter,
  how: { force?: boolean; dryRun?: boolean } = {},
): Promise<Operated> {
  return bench.store.operate({ type: "redrive", id, force: false, dryRun: false, ...how });
}

export const redriving: readonly Law[] = [
  law("a redriven message waits again as it was sent, with new attempts and its lineage", async (bench) => {
    const letter = await died(bench);
    same(await redrive(bench, letter), done);
    same(await bench.graves(), []);
    same((await bench.record("a")).state, "waiting");
    const claim = await bench.one();
    same(claim.envelope, letter.envelope);
    like(claim, { attempt: 1, generation: 1 });
    like(await bench.counts(), { received: 1 });
  }),
  law("redriving the same dead letter again does nothing", async (bench) => {
    const letter = await died(bench);
    const answers = [
      await redrive(bench, letter),
      await redrive(bench, letter),
      await redrive(bench, letter, { force: true }),
    ];
    same(answers, [done, { status: "missing" }, { status: "missing" }]);
    same(await bench.ids(), ["a"]);
  }),
  law("what came back from the dead three times needs force", async (bench) => {
    let letter = await died(bench);
    for (const generation of [1, 2]) {
      same(await redrive(bench, letter), done);
      letter = await bench.kill(await bench.one());
      same(letter.generation, generation);
    }
    same(await redrive(bench, letter), { status: "needs-force" });
    same(await redrive(bench, letter, { dryRun: true }), { status: "needs-force" });
    same(await bench.ids(), []);
    same(await redrive(bench, letter, { force: true }), done);
    like(await bench.one(), { attempt: 1, generation: 3 });
  }),
  law("a dry run says what would be, and changes nothing", async (bench) => {
    const letter = await died(bench);
    same(await redrive(bench, letter, { dryRun: true }), done);
    same(await bench.dead(), [letter]);
    same(await bench.ids(), []);
    same((await bench.record("a")).state, "dead");
  }),
  law("a message whose deadline is over is not redriven", async (bench) => {
    const letter = await died(bench, { deadline: bench.clock.now() + 100 });
    await bench.advance(101);
    same(await redrive(bench, letter), { status: "expired" });
    same(await bench.graves(), ["a terminal"]);
  }),
  law("a message without a mailbox is not redriven before the mailbox is there", async (bench) => {
    await bench.store.bury(bench.message({ id: "a", to: nobody }), "no-recipient");
    const letter = (await bench.dead())[0] as DeadLetter;
    same(await redrive(bench, letter), { status: "no-recipient" });
    same(await bench.graves(), ["a no-recipient"]);
    await bench.announce({}, nobody);
    same(await redrive(bench, letter), done);
    same(await bench.ids(1, { mailbox: nobody }), ["a"]);
  }),
  law("a message does not pass the capacity of its mailbox by dying first", async (bench) => {
    await bench.announce({ count: 1 });
    const letter = await died(bench);
    await bench.send({ id: "b" });
    same(await redrive(bench, letter), { status: "full" });
    same(await bench.graves(), ["a terminal"]);
    same(await bench.ids(), ["b"]);
    same(await redrive(bench, letter), done);
    await bench.ids();
    await bench.announce({ bytes: 100 });
    const large = await died(bench, { id: "c", payload: sized(60) });
    await bench.send({ id: "d", payload: sized(60) });
    same(await redrive(bench, large), { status: "full" });
  }),
  law("a redriven message is still the one message of its id", async (bench) => {
    const letter = await died(bench);
    await redrive(bench, letter);
    same(await bench.store.append(letter.envelope), { status: "duplicate", id: "a" });
    same(await bench.ids(), ["a"]);
  }),
  law("a redriven message that fails and dies again keeps only its new attempts", async (bench) => {
    const letter = await died(bench);
    await redrive(bench, letter);
    const again = await bench.kill(await bench.one());
    same(
      again.attempts.map(({ number, outcome }) => [number, outcome]),
      [[1, "dead"]],
    );
    same(again.id, letter.id);
  }),
  law("what a full or removed mailbox gave up can be redriven", async (bench) => {
    await bench.announce({ count: 1, overflow: "drop-newest" });
    await bench.send({ id: "a" });
    same(await bench.store.append(bench.message({ id: "b" })), { status: "dropped" });
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.announce();
    for (const letter of await bench.dead()) same(await redrive(bench, letter), done);
    same((await bench.ids()).sort(), ["a", "b"]);
  }),
  law("a redriven message still waits for its time and expires at its deadline", async (bench) => {
    const now = bench.clock.now();
    await bench.send({ id: "a", notBefore: now + 1000, deadline: now + 2000 });
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.announce();
    for (const letter of await bench.dead()) same(await redrive(bench, letter), done);
    same(await bench.ids(), []);
    await bench.advance(2001);
    same(await bench.ids(), []);
    like((await bench.dead())[0], { reason: "expired", generation: 1 });
  }),
];
