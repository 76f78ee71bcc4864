/**
 * Busy rules under random traffic: three conversations, handlers of random length that heed, look and fail as they like. On a
 * failure fast-check prints the seed and the shortest traffic it found; FC_SEED=… repeats it, FC_RUNS=… sets how many are tried.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { agent, memory, type BusyRule, type Context, type HermodError, type Report } from "hermod";
import { testSystem, type TestSystem } from "hermod/testing";
import { pass } from "./busy.kit.ts";
import { later } from "./later.ts";
import type { On } from "./stage.ts";

/** One message: when it comes, and how its handler behaves. */
interface Step {
  readonly conversation: number;
  readonly wait: number;
  readonly asks: boolean;
  readonly takes: number;
  readonly heeds: boolean;
  readonly looks: "first" | "last" | "never";
  readonly fails: boolean;
}

interface Traffic {
  readonly rule: BusyRule;
  readonly max: number;
  readonly steps: readonly Step[];
}

const step: fc.Arbitrary<Step> = fc.record({
  conversation: fc.nat(2),
  wait: fc.oneof(fc.constant(0), fc.nat(15)),
  asks: fc.boolean(),
  takes: fc.oneof(fc.constant(0), fc.nat(30)),
  heeds: fc.boolean(),
  looks: fc.constantFrom("first", "last", "never"),
  fails: fc.nat(5).map((drawn) => drawn === 0),
});

const traffic = (rule: BusyRule): fc.Arbitrary<Traffic> =>
  fc.record({
    rule: fc.constant(rule),
    max: fc.constantFrom(1, 2, 3),
    steps: fc.array(step, { minLength: 1, maxLength: 12 }),
  });

/** What one run of some traffic did, message by message; a message is named by its place. */
class Trial {
  readonly #steps: readonly Step[];
  /** Messages in the order that their handlers began. */
  readonly begun: number[] = [];
  readonly done = new Set<number>();
  readonly steered = new Set<number>();
  readonly answers = new Map<number, unknown>();
  readonly ends = new Map<number, string[]>();
  readonly #running = new Map<number, number>();
  most = 0;
  stage!: TestSystem;

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  readonly handle = async (payload: unknown, ctx: Context<{ count: number }>): Promise<number> => {
    const place = payload as number;
    const { conversation, takes, heeds, looks, fails } = this.#steps[place] as Step;
    assert.equal(this.#running.get(conversation), undefined, "two handlers of one conversation");
    this.#running.set(conversation, place);
    this.most = Math.max(this.most, this.#running.size);
    this.begun.push(place);
    ctx.state.count++;
    const mine: number[] = [];
    const look = (): void => {
      for (const { payload: handed } of ctx.steered()) mine.push(handed as number);
    };
    try {
      if (looks === "first") look();
      if (takes > 0) await pass(this.stage.clock, takes);
      if (looks === "last") look();
      if (heeds) ctx.signal.throwIfAborted();
      if (fails) throw new Error("no");
      for (const each of mine) this.steered.add(each);
      this.done.add(place);
      return place;
    } finally {
      this.#running.delete(conversation);
    }
  };

  readonly hear = (report: Report): void => {
    if (report.type !== "delivery.settled" || report.mailbox !== "floor") return;
    const place = report.envelope.payload as number;
    this.ends.set(place, [...(this.ends.get(place) ?? []), report.settlement.type]);
  };

  async send(place: number, { conversation, asks, wait }: Step): Promise<void> {
    const { system, clock } = this.stage;
    if (wait > 0) await clock.advance(wait);
    const options = { conversation: `c${conversation}` };
    if (!asks) return void (await system.cast("floor", "work", place, options));
    void system.call("floor", "work", place, { ...options, timeout: "10m" }).then(
      (value: unknown) => this.answers.set(place, value),
      ({ code }: HermodError) => this.answers.set(place, code),
    );
  }
}

async function play(on: On, { rule, max, steps }: Traffic): Promise<void> {
  const trial = new Trial(steps);
  const floor = agent("floor", {
    busy: rule,
    concurrency: { by: "conversation", max },
    retry: { retries: 0 },
    state: () => ({ count: 0 }),
    on: { request: trial.handle, notification: trial.handle },
  });
  const stage = await on({ agents: [floor] });
  trial.stage = stage;
  stage.system.reports(trial.hear);
  for (const [place, each] of steps.entries()) await trial.send(place, each);
  await stage.clock.advance("1m");
  const { delivery, calls } = await stage.system.stats();
  assert.deepEqual([delivery.pending, calls.waiting], [0, 0]);
  assert.ok(trial.most <= max, `${trial.most} of ${max} at a time`);
  for (const [place, each] of steps.entries()) checkEnd(trial, rule, place, each);
  checkOrder(trial, rule, steps);
  await stage[Symbol.asyncDispose]();
  assert.equal(stage.clock.waiting, 0, "a timer is left");
}

/** Each message ends exactly once, in the way that its rule allows, and its asker hears of it. */
function checkEnd(trial: Trial, rule: BusyRule, place: number, { asks }: Step): void {
  const [end, ...more] = (trial.ends.get(place) ?? []).filter((type) => type !== "release");
  assert.deepEqual(more, [], `${place} ended twice`);
  assert.ok(end !== undefined, `${place} has not ended`);
  const begun = trial.begun.filter((each) => each === place).length;
  const [done, steered] = [trial.done.has(place), trial.steered.has(place)];
  assert.equal(end === "ack", done || steered, `${place}: ${end}`);
  assert.ok(begun <= 1 && (!steered || begun === 0), `${place} ran ${begun} times`);
  assert.ok(rule === "steer" || !steered);
  if (rule !== "reject") assert.ok(begun === 1 || steered, `${place} was left out`);
  if (!asks) return;
  const answer = trial.answers.get(place);
  if (done) assert.equal(answer, place);
  else if (steered) assert.ok(typeof answer === "number" && trial.done.has(answer), String(answer));
  else assert.ok(codes[rule].includes(answer as string), `${place}: ${String(answer)}`);
  if (begun === 0 && !steered) assert.equal(answer, "HERMOD_OVERLOADED");
}

const codes: Readonly<Record<BusyRule, readonly string[]>> = {
  queue: ["HERMOD_FAILED"],
  reject: ["HERMOD_FAILED", "HERMOD_OVERLOADED"],
  interrupt: ["HERMOD_FAILED", "HERMOD_INTERRUPTED"],
  steer: ["HERMOD_FAILED"],
};

/** Inside a conversation handlers see messages in the order of sending. */
function checkOrder(trial: Trial, rule: BusyRule, steps: readonly Step[]): void {
  for (const conversation of [0, 1, 2]) {
    const inside = trial.begun.filter((place) => steps[place]?.conversation === conversation);
    assert.deepEqual(
      inside,
      inside.toSorted((a, b) => a - b),
      `${rule}: the order in conversation ${conversation}`,
    );
  }
}

const runs = Number(process.env["FC_RUNS"] ?? 0);
const seed = process.env["FC_SEED"];
const stores: readonly (readonly [string, On, number])[] = [
  ["memory", testSystem, 400],
  ["distant memory", (options) => testSystem({ store: later(memory()), ...options }), 150],
];

for (const [name, on, count] of stores) {
  for (const rule of ["queue", "reject", "interrupt", "steer"] as const) {
    test(`${name}: ${rule}: every message ends once and in order, one handler a conversation [50] [C10]`, async () => {
      await fc.assert(
        fc.asyncProperty(traffic(rule), (each) => play(on, each)),
        { numRuns: runs || count, ...(seed !== undefined && { seed: Number(seed) }) },
      );
    });
  }
}
