/** Streams: what a generator yields comes in order to any number of readers, each at its own pace, and never without bound. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CancelledError,
  ExpiredError,
  TooLargeError,
  agent,
  memory,
  type AgentDefinition,
  type Context,
  type HermodError,
  type OpenStore,
  type Part,
  type Task,
} from "hermod";
import { caught, lettersOf, only, type On } from "./stage.ts";
import { Worker } from "./tasks.kit.ts";

const once = { retries: 1, base: "1s", jitter: "none" } as const;

/** A worker whose parts come when the test says so. */
class Source {
  readonly contexts: Context[] = [];
  #next = Promise.withResolvers<readonly string[]>();

  /** Lets these parts come; none ends the stream. */
  give(...parts: string[]): void {
    const { resolve } = this.#next;
    this.#next = Promise.withResolvers();
    resolve(parts);
  }

  fail(error: Error): void {
    const { reject } = this.#next;
    this.#next = Promise.withResolvers();
    reject(error);
  }

  get agent(): AgentDefinition {
    return agent(Worker, { retry: once, on: { run: (_, ctx) => this.#run(ctx) } });
  }

  async *#run(ctx: Context): AsyncGenerator<string, string, undefined> {
    this.contexts.push(ctx);
    for (;;) {
      const parts = await this.#next.promise;
      if (parts.length === 0) return "end";
      yield* parts;
    }
  }
}

/** Reads on until the stream ends; gives what came, and what it failed with. */
class Reader {
  readonly parts: Part[] = [];
  error: HermodError | undefined;
  readonly ended: Promise<void>;

  constructor(task: Task, after = 0) {
    this.ended = this.#read(task, after);
  }

  get values(): unknown[] {
    return this.parts.map(({ value }) => value);
  }

  async #read(task: Task, after: number): Promise<void> {
    try {
      for await (const part of task.parts({ after })) this.parts.push(part);
    } catch (error) {
      this.error = error as HermodError;
    }
  }
}

export function streamSuite(name: string, on: On): void {
  test(`${name}: parts come in order, their numbers grow, and the return is the result`, async () => {
    const source = new Source();
    await using stage = await on({ agents: [source.agent] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const before = new Reader(task);
    await clock.settle();
    source.give("a", "b");
    await clock.settle();
    assert.deepEqual(before.values, ["a", "b"]);
    await only(source.contexts).progress(0.5);
    const during = new Reader(task);
    await clock.settle();
    assert.deepEqual([during.values, (await task.status()).parts], [["a", "b"], 2]);
    source.give("c");
    await clock.settle();
    source.give();
    assert.equal(await task.result(), "end");
    const after = new Reader(task);
    for (const reader of [before, during, after]) {
      await reader.ended;
      assert.deepEqual([reader.values, reader.error], [["a", "b", "c"], undefined]);
      assert.deepEqual(
        reader.parts.map(({ number, attempt }) => [number, attempt]),
        [
          [1, 1],
          [2, 1],
          [4, 1],
        ],
      );
    }
  });

  test(`${name}: a reader goes on after any cursor, and one past the end finds nothing`, async () => {
    const source = new Source();
    await using stage = await on({ agents: [source.agent] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    source.give("1", "2", "3", "4");
    await clock.settle();
    const live = new Reader(task, 3);
    const beyond = new Reader(task, 100);
    source.give("5");
    await clock.settle();
    source.give();
    await clock.settle();
    await Promise.all([live.ended, beyond.ended]);
    assert.deepEqual([live.values, beyond.values, beyond.error], [["4", "5"], [], undefined]);
    for (let after = 0; after <= 7; after++) {
      const reader = new Reader(task, after);
      await reader.ended;
      assert.deepEqual(reader.values, ["1", "2", "3", "4", "5"].slice(after));
    }
  });

  test(`${name}: a thousand parts reach twenty readers whole, each at its own pace`, async () => {
    const texts = Array.from({ length: 1000 }, (_, at) => `part ${at}`);
    const works = agent(Worker, {
      on: {
        run: async function* () {
          yield* texts;
          return "end";
        },
      },
    });
    await using stage = await on({ agents: [works] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const readers = Array.from({ length: 20 }, () => new Reader(task));
    const slow = task.parts();
    const first = await slow.next();
    await clock.settle();
    await Promise.all(readers.map(({ ended }) => ended));
    for (const { values } of readers) assert.deepEqual(values, texts);
    assert.deepEqual([first.value?.value, (await slow.next()).value?.value], ["part 0", "part 1"]);
    assert.equal(await task.result(), "end");
  });

  test(`${name}: a reader that never reads and one that is dropped hold nothing`, async () => {
    const source = new Source();
    const { store, followers } = counted();
    await using stage = await on({ agents: [source.agent], store });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    task.parts();
    assert.equal(followers(), 0);
    const waiting = task.parts();
    const pending = waiting.next();
    const stopped = new AbortController();
    const heeding = task.parts({ signal: stopped.signal });
    const heeded = heeding.next();
    const half = task.parts();
    await clock.settle();
    source.give("a", "b");
    assert.equal((await half.next()).value?.value, "a");
    assert.equal((await pending).value?.value, "a");
    await waiting.next();
    const blocked = waiting.next();
    await clock.settle();
    assert.ok(followers() > 0);
    await half.return?.();
    const dropped = waiting.return?.();
    assert.deepEqual(await blocked, { done: true, value: undefined });
    await dropped;
    assert.equal((await waiting.next()).done, true);
    await heeded;
    await heeding.return?.();
    // A hub hears of it a little later.
    await clock.settle();
    assert.equal(followers(), 0);
    const aborted = task.parts({ after: 2, signal: stopped.signal }).next();
    await clock.settle();
    assert.equal(followers(), 1);
    stopped.abort(new Error("enough"));
    await assert.rejects(aborted, { message: "enough" });
    assert.equal(followers(), 0);
    source.give();
    await clock.settle();
    assert.equal(await task.result(), "end");
    assert.equal(followers(), 0);
  });

  test(`${name}: a part that does not fit the contract fails the task by name`, async () => {
    const works = agent(Worker, {
      on: {
        run: async function* () {
          yield "fits";
          yield 7 as never;
          return "never";
        },
      },
    });
    await using stage = await on({ agents: [works] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const reader = new Reader(task);
    await clock.settle();
    await reader.ended;
    assert.deepEqual([reader.values, reader.error?.code], [["fits"], "HERMOD_FAILED"]);
    const cause = reader.error?.cause as HermodError;
    assert.deepEqual([cause.code, /worker\.run part/u.test(cause.message)], ["HERMOD_BAD_REPLY", true]);
    assert.equal(only(await lettersOf(system)).attempts.length, 1);
  });

  test(`${name}: a generator that throws is tried again, and the parts of the second attempt carry its number`, async () => {
    const source = new Source();
    await using stage = await on({ agents: [source.agent] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    const reader = new Reader(task);
    await clock.settle();
    source.give("a", "b");
    await clock.settle();
    source.fail(new Error("no ink"));
    await clock.advance("1s");
    source.give("a", "c");
    await clock.settle();
    source.give();
    await clock.settle();
    await reader.ended;
    assert.deepEqual(
      reader.parts.map(({ number, attempt, value }) => [number, attempt, value]),
      [
        [1, 1, "a"],
        [2, 1, "b"],
        [3, 2, "a"],
        [4, 2, "c"],
      ],
    );
    assert.deepEqual([(await task.status()).attempt, (await task.status()).parts], [2, 4]);
  });

  test(`${name}: a generator that fails for good ends its readers with the error`, async () => {
    const source = new Source();
    await using stage = await on({ agents: [source.agent] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide", { retry: { retries: 0 } });
    const reader = new Reader(task);
    await clock.settle();
    source.give("a");
    await clock.settle();
    source.fail(new Error("no ink"));
    await clock.settle();
    const late = new Reader(task);
    for (const each of [reader, late]) {
      await each.ended;
      assert.deepEqual([each.values, (each.error?.cause as Error | undefined)?.message], [["a"], "no ink"]);
    }
    await system.deadLetters.redrive();
    await clock.settle();
    const third = new Reader(task);
    source.give("b");
    await clock.settle();
    source.give();
    await clock.settle();
    await third.ended;
    assert.deepEqual([third.values, third.error], [["a", "b"], undefined]);
  });

  test(`${name}: a generator that never ends is ended by a cancel, where it yields`, async () => {
    const log: string[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    await system.spawn(endless(log, () => new Promise((go) => void clock.after(1, go))));
    const task = await system.task(Worker, "run", "tide");
    await clock.advance(10);
    assert.equal(await task.cancel("enough"), "signalled");
    await clock.advance(1);
    const error = await caught(task.result());
    assert.ok(error instanceof CancelledError);
    assert.deepEqual([log, (await task.status()).state], [["closed"], "cancelled"]);
  });

  test(`${name}: a generator that never ends is ended by its deadline [C16]`, async () => {
    const log: string[] = [];
    await using stage = await on();
    const { system, clock } = stage;
    await system.spawn(endless(log, () => new Promise((go) => void clock.after(1, go))));
    const task = await system.task(Worker, "run", "tide", { timeout: 10 });
    await clock.advance(11);
    const error = await caught(task.result());
    assert.ok(error.cause instanceof ExpiredError);
    assert.deepEqual(log, ["closed"]);
  });

  test(`${name}: a part of 10 MB is refused, and the task fails with it`, async () => {
    const works = agent(Worker, {
      on: {
        run: async function* () {
          yield "small";
          yield "x".repeat(10_000_000);
          return "never";
        },
      },
    });
    await using stage = await on({ agents: [works] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    const reader = new Reader(task);
    await reader.ended;
    assert.deepEqual(
      [reader.values, (reader.error?.cause as HermodError | undefined)?.code],
      [["small"], "HERMOD_TOO_LARGE"],
    );
    assert.equal(only(await lettersOf(system)).reason, "too-large");
  });

  for (const part of [() => 1, Symbol("part"), new Date(NaN), new WeakMap()])
    test(`${name}: a part that is no plain data (${typeof part}) fails the task with a code`, async () => {
      const works = agent("works", {
        on: {
          task: async function* () {
            yield part;
          },
        },
      });
      await using stage = await on({ agents: [works] });
      const { system, clock } = stage;
      const task = await system.task("works", "", {}, { retry: { retries: 0 } });
      await clock.settle();
      assert.equal(((await caught(task.result())).cause as HermodError).code, "HERMOD_BAD_PAYLOAD");
    });

  test(`${name}: a generator answers a plain call with its return, and its parts go nowhere`, async () => {
    const works = agent(Worker, {
      on: {
        run: async function* (text) {
          yield "part";
          return text;
        },
      },
    });
    await using stage = await on({ agents: [works] });
    const { system } = stage;
    assert.equal(await system.call(Worker, "run", "ebb"), "ebb");
  });

  test(`${name}: interceptors stand around a generator as around any handler`, async () => {
    const seen: string[] = [];
    const source = new Source();
    await using stage = await on({
      agents: [source.agent],
      interceptors: [
        {
          name: "watcher",
          incoming: async (envelope, next) => {
            seen.push(`before ${envelope.verb}`);
            const value = await next();
            seen.push(`after ${String(value)}`);
            return value;
          },
        },
      ],
    });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    await clock.settle();
    source.give("a");
    await clock.settle();
    assert.deepEqual(seen, ["before task"]);
    source.give();
    assert.equal(await task.result(), "end");
    assert.deepEqual(seen, ["before task", "after end"]);
  });

  test(`${name}: a part is what it was when it was yielded`, async () => {
    const works = agent("works", {
      on: {
        task: async function* () {
          const part = { words: 1 };
          yield part;
          part.words = 2;
          yield part;
        },
      },
    });
    await using stage = await on({ agents: [works] });
    const task = await stage.system.task("works", "", {});
    await stage.clock.settle();
    const reader = new Reader(task);
    await reader.ended;
    assert.deepEqual(reader.values, [{ words: 1 }, { words: 2 }]);
  });

  test(`${name}: a plain generator streams as well, and one that is handed back by a promise does not`, async () => {
    const works = agent("works", {
      on: {
        task: function* () {
          yield "a";
          return "plain";
        },
      },
    });
    await using stage = await on({ agents: [works] });
    const task = await stage.system.task("works", "", {});
    await stage.clock.settle();
    const reader = new Reader(task);
    await reader.ended;
    assert.deepEqual([reader.values, await task.result()], [["a"], "plain"]);
  });

  test(`${name}: a reader of another agent's task finds nothing`, async () => {
    const source = new Source();
    await using stage = await on({ agents: [source.agent] });
    const { system, clock } = stage;
    const { id } = await system.task(Worker, "run", "tide");
    await clock.settle();
    source.give("secret");
    await clock.settle();
    const stranger = system.taskById("other", id);
    assert.equal((await caught(stranger.parts().next())).code, "HERMOD_NO_TASK");
    assert.deepEqual(await stranger.status(), { id, state: "unknown", attempt: 0, parts: 0 });
    source.give();
    await clock.settle();
    assert.equal((await caught(stranger.result())).code, "HERMOD_NO_TASK");
  });
}

/** What takes a hundred thousand parts, and is the same over every store. */
export function endlessSuite(name: string, on: On): void {
  test(`${name}: a generator that never ends and never waits is ended by the number of its parts, and holds up no timers`, async () => {
    const log: string[] = [];
    await using stage = await on({ agents: [endless(log)] });
    const { system, clock } = stage;
    const task = await system.task(Worker, "run", "tide");
    let ticks = 0;
    let over = false;
    const tick = (): void => void (over || (ticks++, setImmediate(tick)));
    setImmediate(tick);
    const result = caught(task.result({ timeout: "1h" })).finally(() => (over = true));
    await clock.settle();
    const error = await result;
    assert.ok(error.cause instanceof TooLargeError);
    assert.equal(error.cause.details["most"], 100_000);
    assert.ok(ticks > 100, `timers had ${ticks} turns`);
    assert.deepEqual([log, (await task.status()).parts], [["closed"], 100_000]);
    assert.equal(only(await lettersOf(system)).reason, "too-large");
  });
}

/** A worker without end, which may wait between two parts. */
function endless(log: string[], wait?: () => Promise<void>): AgentDefinition {
  return agent(Worker, {
    on: {
      run: async function* () {
        try {
          for (;;) {
            await wait?.();
            yield "more";
          }
        } finally {
          log.push("closed");
        }
      },
    },
  });
}

/** A memory store that counts who follows. */
function counted(): { readonly store: OpenStore; readonly followers: () => number } {
  const open = memory();
  let count = 0;
  const store: OpenStore = async (env) => {
    const made = await open(env);
    return new Proxy(made, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== "function") return value;
        if (key !== "follow") return value.bind(target) as unknown;
        return (id: string, wake: () => void) => {
          const end = target.follow(id, wake);
          count++;
          return () => (count--, end());
        };
      },
    });
  };
  return { store, followers: () => count };
}
