/** Random streams, deadlines and budgets, each against a naive model of what readers see, handlers are given and conversations spend. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { agent, type Context, type Part, type Reservation, type Task } from "hermod";
import type { TestSystem } from "hermod/testing";
import { distantMemory, inMemory } from "./stores.ts";
import type { On } from "./stage.ts";

const { FC_RUNS, FC_SEED } = process.env;
const tries = (runs: number) => ({
  numRuns: Number(FC_RUNS ?? runs),
  ...(FC_SEED && { seed: Number(FC_SEED) }),
});

// Streams: what is yielded, read, dropped and tried again comes in any order.

const moves = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ type: fc.constant("yield" as const), count: fc.integer({ min: 1, max: 5 }) }),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant("open" as const), after: fc.nat({ max: 12 }) }) },
    {
      weight: 5,
      arbitrary: fc.record({
        type: fc.constant("read" as const),
        who: fc.nat(),
        count: fc.integer({ min: 1, max: 8 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("drop" as const), who: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("fail" as const) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("progress" as const) }) },
    { weight: 2, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  ),
  { maxLength: 40 },
);
type Move = typeof moves extends fc.Arbitrary<(infer M)[]> ? M : never;

/** One who reads: what came, and whether it reads no more. */
class Reader {
  readonly after: number;
  readonly parts: Part[] = [];
  dropped = false;
  ended = false;
  readonly #items: AsyncIterableIterator<Part>;

  constructor(task: Task, after: number) {
    this.after = after;
    this.#items = task.parts({ after });
  }

  read(count: number): void {
    for (let at = 0; at < count; at++) void this.next();
  }

  async next(): Promise<void> {
    const { done, value } = await this.#items.next();
    if (done === true) this.ended = true;
    else this.parts.push(value);
  }

  async drop(): Promise<void> {
    this.dropped = true;
    await this.#items.return?.();
  }
}

/** A stream that a test drives, with the log that it must have. */
class Stream {
  readonly log: Part[] = [];
  readonly readers: Reader[] = [];
  readonly #stage: TestSystem;
  #ctx: Context | undefined;
  #number = 0;
  #value = 0;
  #step = Promise.withResolvers<number | undefined>();

  constructor(stage: TestSystem) {
    this.#stage = stage;
  }

  async begin(): Promise<Task> {
    const retry = { retries: 100, base: "1s", jitter: "none", factor: 1 } as const;
    const run = (_: unknown, ctx: Context): unknown => this.#run(ctx);
    await this.#stage.system.spawn(agent("source", { retry, on: { task: run } }));
    const task = await this.#stage.system.task("source", "", {});
    await this.#stage.clock.settle();
    return task;
  }

  async *#run(ctx: Context): AsyncGenerator<number, string, undefined> {
    this.#ctx = ctx;
    for (;;) {
      const count = await this.#step.promise;
      this.#step = Promise.withResolvers();
      if (count === undefined) return "end";
      for (let at = 0; at < count; at++) yield this.#next();
    }
  }

  async move(move: Move, task: Task): Promise<void> {
    switch (move.type) {
      case "yield":
        for (let at = 0; at < move.count; at++) this.#note();
        return this.#go(() => this.#step.resolve(move.count));
      case "progress":
        this.#number++;
        return this.#ctx?.progress(0.5);
      case "fail": {
        await this.#go(() => this.#step.reject(new Error("no ink")));
        this.#step = Promise.withResolvers();
        return this.#stage.clock.advance("1s");
      }
      case "open":
        return void this.readers.push(new Reader(task, move.after));
      case "settle":
        return this.#stage.clock.settle();
      default: {
        const reader = this.readers[move.who % Math.max(1, this.readers.length)];
        if (reader && move.type === "read") reader.read(move.count);
        else await reader?.drop();
      }
    }
  }

  end(): Promise<void> {
    return this.#go(() => this.#step.resolve(undefined));
  }

  #next(): number {
    return this.#value++;
  }

  #note(): void {
    const attempt = this.#ctx?.envelope ? this.#attempts() : 1;
    this.log.push({ number: ++this.#number, attempt, value: this.log.length });
  }

  #attempts(): number {
    return (
      1 +
      this.#stage.spy.of("delivery.settled").filter(({ settlement }) => settlement.type === "retry").length
    );
  }

  async #go(step: () => void): Promise<void> {
    step();
    await this.#stage.clock.settle();
  }
}

