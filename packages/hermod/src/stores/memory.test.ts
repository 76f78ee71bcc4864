/** The memory store keeps the laws of a store: as it is, with messages that passed as JSON, and with every answer a promise. */
import { test } from "node:test";
import type { Clock } from "../core/clock.ts";
import type { OpenStore, Store } from "../core/store.ts";
import { copies } from "../testing/copies.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { memory } from "./memory.ts";

storeSuite("memory", () => memory(), { test });

storeSuite("memory with JSON copies", () => copies(memory()), { test });

storeSuite("memory at a distance", () => distant(memory()), {
  test,
  skips: {
    "what is ready is returned without a promise: a claim, its extension, the end of a watch":
      "here every answer comes a turn late, as that of a store in another process does",
  },
});

/** The same store, whose answers all come as promises and a turn late. */
function distant(open: OpenStore): OpenStore {
  return async (env) => late(await open(env), env.clock);
}

function late(store: Store, clock: Clock): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const method = value.bind(target) as (...given: unknown[]) => unknown;
      if (name === "watch" || name === "follow") return method;
      return async (...given: unknown[]) => {
        const answer = await method(...given);
        await new Promise<void>((resolve) => clock.defer(resolve));
        return answer;
      };
    },
  });
}
