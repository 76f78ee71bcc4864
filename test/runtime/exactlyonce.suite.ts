/** Exactly-once processing: repeats are recognised, and outputs, state and ack happen together, once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FailedError, agent, terminal, type Context, type Envelope } from "hermod";
import { Gate, caught, lettersOf, only, saidIn, type On } from "./stage.ts";

const once = { delivery: "exactly-once" } as const;

/** An agent that keeps what it got. */
function ledger(heard: Envelope[]) {
  const keep = (_: unknown, { envelope }: { envelope: Envelope }): void => void heard.push(envelope);
  return agent("ledger", { on: { notification: keep } });
}

/** A cashier that books twice, then fails until its last attempt. */
function cashier(failures: number, seen: Context[] = [], ids: string[][] = []) {
  const book = async (payload: unknown, ctx: Context): Promise<string> => {
    seen.push(ctx);
    const first = await ctx.cast("ledger", "book", payload);
    const second = await ctx.cast("ledger", "book", { half: true });
    ids.push([first.id, second.id]);
    if (seen.length <= failures) throw new Error(`failure ${seen.length}`);
    return "booked";
  };
  return agent("cashier", {
    retry: { retries: 3, base: "1s", jitter: "none" },
    on: { notification: book, request: book },
  });
}

export function exactlyOnceSuite(name: string, on: On): void {
  test(`${name}: what an exactly-once handler casts is committed with its ack, not before`, async () => {
    const heard: Envelope[] = [];
    const gate = new Gate();
    const slow = agent("slow", {
      on: { notification: async (_, ctx) => (await ctx.cast("ledger", "book", {}), await gate.passed) },
    });
    await using stage = await on({ agents: [slow, ledger(heard)] });
    const { system, clock } = stage;
    await system.cast("slow", "", {}, once);
    await clock.advance("1m");
    assert.equal(heard.length, 0);
    assert.equal((await saidIn(system, "to:ledger")).length, 0);
    gate.open();
    await clock.settle();
    assert.equal(heard.length, 1);
    assert.deepEqual(
      stage.spy.of("message.sent").map(({ envelope }) => envelope.to),
      ["slow", "ledger"],
    );
  });

  test(`${name}: a cast of any other handler is sent at once`, async () => {
    const heard: Envelope[] = [];
    const gate = new Gate();
    const slow = agent("slow", {
      on: { notification: async (_, ctx) => (await ctx.cast("ledger", "book", {}), await gate.passed) },
    });
    await using stage = await on({ agents: [slow, ledger(heard)] });
    const { system, clock } = stage;
    await system.cast("slow", "", {});
    await clock.settle();
    assert.equal(heard.length, 1);
    gate.open();
  });

  test(`${name}: a rerun after failures publishes nothing twice, under the same ids [46]`, async () => {
    const heard: Envelope[] = [];
    const ids: string[][] = [];
    await using stage = await on({ agents: [cashier(2, [], ids), ledger(heard)] });
    const { system, clock } = stage;
    const sent = await system.cast("cashier", "pay", { sum: 5 }, once);
    await clock.advance("1h");
    assert.deepEqual(
      heard.map(({ payload }) => payload),
      [{ sum: 5 }, { half: true }],
    );
    assert.equal(ids.length, 3);
    assert.deepEqual(ids[1], ids[0]);
    assert.deepEqual(ids[2], ids[0]);
    assert.deepEqual(
      heard.map(({ id }) => id),
      ids[0],
    );
    assert.ok(heard.every(({ causeId, from }) => causeId === sent.id && from === "cashier"));
    const { system: again } = stage;
    await again.send(sent);
    await clock.advance("1h");
    assert.equal(heard.length, 2);
  });

  test(`${name}: a failed exactly-once message leaves nothing of what it cast`, async () => {
    const heard: Envelope[] = [];
    await using stage = await on({ agents: [cashier(9), ledger(heard)] });
    const { system, clock } = stage;
    await system.cast("cashier", "pay", { sum: 5 }, once);
    await clock.advance("1h");
    assert.equal(only(await lettersOf(system)).attempts.length, 4);
    assert.equal(heard.length, 0);
    assert.equal((await saidIn(system, "to:ledger")).length, 0);
  });

  test(`${name}: a redrive is a new run: what it casts is new, once`, async () => {
    const heard: Envelope[] = [];
    const ids: string[][] = [];
    await using stage = await on({ agents: [cashier(4, [], ids), ledger(heard)] });
    const { system, clock } = stage;
    await system.cast("cashier", "pay", { sum: 5 }, once);
    await clock.advance("1h");
    await system.deadLetters.redrive();
    await clock.advance("1h");
    assert.equal(heard.length, 2);
    assert.equal(new Set(ids.slice(0, 4).flat()).size, 2);
    assert.notDeepEqual(ids[4], ids[0]);
  });

  test(`${name}: the idempotency key handed to a handler is the same at each attempt, by default the message's id`, async () => {
    const seen: Context[] = [];
    await using stage = await on({ agents: [cashier(2, seen), ledger([])] });
    const { system, clock } = stage;
    const unnamed = await system.cast("cashier", "pay", { sum: 5 }, once);
    await clock.advance("1h");
    await system.cast("cashier", "pay", { sum: 5 }, { ...once, key: "pay-7" });
    await clock.advance("1h");
    assert.deepEqual(
      seen.map(({ idempotencyKey }) => idempotencyKey),
      [unnamed.id, unnamed.id, unnamed.id, "pay-7"],
    );
  });

  test(`${name}: the same id twice is one delivery, and the same key too, also while the first runs`, async () => {
    const gate = new Gate();
    let runs = 0;
    await using stage = await on({
      agents: [agent("slow", { on: { notification: () => (runs++, gate.passed) } })],
    });
    const { system, clock } = stage;
    const message = { to: "slow", id: "order-7", payload: { sum: 5 }, ...once } as const;
    const keyed = {
      to: "slow",
      idempotencyKey: "pay-7",
      operation: "pay",
      payload: { sum: 5 },
      ...once,
    } as const;
    for (let time = 0; time < 3; time++) {
      await system.send(message);
      await system.send(keyed);
      await clock.settle();
    }
    gate.open();
    await clock.settle();
    await system.send(message);
    await system.send(keyed);
    await clock.settle();
    assert.equal(runs, 2);
    assert.equal((await system.stats()).router.duplicates, 6);
  });

  test(`${name}: the same id or key with other content is a conflict`, async () => {
    let runs = 0;
    await using stage = await on({ agents: [agent("cashier", { on: { notification: () => void runs++ } })] });
    const { system, clock, spy } = stage;
    await system.send({ to: "cashier", id: "order-7", payload: { sum: 5 }, ...once });
    await system.cast("cashier", "pay", { sum: 5, to: "b" }, { ...once, key: "k" });
    await clock.settle();
    assert.equal(
      (await caught(system.send({ to: "cashier", id: "order-7", payload: { sum: 6 }, ...once }))).code,
      "HERMOD_CONFLICT",
    );
    assert.equal(
      (await caught(system.cast("cashier", "pay", { sum: 6 }, { ...once, key: "k" }))).code,
      "HERMOD_CONFLICT",
    );
    await system.cast("cashier", "pay", { to: "b", sum: 5 }, { ...once, key: "k" });
    await clock.settle();
    assert.equal(runs, 2);
    assert.equal(spy.of("message.refused").length, 2);
  });

  test(`${name}: state, outputs and ack of an exactly-once message go together`, async () => {
    const heard: Envelope[] = [];
    let fail = true;
    const counter = agent("counter", {
      state: () => ({ count: 0 }),
      retry: { retries: 1, base: 0 },
      on: {
        notification: async (_, ctx) => {
          ctx.state.count++;
          await ctx.cast("ledger", "book", ctx.state.count);
          if (fail) throw new Error("no ink");
        },
        request: (_, ctx) => ctx.state.count,
      },
    });
    await using stage = await on({ agents: [counter, ledger(heard)] });
    const { system, clock } = stage;
    await system.cast("counter", "", {}, once);
    await clock.advance("1m");
    assert.equal(await system.call("counter", "", {}), 0);
    fail = false;
    await system.cast("counter", "", {}, once);
    await clock.advance("1m");
    assert.equal(await system.call("counter", "", {}), 1);
    assert.deepEqual(
      heard.map(({ payload }) => payload),
      [1],
    );
  });

  test(`${name}: an output that nobody takes fails the delivery as a whole: nothing of it happens`, async () => {
    const heard: Envelope[] = [];
    const states: number[] = [];
    const teller = agent("teller", {
      state: () => ({ count: 0 }),
      retry: { retries: 1, base: 0 },
      on: {
        notification: async (_, ctx) => {
          states.push(++ctx.state.count);
          await ctx.cast("ledger", "book", {});
          await ctx.cast("nobody", "book", {});
        },
      },
    });
    await using stage = await on({ agents: [teller, ledger(heard)] });
    const { system, clock } = stage;
    await system.cast("teller", "", {}, once);
    await clock.advance("1m");
    assert.equal(heard.length, 0);
    assert.deepEqual(states, [1, 1]);
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.reason, letter.error?.code, letter.attempts.length],
      ["exhausted", "HERMOD_NO_AGENT", 2],
    );
  });

  test(`${name}: an output to a full mailbox is tried again with the message`, async () => {
    const gate = new Gate();
    const heard: unknown[] = [];
    const full = agent("full", {
      capacity: 1,
      on: { notification: (payload) => (heard.push(payload), gate.passed) },
    });
    const teller = agent("teller", {
      retry: { base: "1s", jitter: "none" },
      on: { notification: (_, ctx) => ctx.cast("full", "", "output") },
    });
    await using stage = await on({ agents: [full, teller] });
    const { system, clock } = stage;
    await system.cast("full", "", "runs");
    await clock.settle();
    await system.cast("full", "", "waits");
    await system.cast("teller", "", {}, once);
    await clock.settle();
    gate.open();
    await clock.advance("1s");
    assert.deepEqual(heard, ["runs", "waits", "output"]);
  });

  test(`${name}: an output may be held for a recipient that is not there yet`, async () => {
    const heard: Envelope[] = [];
    const teller = agent("teller", {
      retry: { retries: 0 },
      on: { notification: (_, ctx) => ctx.cast("ledger", "book", {}, { hold: true }) },
    });
    await using stage = await on({ agents: [teller] });
    const { system, clock } = stage;
    await system.cast("teller", "", {}, once);
    await clock.settle();
    assert.deepEqual(await lettersOf(system), []);
    await system.spawn(ledger(heard));
    await clock.settle();
    assert.equal(heard.length, 1);
  });

  test(`${name}: an output held for a recipient that is there leaves that one's mailbox as it is`, async () => {
    const gate = new Gate();
    const full = agent("full", { capacity: 1, on: { notification: () => gate.passed } });
    const teller = agent("teller", {
      on: { notification: (_, ctx) => ctx.cast("full", "", {}, { hold: true }) },
    });
    await using stage = await on({ agents: [full, teller] });
    const { system, clock } = stage;
    await system.cast("full", "", "runs");
    await clock.settle();
    await system.cast("teller", "", {}, once);
    await clock.settle();
    assert.equal((await caught(system.cast("full", "", "too many"))).code, "HERMOD_OVERLOADED");
    gate.open();
  });

  test(`${name}: the reply of an exactly-once call is committed with it, whether returned or given early`, async () => {
    const gate = new Gate();
    const early = agent("early", {
      on: { request: async (_, ctx) => (await ctx.reply("early"), await gate.passed) },
    });
    const plain = agent("plain", { on: { request: () => "returned" } });
    await using stage = await on({ agents: [early, plain] });
    const { system, clock } = stage;
    assert.equal(await system.call("plain", "", {}, once), "returned");
    const call = system.call("early", "", {}, once);
    await clock.settle();
    assert.equal((await saidIn(system, "verb:reply from:early")).length, 0);
    gate.open();
    assert.equal(await call, "early");
    assert.equal((await saidIn(system, "verb:reply")).length, 2);
  });

  test(`${name}: the reply of an exactly-once call has the same id at each attempt`, async () => {
    const ids: string[] = [];
    let runs = 0;
    const watcher = {
      name: "watcher",
      outgoing: ({ verb, id }: Envelope) => void (verb === "reply" && ids.push(id)),
    };
    const flaky = agent("flaky", {
      retry: { base: 0 },
      on: {
        request: async (_, ctx) => {
          await ctx.reply("booked");
          if (++runs < 3) throw new Error("no ink");
        },
      },
    });
    await using stage = await on({ agents: [flaky], interceptors: [watcher] });
    const call = stage.system.call("flaky", "", {}, once);
    await stage.clock.advance("1s");
    assert.equal(await call, "booked");
    assert.deepEqual([ids.length, new Set(ids).size], [3, 1]);
    await stage.system.call("flaky", "", {}, once);
    assert.equal(new Set(ids).size, 2);
  });

  test(`${name}: an early reply of an exactly-once call that fails is not sent, and its caller gets the failure`, async () => {
    const hasty = agent("hasty", {
      on: {
        request: async (_, ctx) => {
          await ctx.reply("early");
          throw terminal(new Error("no ink"));
        },
      },
    });
    await using stage = await on({ agents: [hasty] });
    const { system, clock } = stage;
    const call = caught(system.call("hasty", "", {}, once));
    await clock.advance("30s");
    assert.ok((await call) instanceof FailedError);
  });

  test(`${name}: an exactly-once task whose asker is gone is done all the same, with what it cast`, async () => {
    const heard: Envelope[] = [];
    const worker = agent("worker", {
      on: {
        task: async (_, ctx) => (await ctx.cast("ledger", "book", {}), await ctx.reply("early")),
        request: (_, ctx) => ctx.cast("ledger", "book", {}),
      },
    });
    await using stage = await on({ agents: [worker, ledger(heard)] });
    const { system, clock } = stage;
    await system.send({ type: "task", from: "gone", to: "worker", ...once });
    await system.send({ type: "request", from: "gone", to: "worker", ...once });
    await clock.advance("1h");
    assert.equal(heard.length, 2);
    assert.deepEqual(
      (await saidIn(system, "to:worker")).map(({ state }) => state),
      ["done", "done"],
    );
  });

  test(`${name}: a call from an exactly-once handler is outside its transaction`, async () => {
    let asked = 0;
    const helper = agent("helper", { on: { request: () => ++asked } });
    const asker = agent("asker", {
      retry: { retries: 1, base: 0 },
      on: {
        notification: async (_, ctx) => (
          await ctx.call("helper", "", {}),
          Promise.reject(new Error("no ink"))
        ),
      },
    });
    await using stage = await on({ agents: [helper, asker] });
    const { system, clock } = stage;
    await system.cast("asker", "", {}, once);
    await clock.advance("1m");
    assert.equal(asked, 2);
  });

  test(`${name}: what a handler casts after its end is no part of its transaction, and is sent by itself`, async () => {
    const heard: Envelope[] = [];
    const kept: Context[] = [];
    const leaker = agent("leaker", { on: { notification: (_, ctx) => void kept.push(ctx) } });
    await using stage = await on({ agents: [leaker, ledger(heard)] });
    const { system, clock } = stage;
    const sent = await system.cast("leaker", "", {}, once);
    await clock.settle();
    await only(kept).cast("ledger", "book", {});
    await clock.settle();
    assert.equal(only(heard).causeId, sent.id);
  });

  test(`${name}: a cast that does not fit is refused in the handler, before anything is kept`, async () => {
    let refused: unknown;
    const teller = agent("teller", {
      on: { notification: async (_, ctx) => void (refused = await caught(ctx.cast("ledger", "", () => 1))) },
    });
    await using stage = await on({ agents: [teller, ledger([])] });
    const { system, clock } = stage;
    await system.cast("teller", "", {}, once);
    await clock.settle();
    assert.equal((refused as { code?: string }).code, "HERMOD_BAD_PAYLOAD");
    assert.deepEqual(
      (await saidIn(system)).map(({ state }) => state),
      ["done"],
    );
  });
}