for (const [name, on] of [
  ["memory", inMemory],
  ["distant memory", distantMemory],
] as readonly (readonly [string, On])[]) {
  const scale = name === "memory" ? 1 : 0.2;

  test(`${name}: each reader sees a part of the one log, in order and without gaps, whatever is yielded, read, dropped and tried again`, async () => {
    const property = fc.asyncProperty(moves, async (all) => {
      await using stage = await on();
      const stream = new Stream(stage);
      const task = await stream.begin();
      for (const move of all) {
        await stream.move(move, task);
        for (const reader of stream.readers) isPrefix(reader, stream.log);
      }
      await stream.end();
      for (const reader of stream.readers) {
        if (!reader.dropped) while (!reader.ended) await reader.next();
        isPrefix(reader, stream.log);
        if (!reader.dropped) assert.deepEqual(reader.parts, logAfter(stream.log, reader.after));
      }
      assert.equal((await task.status()).parts, stream.log.length);
      assert.equal(await task.result({ timeout: 0 }), "end");
    });
    await fc.assert(property, tries(400 * scale));
  });

  test(`${name}: no handler's deadline is later than that of any it works for, and each signal fires at its own [C16]`, async () => {
    await fc.assert(
      fc.asyncProperty(plan(4), (root) => follow(on, root)),
      tries(400 * scale),
    );
  });

  test(`${name}: what is reserved, settled and released by many is counted to the last, and never passes the limit by a reservation`, async () => {
    await fc.assert(
      fc.asyncProperty(spendings, (all) => spend(on, all)),
      tries(400 * scale),
    );
  });
}

function logAfter(log: readonly Part[], after: number): readonly Part[] {
  return log.filter(({ number }) => number > after);
}

function isPrefix({ parts, after }: Reader, log: readonly Part[]): void {
  assert.deepEqual(parts, logAfter(log, after).slice(0, parts.length));
}

// Deadlines: a tree of calls and tasks, each begun some time after the handler it comes from. Starts are even and timeouts odd, so that
// none begins in the millisecond of a deadline.

interface Plan {
  readonly verb: "call" | "task";
  readonly start: number;
  readonly timeout: number | undefined;
  readonly detached: boolean;
  readonly below: readonly Plan[];
}

function plan(depth: number): fc.Arbitrary<Plan> {
  const below = depth === 0 ? fc.constant([]) : fc.array(plan(depth - 1), { maxLength: 3 });
  return fc.record({
    verb: fc.constantFrom<Plan["verb"]>("call", "task"),
    start: fc.integer({ min: 0, max: 40 }).map((half) => half * 2),
    timeout: fc.option(
      fc.integer({ min: 0, max: 60 }).map((half) => half * 2 + 1),
      { nil: undefined },
    ),
    detached: fc.boolean(),
    below,
  });
}

/** When each handler begins, and when it must have ended. */
interface Life {
  readonly path: string;
  readonly begun: number;
  readonly deadline: number;
}

function livesOf(node: Plan, path: string, above: Life | undefined): Life[] {
  const begun = (above?.begun ?? 0) + node.start;
  if (above && begun > above.deadline) return [];
  const own = begun + (node.timeout ?? (node.verb === "call" ? 30_001 : Infinity));
  const isFree = above === undefined || (node.verb === "task" && node.detached);
  const life = { path, begun, deadline: isFree ? own : Math.min(own, above.deadline) };
  return [life, ...node.below.flatMap((each, at) => livesOf(each, `${path}.${at}`, life))];
}

