/** Scenes of what is remembered over a kill: states, subscriptions, keys, calls and the transaction of a handler. */
import { agent, start, type StartOptions, type Store, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { Spy } from "hermod/testing";
import { stay, type Scene } from "./life.kit.ts";

function begin(file: string, options: StartOptions = {}): Promise<System> {
  return start({ ...options, store: sqlite(file), statistics: false });
}

/** A counter has counted to three, and is at work on the fourth. */
export const counted: Scene = async (file, say) => {
  const counter = agent("counter", {
    state: () => ({ count: 0 }),
    on: {
      notification: (_, ctx) => {
        ctx.state.count++;
        if (ctx.state.count === 4) return (say("fourth"), stay());
      },
    },
  });
  let store: Store | undefined;
  const system = await start({
    agents: [counter],
    store: async (env) => (store = await sqlite(file)(env)),
    statistics: false,
  });
  for (let n = 0; n < 3; n++) await system.cast("counter", "count", n);
  await system.drain({ waiting: true });
  say(`version ${(await store?.load("counter"))?.version}`);
  await system.close();
  const again = await begin(file, { agents: [counter] });
  await again.cast("counter", "count", 3);
  await stay();
};

/** Somebody subscribes by name, hears one event, and is gone. */
export const subscribed: Scene = async (file, say) => {
  const system = await begin(file);
  await system.subscribe("tide.*", (event) => say(`heard ${String(event)}`), { durable: "log" });
  await system.publish("tide.low", 1);
  await stay();
};

/** Somebody else publishes, where nobody listens. */
export const published: Scene = async (file, say) => {
  const system = await begin(file);
  for (let n = 2; n <= 4; n++) await system.publish("tide.low", n);
  say("published");
  await stay();
};

/** A message with an idempotency key is stored, and another one with a key is done. */
export const keyed: Scene = async (file, say) => {
  const spy = new Spy();
  const worker = agent("worker", { on: { notification: () => undefined } });
  const system = await begin(file, { agents: [worker], pull: ["desk"], reports: spy.listen });
  const waiting = await system.cast("desk", "file", { ticket: 1 }, { key: "monday" });
  const done = await system.cast("worker", "file", { ticket: 1 }, { key: "monday" });
  await spy.seen("delivery.settled");
  say(`waiting ${waiting.id}`);
  say(`done ${done.id}`);
  await stay();
};

const asked = { key: "order 7", delivery: "at-least-once", timeout: "5m" } as const;

/** A durable call whose handler is at work. */
export const asking: Scene = async (file, say) => {
  const clerk = agent("clerk", { on: { request: () => (say("asked"), stay()) } });
  const system = await begin(file, { agents: [clerk] });
  await system.call("clerk", "order", { book: 7 }, asked);
};

/** A durable call whose reply is stored, and whose caller is not told yet. */
export const answered: Scene = async (file, say) => {
  const clerk = agent("clerk", { on: { request: () => "sent by the clerk of the first life" } });
  const system = await begin(file, { agents: [clerk] });
  system.reports((report) => {
    if (report.type === "delivery.settled") say("settled");
  });
  await system.call("clerk", "order", { book: 7 }, asked);
};

/** The same order once more, in whatever life: an answer, at the end. */
export const askingAgain: Scene = async (file, say) => {
  const clerk = agent("clerk", { on: { request: (_, ctx) => `sent ${ctx.idempotencyKey}` } });
  const system = await begin(file, { agents: [clerk] });
  say(`answer ${String(await system.call("clerk", "order", { book: 7 }, asked))}`);
  await system.close();
};

/** A transactional handler has sent its outputs and changed its state, and does not come to its end. */
export const halfDone: Scene = async (file, say) => {
  const clerk = agent("clerk", {
    state: () => ({ orders: [] as unknown[] }),
    on: {
      notification: async (payload, ctx) => {
        ctx.state.orders.push(payload);
        await ctx.cast("ledger", "book", payload);
        await ctx.publish("orders.made", payload);
        say(`key ${ctx.idempotencyKey}`);
        await stay();
      },
    },
  });
  const system = await begin(file, { agents: [clerk], pull: ["ledger"] });
  await system.subscribe("orders.*", () => undefined, { durable: "log" });
  await system.cast("clerk", "order", 7, { delivery: "exactly-once" });
  await stay();
};
