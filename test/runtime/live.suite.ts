/** Live subscriptions: each event at most once, in order, one after the other, for as long as they are open. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, topic, type Subscription } from "hermod";
import * as z from "zod";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

export function liveSuite(name: string, start: On): void {
  test(`${name}: a live subscriber sees each event once, in the order of its publisher, whatever the priorities [44]`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe("news", (event) => void heard.push(event));
    const priorities = ["low", "urgent", "normal", "high"] as const;
    for (let at = 0; at < 100; at++)
      await system.publish("news", at, { priority: priorities[at % 4] as "low" });
    await clock.settle();
    assert.deepEqual(
      heard,
      Array.from({ length: 100 }, (_, at) => at),
    );
    await clock.advance("5m");
    assert.equal(heard.length, 100);
  });

  test(`${name}: it sees what is published while it is open, and nothing from before or after`, async () => {
    const heard: unknown[] = [];
    await using stage = await start({ agents: [agent("keeps", { on: {}, topics: ["news"] })] });
    const { system, clock } = stage;
    await system.publish("news", "before");
    const subscription = await system.subscribe("news", (event) => void heard.push(event));
    await system.publish("news", "while");
    await clock.settle();
    await subscription.close();
    await system.publish("news", "after");
    await clock.settle();
    assert.deepEqual([subscription.pattern, heard], ["news", ["while"]]);
  });

  test(`${name}: a second close does nothing, nor does one of the system's end, and the others stay`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const seen = (event: unknown): void => void heard.push(event);
    const first = await system.subscribe("news", seen);
    const second = await system.subscribe("news", seen);
    await system.publish("news", 1);
    await clock.settle();
    await Promise.all([first.close(), first.close(), first.unsubscribe()]);
    await system.publish("news", 2);
    await clock.settle();
    assert.deepEqual(heard, [1, 1, 2]);
    await stage[Symbol.asyncDispose]();
    await second.close();
    await second[Symbol.asyncDispose]();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: a slow subscriber gets events one after the other, and holds up nobody`, async () => {
    const gates = Array.from({ length: 3 }, () => new Gate());
    const steps: string[] = [];
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe("news", async (event) => {
      steps.push(`begins ${String(event)}`);
      await gates[event as number]?.passed;
      steps.push(`ends ${String(event)}`);
    });
    await system.subscribe("news", (event) => void heard.push(event));
    for (let at = 0; at < 3; at++) await system.publish("news", at);
    await clock.settle();
    assert.deepEqual([heard, steps], [[0, 1, 2], ["begins 0"]]);
    gates[1]?.open();
    gates[0]?.open();
    await clock.settle();
    assert.deepEqual(steps, ["begins 0", "ends 0", "begins 1", "ends 1", "begins 2"]);
    gates[2]?.open();
    await clock.settle();
    assert.equal(steps.at(-1), "ends 2");
  });

  test(`${name}: whatever can be awaited is waited for, not promises alone`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe("news", (event) => {
      heard.push(event);
      // oxlint-disable-next-line unicorn/no-thenable -- some libraries answer so
      return { then: (resolve: () => void) => void gate.passed.then(resolve) };
    });
    await system.publish("news", 1);
    await system.publish("news", 2);
    await clock.settle();
    assert.deepEqual(heard, [1]);
    gate.open();
    await clock.settle();
    assert.deepEqual(heard, [1, 2]);
  });

  test(`${name}: 10,000 events wait for a slow subscriber; each further one is dropped and reported [(34)] [C11]`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock, spy } = stage;
    await system.subscribe("news", (event) => (heard.push(event), event === 0 ? gate.passed : undefined));
    for (let at = 0; at <= 10_002; at++) await system.publish("news", at);
    await clock.settle();
    assert.deepEqual(heard, [0]);
    assert.deepEqual(
      spy.of("event.dropped").map(({ pattern, envelope }) => [pattern, envelope.payload]),
      [
        ["news", 10_001],
        ["news", 10_002],
      ],
    );
    gate.open();
    await clock.settle();
    assert.deepEqual([heard.length, heard.at(-1)], [10_001, 10_000]);
    await system.publish("news", "later");
    await clock.settle();
    assert.equal(heard.at(-1), "later");
  });

  test(`${name}: a subscriber that throws is contained and reported, and sees what comes next [(17)]`, async () => {
    const heard: unknown[] = [];
    const nothing: unknown = undefined;
    const ways: ((event: unknown) => unknown)[] = [
      () => {
        throw new Error("at once");
      },
      () => Promise.reject(new Error("later")),
      () => {
        throw nothing;
      },
      () => ({
        // oxlint-disable-next-line unicorn/no-thenable -- what cannot even be asked for
        get then() {
          throw new Error("trap");
        },
      }),
    ];
    await using stage = await start();
    const { system, clock, spy } = stage;
    await system.subscribe("news.*", (event) => {
      heard.push(event);
      return ways[event as number]?.(event);
    });
    await system.subscribe("news.>", (event) => void heard.push(event));
    for (let at = 0; at <= 4; at++) await system.publish("news.sea", at);
    await clock.settle();
    assert.equal(heard.length, 10);
    assert.deepEqual(
      spy
        .of("listener.failed")
        .map(({ listener, error }) => [listener, (error as Error | undefined)?.message]),
      ["at once", "later", undefined, "trap"].map((message) => ["subscriber of news.*", message]),
    );
    assert.deepEqual(await lettersOf(system), []);
    assert.equal((await saidIn(system, "state:done")).length, 5);
  });

  test(`${name}: a subscriber that never ends is left behind by close, and what waited for it is dropped`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const subscription = await system.subscribe("news", (event) => {
      heard.push(event);
      return new Promise<never>(() => undefined);
    });
    await system.publish("news", 1);
    await system.publish("news", 2);
    await clock.settle();
    await subscription.close();
    await system.publish("news", 3);
    await clock.settle();
    assert.deepEqual(heard, [1]);
    await system.close();
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: what waits for a slow subscriber is not shown to it after its close`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const subscription = await system.subscribe("news", (event) => (heard.push(event), gate.passed));
    await system.publish("news", 1);
    await system.publish("news", 2);
    await clock.settle();
    const closing = subscription.close();
    gate.open();
    await closing;
    await clock.settle();
    assert.deepEqual(heard, [1]);
  });

  test(`${name}: who closes itself, or another, while an event is shown ends that at once`, async () => {
    const heard: string[] = [];
    const subscriptions: Subscription[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const keep = (by: string, closes: number) => (): void => {
      heard.push(by);
      void subscriptions[closes]?.close();
    };
    subscriptions.push(await system.subscribe("news", keep("itself", 0)));
    subscriptions.push(await system.subscribe("news", keep("closes the next", 2)));
    subscriptions.push(await system.subscribe("news", keep("closed", 3)));
    subscriptions.push(await system.subscribe("*", keep("closes the one before", 1)));
    subscriptions.push(await system.subscribe(">", keep("last", 9)));
    await system.publish("news", 1);
    await clock.settle();
    assert.deepEqual(heard, ["itself", "closes the next", "closes the one before", "last"]);
    await system.publish("news", 2);
    await clock.settle();
    assert.deepEqual(heard.slice(4), ["closes the one before", "last"]);
  });

  test(`${name}: who subscribes while an event is shown sees what comes after it, under the same pattern or another`, async () => {
    const heard: string[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    const patterns = ["news", "*", ">", "news.more"];
    await system.subscribe("news", async (event) => {
      if (event !== 1) return;
      for (const pattern of patterns)
        void system.subscribe(pattern, (later) => void heard.push(`${pattern} ${String(later)}`));
    });
    await system.publish("news", 1);
    await clock.settle();
    assert.deepEqual(heard, []);
    await system.publish("news", 2);
    await clock.settle();
    assert.deepEqual(heard, ["news 2", "* 2", "> 2"]);
  });

  test(`${name}: a subscriber that subscribes itself again at each event doubles, and does not go on for ever`, async () => {
    let count = 0;
    await using stage = await start();
    const { system, clock } = stage;
    const again = (): void => {
      if (++count > 1000) return;
      void system.subscribe("news", again);
    };
    await system.subscribe("news", again);
    for (let at = 0; at < 3; at++) {
      await system.publish("news", at);
      await clock.settle();
    }
    assert.equal(count, 7);
  });

  test(`${name}: what a subscriber publishes from its callback comes to all after the event it saw`, async () => {
    const heard: string[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe("count.*", (event, { topic: at }) => {
      heard.push(`first ${at} ${String(event)}`);
      if ((event as number) < 3) void system.publish(`count.${String(event)}`, (event as number) + 1);
    });
    await system.subscribe("count.*", (event) => void heard.push(`second ${String(event)}`));
    await system.publish("count.start", 0);
    await clock.settle();
    const steps = ["start", "0", "1", "2"].flatMap((at, event) => [
      `first count.${at} ${event}`,
      `second ${event}`,
    ]);
    assert.deepEqual(heard, steps);
  });

  test(`${name}: a live subscription costs one copy and one timer for the whole system, and leaves neither behind`, async () => {
    await using stage = await start();
    const { system, clock } = stage;
    const all = await Promise.all(
      Array.from({ length: 1000 }, (_, at) => system.subscribe(`news.${at % 10}`, () => undefined)),
    );
    assert.equal(clock.waiting, 1);
    await system.publish("news.3", 1);
    await clock.settle();
    assert.equal((await saidIn(system)).length, 1);
    await Promise.all(all.map((subscription) => subscription.close()));
    await system.publish("news.3", 2);
    assert.equal(only(await lettersOf(system)).reason, "no-subscriber");
    await clock.advance("1m");
    assert.equal(clock.waiting, 0);
    for (let at = 0; at < 3; at++) {
      const again = await system.subscribe("news.3", () => undefined);
      assert.equal(clock.waiting, 1);
      await clock.advance("1h");
      await again.close();
      assert.equal(clock.waiting, 0);
    }
  });

  test(`${name}: a live subscription lasts for hours, since its system renews it`, async () => {
    const heard: unknown[] = [];
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe("news", (event) => void heard.push(event));
    for (let at = 0; at < 3; at++) {
      await clock.advance("1h");
      await system.publish("news", at);
      await clock.settle();
    }
    assert.deepEqual(heard, [0, 1, 2]);
  });

  test(`${name}: a subscribe that is under way when the system ends is refused, and leaves no timer`, async () => {
    for (const end of ["close", "drain"] as const) {
      await using stage = await start();
      const { system, clock } = stage;
      const subscribing = system
        .subscribe("news", () => undefined)
        .then(
          () => "open",
          (error: { code: string }) => error.code,
        );
      const durable = system
        .subscribe("news", () => undefined, { durable: "log" })
        .then(
          () => "open",
          (error: { code: string }) => error.code,
        );
      await system[end]({ timeout: 0 });
      assert.deepEqual([await subscribing, await durable], ["HERMOD_CLOSED", "HERMOD_CLOSED"]);
      const refused = await caught(system.subscribe("news", () => undefined));
      assert.equal(refused.code, "HERMOD_CLOSED");
      await system.close({ timeout: 0 });
      await clock.advance("1m");
      assert.equal(clock.waiting, 0);
    }
  });

  test(`${name}: drain and close leave nothing of live subscriptions, also while they are shown something`, async () => {
    const gate = new Gate();
    const stage = await start();
    const { system, clock, spy } = stage;
    const heard: unknown[] = [];
    await system.subscribe("news", (event) => (heard.push(event), gate.passed));
    await system.publish("news", 1);
    await system.publish("news", 2);
    await clock.settle();
    await system.drain({ timeout: 0 });
    await stage[Symbol.asyncDispose]();
    gate.open();
    await clock.advance("1m");
    assert.deepEqual(heard, [1]);
    assert.equal(clock.waiting, 0);
    assert.deepEqual(spy.of("store.failed"), []);
    assert.equal(only(spy.of("system.drained")).unfinished, 0);
  });

  test(`${name}: events checked by a slow schema still come in order`, async () => {
    const gates = [new Gate(), new Gate()];
    const heard: unknown[] = [];
    const slow = z.number().refine(async (at) => (await gates[at]?.passed, true));
    await using stage = await start();
    const { system, clock } = stage;
    await system.subscribe(topic("news", slow), (event) => void heard.push(event));
    for (const at of [0, 1]) await system.publish("news", at);
    gates[1]?.open();
    await clock.settle();
    assert.deepEqual(heard, []);
    gates[0]?.open();
    await clock.settle();
    assert.deepEqual(heard, [0, 1]);
  });
}
