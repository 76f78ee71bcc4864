/** What `spawn` and `idle_agent` share: the one counts agents in a second, the other bytes. */
export interface Spawner {
  /** Holds the agents, so that they are alive while they are weighed. */
  kept: object;
  spawn: (index: number) => unknown;
}

const on = { take: async () => {} };

/** The least an agent can be: a record that can be found by its name. */
export function bareDirectory(): Spawner {
  const kept = new Map<string, object>();
  const spawn = (index: number) => {
    const name = `agent-${index}`;
    kept.set(name, { name, on, busy: false, waiting: undefined });
  };
  return { kept, spawn };
}

export async function ourSystem(): Promise<Spawner> {
  const { idleAgent, openEmpty } = await import("./sink.ts");
  const kept = await openEmpty();
  return { kept, spawn: (index) => kept.spawn(idleAgent(index)) };
}

/** What its author wrote, before any system knows it: contract and handlers as the library keeps them. */
export async function definitionsAlone(): Promise<Spawner> {
  const { idleAgent } = await import("./sink.ts");
  const kept: object[] = [];
  return { kept, spawn: (index) => kept.push(idleAgent(index)) };
}

/** One after the other, each awaited. */
export async function spawnRange(from: number, to: number, spawn: Spawner["spawn"]): Promise<void> {
  for (let index = from; index < to; index++) await spawn(index);
}
