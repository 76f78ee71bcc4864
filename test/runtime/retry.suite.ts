/** Retry: when a failed delivery is tried again, who says so, and when it is not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  HermodError,
  OverloadedError,
  RejectedError,
  agent,
  contract,
  retryAfter,
  terminal,
  type RetryOptions,
} from "hermod";
import type { TestOptions, TestSystem } from "hermod/testing";
import * as z from "zod";
import { caught, lettersOf, only, type On } from "./stage.ts";

const Flaky = contract("flaky", {
  casts: { plain: z.string(), hasty: { in: z.string(), retry: { retries: 1, base: "10s", jitter: "none" } } },
  calls: {
    ask: {
      in: z.string(),
      out: z.string(),
      retry: { retries: 2, base: "20s", jitter: "none" },
      timeout: "1h",
    },
  },
});

/** The delays between the attempts of messages that always fail, by their text. */
class Failures {
  readonly times = new Map<string, number[]>();
  stage!: TestSystem;
  thrown: (text: string) => unknown = () => new Error("no ink");

  async open(on: On, retry: RetryOptions | undefined, options: TestOptions = {}): Promise<TestSystem> {
    const fail = (text: unknown): never => {
      this.times.set(String(text), [...(this.times.get(String(text)) ?? []), this.stage.clock.now()]);
      throw this.thrown(String(text));
    };
    const definition = agent(Flaky, { ...(retry && { retry }), on: { plain: fail, hasty: fail, ask: fail } });
    this.stage = await on({ agents: [definition], ...options });
    return this.stage;
  }

  delays(text: string): number[] {
    const times = this.times.get(text) ?? [];
    return times.slice(1).map((at, before) => at - (times[before] as number));
  }
}

