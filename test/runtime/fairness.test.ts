/** Fairness to the rest of the process: timers and I/O have their turn while messages flood in. On the real clock, counting, not timing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract, start } from "hermod";
import * as z from "zod";

/** Keeps the processor busy, as a handler that computes does. */
function compute(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

test("timers fire between bursts while a synchronous handler works off a flood", async () => {
  let handled = 0;
  const done = Promise.withResolvers<void>();
  const worker = agent("worker", {
    on: {
      notification: () => {
        compute(0.5);
        if (++handled === 600) done.resolve();
      },
    },
  });
  await using system = await start({ agents: [worker] });
  const seenAt: number[] = [];
  const ticking = setInterval(() => seenAt.push(handled), 1);
  for (let n = 0; n < 600; n++) void system.cast("worker", "x", n);
  await done.promise;
  clearInterval(ticking);
  const between = seenAt.filter((count) => count > 0 && count < 600);
  assert.ok(
    between.length >= 10,
    `timers fired ${between.length} times during the flood, at ${between.join(", ")}`,
  );
});

test("a call whose input is still being checked when the system closes gets HERMOD_CLOSED", async () => {
  const slow = z.string().refine(async () => {
    await new Promise<void>((go) => void setImmediate(go));
    return true;
  });
  const Slow = contract("slow", { calls: { ask: { in: slow, out: z.string() } } });
  const system = await start({ agents: [agent(Slow, { on: { ask: (text) => text } })] });
  const called = system.call(Slow, "ask", "x").then(
    () => "answered",
    (error: { code: string }) => error.code,
  );
  await system.close();
  assert.equal(await called, "HERMOD_CLOSED");
});
