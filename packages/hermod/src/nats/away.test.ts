/** Whether the broker can be reached: what its client tells more than once happens once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { NatsConnection } from "@nats-io/transport-node";
import { Away } from "./away.ts";

test("an end that is told at each refused try is one, and so is the return", async () => {
  const done = Promise.withResolvers<void>();
  async function* status(): AsyncGenerator<{ readonly type: string }> {
    for (const type of ["disconnect", "disconnect", "disconnect", "reconnect", "reconnect"]) yield { type };
    for (const type of ["disconnect", "reconnect", "reconnect"]) yield { type };
    done.resolve();
  }
  const away = new Away({ status } as unknown as NatsConnection);
  let returns = 0;
  away.whenBack(() => returns++);
  await done.promise;
  assert.equal(returns, 2);
});