export function retrySuite(name: string, on: On): void {
  test(`${name}: a failed delivery is retried 3 times by default, after a base of 1, 2 and 4 s [48]`, async () => {
    const failures = new Failures();
    await using stage = await failures.open(on, { jitter: "none" });
    await stage.system.cast(Flaky, "plain", "a");
    await stage.clock.advance("1d");
    assert.deepEqual(failures.delays("a"), [1000, 2000, 4000]);
    assert.equal(only(await lettersOf(stage.system)).reason, "exhausted");
  });

  test(`${name}: 5 retries from 100 ms times 2 run as configured [49]`, async () => {
    const failures = new Failures();
    await using stage = await failures.open(on, { retries: 5, base: 100, factor: 2, jitter: "none" });
    await stage.system.cast(Flaky, "plain", "a");
    await stage.clock.advance("1d");
    assert.deepEqual(failures.delays("a"), [100, 200, 400, 800, 1600]);
  });

  test(`${name}: each of the retry options changes the delays`, async () => {
    const cases: readonly [RetryOptions, number[]][] = [
      [{ retries: 0 }, []],
      [{ retries: 1 }, [1000]],
      [{ base: "3s" }, [3000, 6000, 12_000]],
      [{ base: 0 }, [0, 0, 0]],
      [{ base: "1h" }, [3_600_000, 3_600_000, 3_600_000]],
      [{ factor: 1 }, [1000, 1000, 1000]],
      [{ factor: 2.5 }, [1000, 2500, 6250]],
      [{ cap: "1500ms" }, [1000, 1500, 1500]],
      [{ retries: 12, base: "1m" }, [60_000, 120_000, 240_000, ...Array.from({ length: 9 }, () => 300_000)]],
    ];
    for (const [retry, delays] of cases) {
      const failures = new Failures();
      await using stage = await failures.open(on, { jitter: "none", ...retry });
      await stage.system.cast(Flaky, "plain", "a");
      await stage.clock.advance("1d");
      assert.deepEqual(failures.delays("a"), delays, JSON.stringify(retry));
    }
  });

  test(`${name}: delays are drawn anew each time, from nothing to their full length, by the system's randomness`, async () => {
    const drawn: string[] = [];
    for (const seed of [1, 2, 3, 3]) {
      const failures = new Failures();
      await using stage = await failures.open(on, undefined, { seed });
      for (let at = 0; at < 10; at++) await stage.system.cast(Flaky, "plain", `m${at}`);
      await stage.clock.advance("1d");
      const delays = [...failures.times.keys()].map((text) => failures.delays(text));
      for (const each of delays) {
        assert.equal(each.length, 3);
        for (const [at, delay] of each.entries())
          assert.ok(delay >= 0 && delay <= 1000 * 2 ** at, `${delay} at ${at}`);
      }
      assert.ok(new Set(delays.flat()).size > 20, "hardly two alike");
      drawn.push(JSON.stringify(delays));
    }
    assert.equal(drawn[3], drawn[2], "the same seed gives the same delays");
    assert.equal(new Set(drawn).size, 3);
  });

  test(`${name}: an operation's own policy goes before its agent's, and a message's before both`, async () => {
    const failures = new Failures();
    await using stage = await failures.open(on, { retries: 1, base: "5s", jitter: "none" });
    const { system, clock } = stage;
    await system.cast(Flaky, "plain", "by agent");
    await system.cast(Flaky, "hasty", "by operation");
    await system.cast(Flaky, "hasty", "by message", { retry: { retries: 2, base: "30s", jitter: "none" } });
    await system.cast(Flaky, "plain", "by message too", { retry: { retries: 0 } });
    const call = caught(system.call(Flaky, "ask", "call", { delivery: "at-least-once" }));
    const other = caught(
      system.call(Flaky, "ask", "own", {
        delivery: "at-least-once",
        retry: { retries: 1, base: "1m", jitter: "none" },
      }),
    );
    await clock.advance("1d");
    await Promise.all([call, other]);
    const delays = Object.fromEntries(
      [...failures.times.keys()].map((text) => [text, failures.delays(text)]),
    );
    assert.deepEqual(delays, {
      "by agent": [5000],
      "by operation": [10_000],
      "by message": [30_000, 60_000],
      "by message too": [],
      call: [20_000, 40_000],
      own: [60_000],
    });
  });

  test(`${name}: a handler may say when to try again: exactly then, beyond any cap, using one attempt`, async () => {
    const failures = new Failures();
    failures.thrown = () => retryAfter("10m", new Error("too many requests"));
    await using stage = await failures.open(on, { retries: 2, cap: "1s" });
    await stage.system.cast(Flaky, "plain", "a");
    await stage.clock.advance("1d");
    assert.deepEqual(failures.delays("a"), [600_000, 600_000]);
    const letter = only(await lettersOf(stage.system));
    assert.deepEqual(
      [letter.reason, letter.error?.message, letter.attempts.length],
      ["exhausted", "too many requests", 3],
    );
  });

  test(`${name}: what no retry can mend goes to the dead letters at once`, async () => {
    const cases: readonly [unknown, string][] = [
      [terminal(new RangeError("no such page")), "no such page"],
      [terminal("no such page"), "no such page"],
      [new RejectedError("refused"), "refused"],
      [new HermodError("HERMOD_NO_MODEL", "no model"), "no model"],
      [new OverloadedError("for ever", { retryable: false }), "for ever"],
    ];
    const failures = new Failures();
    await using stage = await failures.open(on, undefined);
    for (const [thrown] of cases) {
      failures.thrown = () => thrown;
      await stage.system.cast(Flaky, "plain", "a");
      await stage.clock.settle();
    }
    const letters = await lettersOf(stage.system);
    assert.deepEqual(
      letters.map(({ reason, error, attempts }) => [reason, error?.message, attempts.length]),
      cases.map(([, text]) => ["terminal", text, 1]),
    );
    assert.ok(letters.every(({ error }) => error?.retryable === false));
  });

  test(`${name}: a coded error that can pass is retried like any other`, async () => {
    const failures = new Failures();
    failures.thrown = () => new OverloadedError("just now");
    await using stage = await failures.open(on, { jitter: "none" });
    await stage.system.cast(Flaky, "plain", "a");
    await stage.clock.advance("1d");
    assert.equal(failures.times.get("a")?.length, 4);
  });

  test(`${name}: nothing sleeps in the sender, and no waiting retry holds up another [(38)]`, async () => {
    const failures = new Failures();
    await using stage = await failures.open(on, { retries: 2, base: "1h", cap: "1d", jitter: "none" });
    const { system, clock } = stage;
    const began = clock.now();
    for (const text of ["a", "b", "c"]) {
      await system.cast(Flaky, "plain", text);
      await clock.settle();
    }
    assert.equal(clock.now(), began);
    await clock.advance("30m");
    await system.cast(Flaky, "plain", "d");
    await clock.advance("1d");
    for (const text of ["a", "b", "c", "d"]) assert.deepEqual(failures.delays(text), [3_600_000, 7_200_000]);
    assert.equal((failures.times.get("d")?.[0] as number) - began, 1_800_000);
  });

  test(`${name}: base, factor, cap, jitter, retry-after and terminal errors decide the delay, and never in the sender [C7]`, async () => {
    const failures = new Failures();
    failures.thrown = (text) =>
      text === "later"
        ? retryAfter("9s")
        : text === "never"
          ? terminal(new Error("no"))
          : new Error("no ink");
    await using stage = await failures.open(on, { retries: 4, base: "1s", factor: 3, cap: "20s" });
    const { system, clock } = stage;
    const began = clock.now();
    for (const text of ["later", "never", "some"]) await system.cast(Flaky, "plain", text);
    await system.cast(Flaky, "plain", "exact", {
      retry: { retries: 4, base: "1s", factor: 3, cap: "20s", jitter: "none" },
    });
    assert.equal(clock.now(), began);
    await clock.advance("1d");
    assert.deepEqual(failures.delays("later"), [9000, 9000, 9000, 9000]);
    assert.deepEqual(failures.delays("never"), []);
    assert.deepEqual(failures.delays("exact"), [1000, 3000, 9000, 20_000]);
    const some = failures.delays("some");
    assert.ok(
      some.every((delay, at) => delay <= Math.min(20_000, 1000 * 3 ** at)),
      String(some),
    );
    assert.notDeepEqual(some, failures.delays("exact"));
  });

  test(`${name}: one can ask which messages wait for a retry`, async () => {
    const failures = new Failures();
    await using stage = await failures.open(on, { base: "1m", jitter: "none" });
    const { system, clock } = stage;
    const { id } = await system.cast(Flaky, "plain", "a");
    await clock.settle();
    assert.equal((await system.mailbox(Flaky).stats()).delayed, 1);
    assert.deepEqual(
      (await system.history({ where: "state:waiting attempts:>0" })).items.map(({ envelope }) => envelope.id),
      [id],
    );
    await clock.advance("1m");
    assert.equal(failures.times.get("a")?.length, 2);
  });

  test(`${name}: retry options are refused by name when they make no sense`, async () => {
    await using stage = await on({ agents: [] });
    const wrong: object[] = [
      { retries: -1 },
      { retries: 0.5 },
      { factor: 0.5 },
      { jitter: "some" },
      { base: "soon" },
      { cap: -1 },
      { tries: 3 },
    ];
    for (const retry of wrong) {
      const named = { code: "HERMOD_BAD_OPTION", message: new RegExp(Object.keys(retry)[0] as string) };
      assert.throws(() => agent("flaky", { retry, on: {} }), named);
      await assert.rejects(stage.system.cast("flaky", "", {}, { retry }), named);
    }
  });
}
