/** Waking: whoever watches a mailbox is told whenever something can be claimed that could not be before. Law 8. */
import type { Bench } from "./bench.ts";
import { critic, editor, failure } from "./drafts.ts";
import type { Claim } from "../../core/store.ts";
import { holds, like, same } from "./check.ts";
import { law, type Law } from "./law.ts";

/** What `act` does wakes the mailbox, and then exactly these can be claimed. */
async function wakes(
  bench: Bench,
  act: () => Promise<unknown>,
  ids: readonly string[],
  what = "it",
): Promise<void> {
  await bench.rest();
  const ear = bench.listen();
  await act();
  await bench.rest();
  holds(ear.count > 0, `${what} wakes nobody`);
  ear.end();
  same(await bench.ids(), ids, `what can be claimed after ${what}`);
}

export const waking: readonly Law[] = [
  law("every append wakes: one, several, a published one, an output, a notice", async (bench) => {
    await bench.store.bind("tide.*", critic);
    await bench.announce({}, editor);
    await bench.send({ to: editor });
    const claim = await bench.one({ mailbox: editor });
    await wakes(bench, () => bench.send({ id: "a" }), ["a"], "an append");
    await wakes(bench, () => bench.append(bench.event("tide.turned", { id: "b" })), ["b"], "a publish");
    const two = [bench.message({ id: "c" }), bench.message({ id: "d" })];
    await wakes(bench, async () => bench.store.appendAll(two), ["c", "d"], "an append of several");
    await wakes(
      bench,
      () => bench.settle(claim, { type: "ack" }, [bench.message({ id: "e" })]),
      ["e"],
      "an output",
    );
    await wakes(bench, () => bench.append(bench.notice({ id: "f" })), ["f"], "a notice");
  }),
  law("whoever claims to stand finds what comes when it is woken, in order and once", async (bench) => {
    const out: Claim[] = [];
    const take = async (max: number) => bench.store.claim(critic, max, 30_000, out, undefined, false, true);
    const taken: (readonly string[])[] = [];
    const end = bench.store.watch(critic, () => {
      const came = async (): Promise<void> => {
        await take(2);
        taken.push(out.splice(0).map(({ envelope }) => envelope.id));
      };
      bench.clock.defer(() => void came());
    });
    await bench.rest();
    same(await take(2), 0);
    await bench.send({ id: "a" }, { id: "b" }, { id: "c" });
    for (let turn = 0; turn < 3; turn++) await bench.rest();
    end();
    same(taken.flat().slice(0, 2), ["a", "b"]);
    await take(3);
    same([...taken.flat(), ...out.map(({ envelope }) => envelope.id)], ["a", "b", "c"]);
  }),
  law(
    "what goes beyond the room of who stands wakes it again, also where all of it came at once",
    async (bench) => {
      const out: Claim[] = [];
      const take = async (max: number) => bench.store.claim(critic, max, 30_000, out, undefined, false, true);
      const end = bench.store.watch(critic, () => bench.clock.defer(() => void take(5)));
      await bench.rest();
      same(await take(2), 0);
      await bench.store.appendAll([
        bench.message({ id: "a" }),
        bench.message({ id: "b" }),
        bench.message({ id: "c" }),
      ]);
      for (let turn = 0; turn < 6; turn++) await bench.rest();
      end();
      same(
        out.map(({ envelope }) => envelope.id),
        ["a", "b", "c"],
      );
    },
  ),
  law("what was kept for somebody who stands and does not come is there for others", async (bench) => {
    const end = bench.store.watch(critic, () => undefined);
    await bench.rest();
    same(await bench.store.claim(critic, 9, 30_000, [], undefined, false, true), 0);
    await bench.send({ id: "a" }, { id: "b", delivery: "at-most-once" });
    for (let turn = 0; turn < 3; turn++) await bench.rest();
    end();
    like(await bench.counts(), { waiting: 2, running: 0 });
    same(
      (await bench.claim(9)).map(({ envelope, attempt }) => [envelope.id, attempt]),
      [
        ["a", 1],
        ["b", 1],
      ],
    );
  }),
  law("a delayed message wakes when it is due", async (bench) => {
    await bench.send({ id: "a", notBefore: bench.clock.now() + 1000 });
    await bench.advance(999);
    await wakes(bench, () => bench.advance(1), ["a"]);
  }),
  law(
    "a delayed message wakes within a minute of a clock that is set forward past its time",
    async (bench) => {
      await bench.send({ id: "a", notBefore: bench.clock.now() + 90_000_000 });
      await bench.advance(1000);
      bench.clock.jump(90_000_000);
      await wakes(bench, () => bench.advance(60_000), ["a"]);
    },
  ),
  law("a delayed message waits for its time on a clock that is set back, and wakes then", async (bench) => {
    await bench.send({ id: "a", notBefore: bench.clock.now() + 3_600_000 });
    bench.clock.jump(-3_600_000);
    await bench.advance(7_199_999);
    same(await bench.ids(), [], "what can be claimed before its time");
    await wakes(bench, () => bench.advance(1), ["a"]);
  }),
  law(
    "every delayed message wakes when it is due, also when nobody claimed at the wake before",
    async (bench) => {
      const now = bench.clock.now();
      await bench.send(
        { id: "c", notBefore: now + 30 },
        { id: "a", notBefore: now + 10 },
        { id: "b", notBefore: now + 20 },
      );
      const ear = bench.listen();
      for (let wake = 1; wake <= 3; wake++) {
        const before = ear.count;
        await bench.advance(10);
        holds(ear.count > before, `the message that is due as number ${wake} wakes nobody`);
      }
      same(await bench.ids(), ["a", "b", "c"]);
    },
  ),
  law("a retry wakes when it is due, whatever else waits for later", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await bench.send({ id: "b", notBefore: bench.clock.now() + 5000 });
    await bench.settle(claim, { type: "retry", at: bench.clock.now() + 1000, error: failure });
    await bench.claim();
    await wakes(bench, () => bench.advance(1000), ["a"], "the retry");
    await wakes(bench, () => bench.advance(4000), ["b"], "the delayed one");
  }),
  law("the end of a lease wakes", async (bench) => {
    await bench.send({ id: "a" });
    await bench.claim(1, { lease: 1000 });
    await bench.advance(999);
    await wakes(bench, () => bench.advance(1), ["a"]);
  }),
  law("a release wakes, at once or when its time has come", async (bench) => {
    await bench.send({ id: "a" });
    const first = await bench.one();
    await wakes(bench, () => bench.settle(first, { type: "release" }), ["a"]);
    await bench.send({ id: "b" });
    const second = await bench.one();
    await bench.settle(second, { type: "release", at: bench.clock.now() + 1000 });
    await wakes(bench, () => bench.advance(1000), ["b"]);
  }),
  law(
    "a key that becomes free wakes, whether anybody has asked for the next message or not",
    async (bench) => {
      for (const asked of ["", "asked", "asked with a filter"]) {
        await bench.send({ id: `1 ${asked}`, orderKey: "k" }, { id: `2 ${asked}`, orderKey: "k" });
        const claim = await bench.one();
        if (asked !== "") same(await bench.ids(9, asked === "asked" ? {} : { where: "operation:note" }), []);
        await wakes(bench, () => bench.settle(claim), [`2 ${asked}`], `the end of ${claim.envelope.id}`);
        await bench.advance("30s");
        for (const left of await bench.claim()) await bench.settle(left);
      }
    },
  ),
  law("every way in which a key becomes free wakes", async (bench) => {
    const at = bench.clock.now() + 60_000;
    const ends = [
      { type: "fail", error: failure },
      { type: "dead", reason: "terminal", error: failure },
      { type: "retry", at, error: failure },
      { type: "release", at },
    ] as const;
    for (const end of ends) {
      await bench.send(
        { id: `1 ${end.type}`, orderKey: end.type },
        { id: `2 ${end.type}`, orderKey: end.type },
      );
      const claim = await bench.one();
      await wakes(bench, () => bench.settle(claim, end), [`2 ${end.type}`], end.type);
    }
    await bench.send({ id: "m", delivery: "at-most-once", orderKey: "m" }, { id: "n", orderKey: "m" });
    await bench.claim(1, { lease: 1000 });
    await wakes(bench, () => bench.advance(1000), ["n"], "the lease of an at-most-once message");
  }),
  law("in strict order a blocking retry wakes when it is due", async (bench) => {
    await bench.announce({ order: "strict" });
    await bench.send({ id: "a", orderKey: "k" }, { id: "b", orderKey: "k" });
    await bench.settle(await bench.one(), { type: "retry", at: bench.clock.now() + 1000, error: failure });
    same(await bench.ids(), []);
    await wakes(bench, () => bench.advance(1000), ["a"]);
  }),
  law("a redrive wakes, also when the message waits for its time then", async (bench) => {
    await bench.send({ id: "a" });
    const { id } = await bench.kill(await bench.one());
    const redrive = (letter: string) =>
      bench.store.operate({ type: "redrive", id: letter, force: false, dryRun: false });
    await wakes(bench, async () => redrive(id), ["a"]);
    await bench.send({ id: "b", notBefore: bench.clock.now() + 1000 });
    await bench.store.operate({ type: "remove", mailbox: critic });
    await bench.announce();
    for (const letter of await bench.dead("id:b")) await redrive(letter.id);
    await wakes(bench, () => bench.advance(1000), ["b"]);
  }),
  law("an undone settlement wakes", async (bench) => {
    await bench.send({ id: "a" });
    const claim = await bench.one();
    await wakes(bench, () => bench.answer(claim, { type: "ack" }, [], { key: "k", base: 7 }), ["a"]);
  }),
  law("a rule that frees what a key kept back wakes", async (bench) => {
    await bench.announce({ keyBy: "conversation" });
    await bench.send({ id: "a" }, { id: "b" });
    same(await bench.ids(), ["a"]);
    await wakes(bench, () => bench.announce(), ["b"]);
  }),
  law("a sender that is let in after waiting for room wakes", async (bench) => {
    await bench.announce({ count: 1, overflow: "wait" });
    await bench.send({ id: "a" });
    const waiting = bench.store.append(bench.message({ id: "b" }));
    await wakes(bench, () => bench.claim(1), ["b"]);
    same((await waiting).status, "stored");
  }),
];