async function follow(on: On, root: Plan): Promise<void> {
  const lives: { path: string; begun: number; deadline: number; fired: number }[] = [];
  await using stage = await on();
  const { system, clock } = stage;
  const zero = clock.now();
  const begin = (
    { verb, timeout, detached }: Plan,
    path: string,
    from: Pick<Context, "call" | "task">,
  ): unknown => {
    const payload = { path };
    const time = timeout === undefined ? (verb === "call" ? { timeout: 30_001 } : {}) : { timeout };
    const to = `depth${path.split(".").length}`;
    if (verb === "call") return from.call(to, "", payload, time).catch(() => undefined);
    return from.task(to, "", payload, { ...time, detached }).catch(() => undefined);
  };
  const handle = (payload: unknown, ctx: Context): Promise<never> => {
    const { path } = payload as { readonly path: string };
    const life = {
      path,
      begun: clock.now() - zero,
      deadline: (ctx.deadline ?? Infinity) - zero,
      fired: Infinity,
    };
    lives.push(life);
    const { signal } = ctx;
    for (const [at, child] of nodeAt(root, path).below.entries()) {
      if (child.start === 0) void begin(child, `${path}.${at}`, ctx);
      else clock.after(child.start, () => void begin(child, `${path}.${at}`, ctx));
    }
    return new Promise((_, reject) => {
      signal.addEventListener("abort", () => {
        life.fired = clock.now() - zero;
        reject(signal.reason as Error);
      });
    });
  };
  for (let depth = 1; depth <= 6; depth++)
    await system.spawn(
      agent(`depth${depth}`, {
        concurrency: 100,
        retry: { retries: 0 },
        on: { request: handle, task: handle },
      }),
    );
  clock.after(root.start, () => void begin(root, "0", system));
  await clock.advance("40s");
  const expected = livesOf(root, "0", undefined).map((life) => ({ ...life, fired: life.deadline }));
  const byPath = (a: Life, b: Life): number => (a.path < b.path ? -1 : 1);
  assert.deepEqual(lives.toSorted(byPath), expected.toSorted(byPath));
}

function nodeAt(root: Plan, path: string): Plan {
  const places = path.split(".").slice(1);
  return places.reduce((node, at) => node.below[Number(at)] as Plan, root);
}

// Budgets: many reservations, settled or released in any order. Costs are halves, so that their sums are exact.

const amount = fc.record({ tokens: fc.nat({ max: 40 }), cost: fc.nat({ max: 8 }).map((half) => half / 2) });
const spendings = fc.record({
  limits: fc.record({ tokens: fc.nat({ max: 200 }), cost: fc.nat({ max: 20 }) }),
  moves: fc.array(
    fc.oneof(
      { weight: 3, arbitrary: fc.record({ type: fc.constant("reserve" as const), amount }) },
      { weight: 2, arbitrary: fc.record({ type: fc.constant("settle" as const), who: fc.nat(), amount }) },
      { weight: 1, arbitrary: fc.record({ type: fc.constant("release" as const), who: fc.nat() }) },
      {
        weight: 1,
        arbitrary: fc.record({
          type: fc.constant("crowd" as const),
          amounts: fc.array(amount, { maxLength: 10 }),
        }),
      },
    ),
    { maxLength: 30 },
  ),
});
type Spendings = typeof spendings extends fc.Arbitrary<infer S> ? S : never;
type Sum = { tokens: number; cost: number };

async function spend(on: On, { limits, moves: all }: Spendings): Promise<void> {
  const sum: Sum = { tokens: 0, cost: 0 };
  const open: { readonly held: Reservation; readonly amount: Sum }[] = [];
  const fits = (wanted: Sum): boolean =>
    sum.tokens + wanted.tokens <= limits.tokens && sum.cost + wanted.cost <= limits.cost;
  const add = (more: Sum, sign: 1 | -1): void => {
    sum.tokens += sign * more.tokens;
    sum.cost += sign * more.cost;
  };
  const reserve = async ({ budget }: Context, wanted: Sum): Promise<void> => {
    const isGranted = fits(wanted);
    if (isGranted) add(wanted, 1);
    try {
      open.push({ held: await budget.reserve(wanted), amount: wanted });
      assert.ok(isGranted, "granted beyond the limit");
    } catch (error) {
      assert.equal((error as { code?: string }).code, "HERMOD_BUDGET");
      assert.ok(!isGranted, "refused below the limit");
    }
  };
  const run = async (_: unknown, ctx: Context): Promise<unknown> => {
    for (const move of all) {
      if (move.type === "reserve") await reserve(ctx, move.amount);
      else if (move.type === "crowd") await Promise.all(move.amounts.map((each) => reserve(ctx, each)));
      else {
        const [one] = open.splice(move.who % Math.max(1, open.length), 1);
        if (one === undefined) continue;
        add(one.amount, -1);
        if (move.type === "settle") add(move.amount, 1);
        await (move.type === "settle" ? one.held.settle(move.amount) : one.held.release());
      }
      const { tokens = 0, cost = 0 } = await ctx.budget.spent();
      assert.deepEqual({ tokens, cost }, sum);
    }
    return ctx.conversation;
  };
  await using stage = await on({ agents: [agent("spender", { on: { request: run } })] });
  const id = (await stage.system.call("spender", "", {}, { budget: limits })) as string;
  const { tokens = 0, cost = 0 } = await stage.system.spent(id);
  assert.deepEqual({ tokens, cost }, sum);
}
