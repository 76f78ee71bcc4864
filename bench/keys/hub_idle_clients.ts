import { opened, withHub, type HubProcess } from "../hubs.ts";
import type { Sample } from "../measure.ts";
import type { Key } from "./key.ts";

/** Clients that open their connections at the same time. */
const CROWD = 100;

/** What so many connections take of the hub's memory, in MB. */
async function taken(
  hub: HubProcess,
  clients: number,
  connect: (at: number) => Promise<unknown>,
): Promise<Sample> {
  const before = await hub.memory();
  const kept: unknown[] = [];
  for (let from = 0; from < clients; from += CROWD)
    kept.push(...(await Promise.all(Array.from({ length: CROWD }, (_, at) => connect(from + at)))));
  const value = ((await hub.memory()) - before) / 1e6;
  kept.length = 0;
  return { value };
}

const floor = (clients: number): Promise<Sample> =>
  withHub({ kind: "echo" }, (hub) => taken(hub, clients, () => opened(hub.url)));

const ours = (clients: number): Promise<Sample> =>
  withHub({ kind: "hub" }, async (hub) => {
    const { agent, start } = await import("hermod");
    const { remote } = await import("hermod/remote");
    const idle = (at: number) => agent(`idle-${at}`, { on: { notification: () => undefined } });
    return taken(hub, clients, (at) => start({ store: remote(hub.url), agents: [idle(at)] }));
  });

export const hubIdleClients: Key = {
  name: "hub_idle_clients",
  about: "what idle clients of a hub, each with an agent, take of its memory; floor: bare WebSockets",
  unit: "MB",
  better: "lower",
  sizes: [2_000, 4_000],
  floor,
  ours,
  target: { value: { atMost: 200 } },
};
