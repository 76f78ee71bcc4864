/** Voided: what a handler was doing when its hub was started anew is another delivery's by then: it is told to stop, and says nothing more. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, memory } from "../index.ts";
import { linked } from "../testing/pipes.ts";
import { testSystem } from "../testing/system.ts";

test("the handlers of a hub that was started anew are told to stop, and no part of theirs is kept after that", async () => {
  const hub = linked(memory());
  const gates: (() => void)[] = [];
  let told = "";
  const writer = agent("writer", {
    on: {
      async *task(_, ctx) {
        ctx.signal.addEventListener(
          "abort",
          () => (told = String((ctx.signal.reason as { code: string }).code)),
        );
        yield "one";
        await new Promise<void>((resolve) => gates.push(resolve));
        yield "two";
        return "done";
      },
    },
  });
  await using stage = await testSystem({ agents: [writer], store: hub.open });
  const { system, clock } = stage;
  const task = await system.task("writer", "", {});
  await clock.settle();
  hub.forget();
  hub.pipes.cut();
  await clock.advance("1s");
  assert.equal(told, "HERMOD_STALE_LEASE");
  gates[0]?.();
  await clock.settle();
  const { parts } = await task.status();
  assert.equal(parts, 1);
});
