/** Later: a store whose every answer comes as a promise and some turns late, as that of a disk or a network does. */
import type { Clock, OpenStore, Store } from "hermod";

/** The same store, at a distance. */
export function later(open: OpenStore): OpenStore {
  return async (env) => distant(await open(env), env.clock);
}

/** What answers at once on every store. */
const near: readonly PropertyKey[] = ["level", "watch", "follow"];

function distant(store: Store, clock: Clock): Store {
  const turn = (): Promise<void> => new Promise((go) => clock.pause(go));
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      const method = value.bind(target) as (...given: unknown[]) => unknown;
      return near.includes(name) ? method : (...given: unknown[]) => slowly(() => method(...given), turn);
    },
  });
}

async function slowly(run: () => unknown, turn: () => Promise<void>): Promise<unknown> {
  await turn();
  try {
    return await run();
  } finally {
    await turn();
  }
}
