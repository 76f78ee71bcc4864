/** However messages are sent, together or at once, again or with a settlement: a conversation's count is what a tally says. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import type { Envelope } from "../core/envelope.ts";
import { tries } from "../core/samples.test.kit.ts";
import { ACK } from "../core/settlement.ts";
import type { Appended, OpenStore } from "../core/store.ts";
import { Bench } from "../testing/store/bench.ts";
import { critic, editor } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import { memory } from "./memory.ts";
import { sqlite } from "./sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const LIMIT = 6;
const kinds = [
  { verb: "call", delivery: "at-most-once" },
  { verb: "task", delivery: "at-least-once" },
  { verb: "cast", delivery: "exactly-once" },
  { verb: "publish", delivery: "at-least-once", to: undefined, topic: "tide.turned" },
  { verb: "publish", delivery: "at-most-once", to: undefined, topic: "tide.turned" },
  { verb: "reply", delivery: "at-most-once" },
  { verb: "cast", delivery: "at-least-once", budget: undefined },
] as const;

interface Sent {
  readonly number: number;
  readonly conversation: string;
}

/** Of forty messages, so that many are sent again; what a message is follows from its number. */
const sent = fc.nat(40).map((number): Sent => ({ number, conversation: number % 2 === 0 ? "c1" : "c2" }));
const list = fc.array(sent, { minLength: 1, maxLength: 5 });
interface Step {
  readonly type: "at once" | "together" | "outputs" | "spend";
  readonly list: readonly Sent[];
}

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant("at once" as const), list }),
  fc.record({ type: fc.constant("together" as const), list }),
  fc.record({ type: fc.constant("outputs" as const), list }),
  fc.record({ type: fc.constant("spend" as const), list: fc.tuple(sent) }),
);

/** What the messages of a list are answered, and what is counted then. */
class Tally {
  readonly known = new Set<string>();
  readonly counts = new Map<string, number>();

  answer({ id, budget, verb, conversationId }: Envelope): Appended {
    if (this.known.has(id)) return { status: "duplicate", id };
    const sent = this.count(conversationId);
    if (budget !== undefined && verb !== "reply") {
      if (sent >= LIMIT) return { status: "spent", sent };
      this.counts.set(conversationId, sent + 1);
    }
    this.known.add(id);
    return { status: "stored" };
  }

  count(conversation: string): number {
    return this.counts.get(conversation) ?? 0;
  }

  /** The first message that keeps out the rest, or all answers. */
  together(envelopes: readonly Envelope[]): readonly Appended[] | { output: Envelope; answer: Appended } {
    const before = [new Set(this.known), new Map(this.counts)] as const;
    const answers = envelopes.map((envelope) => this.answer(envelope));
    const at = answers.findIndex(({ status }) => status === "spent");
    if (at < 0) return answers;
    for (const id of this.known) if (!before[0].has(id)) this.known.delete(id);
    this.counts.clear();
    for (const [conversation, count] of before[1]) this.counts.set(conversation, count);
    return { output: envelopes[at] as Envelope, answer: answers[at] as Appended };
  }
}

async function trial(open: OpenStore, steps: readonly Step[]): Promise<void> {
  const { env, ...heard } = createEnv();
  const bench = new Bench(await open(env), heard, () => heard.clock.settle());
  const tally = new Tally();
  await bench.announce();
  await bench.announce({}, editor);
  await bench.store.bind("tide.*", critic);
  const message = ({ number, conversation: conversationId }: Sent): Envelope =>
    bench.message({ budget: { messages: LIMIT }, ...kinds[number % 7], id: `m${number}`, conversationId });
  let next = 0;
  for (const { type, list: all } of steps) {
    const envelopes = all.map(message);
    if (type === "at once") {
      const answers = envelopes.map(async (envelope) => bench.store.append(envelope));
      assert.deepEqual(
        await Promise.all(answers),
        envelopes.map((envelope) => tally.answer(envelope)),
      );
    } else if (type === "together") {
      const answer = await bench.store.appendAll(envelopes);
      const told = tally.together(envelopes);
      if ("output" in told) assert.deepEqual(answer, { status: "refused", ...told });
      else assert.deepEqual(answer, { status: "stored", answers: told });
    } else if (type === "outputs") {
      await bench.send({ id: `in ${next++}`, to: editor, delivery: "exactly-once" });
      const claim = await bench.one({ mailbox: editor });
      const told = tally.together(envelopes);
      const answer = await bench.answer(claim, ACK, envelopes);
      if (!("output" in told)) assert.equal(answer.status, "settled");
      else {
        assert.ok(answer.status === "refused");
        assert.deepEqual([answer.output, answer.answer], [told.output, told.answer]);
        await bench.settle(claim);
      }
    } else {
      const conversation = all[0]?.conversation as string;
      const before = tally.count(conversation);
      const { refused } = await bench.store.spend(conversation, { messages: 1 }, { messages: LIMIT });
      assert.equal(refused, before < LIMIT ? undefined : "messages");
      if (refused === undefined) tally.counts.set(conversation, before + 1);
    }
    for (const conversation of ["c1", "c2"]) {
      const { amounts } = await bench.store.spend(conversation, {}, {});
      assert.equal(amounts["messages"] ?? 0, tally.count(conversation));
    }
  }
  assert.deepEqual(new Set(await bench.ids()), tally.known);
  await bench.store.close();
}

let files = 0;
const file = (): string => join(folder, `${++files}.db`);
for (const [name, open, runs] of [
  ["memory", () => memory(), undefined],
  ["sqlite", () => sqlite(file(), { thread: false }), 60],
] as const) {
  test(`${name}: however messages are sent, a conversation's count is exact [C16]`, () =>
    fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), (steps) => trial(open(), steps)),
      runs === undefined ? tries() : { numRuns: runs },
    ));
}
