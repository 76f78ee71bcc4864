/**
 * Nemesis: which faults come, in which order and for how long. A pure choice: what follows from one seed is always the same. As with
 * Jepsen's, a quarter of the periods have no fault, so that what only fails in peace is found too.
 */
import { pick, type Draw } from "../random.ts";
import { apart, hostApart, type Apart } from "./network.ts";
import type { Road } from "./proxy.ts";

/** `ms` is how long it lasts at least. Nodes and clients have numbers from 0. */
export type Fault = { readonly ms: number } &
  /** "crash-host": a node and the client of its host are killed at once. */
  (
    | { readonly type: "kill-node" | "pause-node" | "crash-host"; readonly node: number }
    /** "part-host": the node with all that runs on its host. */
    | { readonly type: "part-node" | "part-host"; readonly node: number; readonly how: Apart }
    /** The node that a client is connected to is set apart. */
    | { readonly type: "part-node-of"; readonly client: number; readonly how: Apart }
    /** The leader of a stream gives up; `stream` is a place in their list, counted round. */
    | { readonly type: "step-down"; readonly stream: number }
    /** "replace": one ends in order, and another one begins; "move": it has to go to another node. */
    | {
        readonly type: "kill-client" | "pause-client" | "replace-client" | "move-client";
        readonly client: number;
      }
    /** All roads of a client are like this. */
    | { readonly type: "part-client"; readonly client: number; readonly road: Road }
  );

export interface Period {
  /** Work without a fault before it, in milliseconds. */
  readonly calm: number;
  /** At once; they end in the opposite order: nodes are back before clients come. */
  readonly faults: readonly Fault[];
}

/** What is attacked: how many brokers there are, by which faults; "hosts" is a cluster with each broker on a host of its own, and a client beside it. */
export const mixes = ["single", "cluster", "hosts"] as const;
export type Mix = (typeof mixes)[number];
export const sizes: Readonly<Record<Mix, number>> = { single: 1, cluster: 3, hosts: 3 };

/** Processes that run the same agents. */
export const CLIENTS = 3;
/** Lease of a delivery, in milliseconds: whoever is stopped is stopped for longer. */
export const LEASE = 1000;

/** Periods with so many faults in all. */
export function plan(draw: Draw, mix: Mix, count: number): readonly Period[] {
  const periods: Period[] = [];
  for (let left = count; left > 0;) {
    const faults = draw(4) === 0 ? [] : draw(6) === 0 && left > 1 ? two(draw, mix) : [one(draw, mix)];
    periods.push({ calm: 200 + draw(1000), faults });
    left -= faults.length;
  }
  return periods;
}

type Make = (draw: Draw, nodes: number) => Fault;

const killNode: Make = (draw, nodes) => ({
  type: "kill-node",
  node: draw(nodes),
  ms: 50 + draw(nodes * 1500),
});
const pauseNode: Make = (draw, nodes) => ({ type: "pause-node", node: draw(nodes), ms: 300 + draw(2700) });
const partNode: Make = (draw, nodes) => ({
  ...{ type: "part-node", node: draw(nodes), how: pick(draw, apart) },
  ms: 500 + draw(7500),
});
const partNodeOf: Make = (draw) => ({
  ...{ type: "part-node-of", client: draw(CLIENTS), how: pick(draw, apart) },
  ms: 500 + draw(7500),
});
const partHost: Make = (draw, nodes) => ({
  ...{ type: "part-host", node: draw(nodes), how: pick(draw, hostApart) },
  ms: 500 + draw(7500),
});
const crashHost: Make = (draw, nodes) => ({ type: "crash-host", node: draw(nodes), ms: 50 + draw(4000) });
const stepDown: Make = (draw) => ({ type: "step-down", stream: draw(2 ** 31), ms: draw(1000) });
const killClient: Make = (draw) => ({ type: "kill-client", client: draw(CLIENTS), ms: draw(2000) });
const pauseClient: Make = (draw) => ({
  type: "pause-client",
  client: draw(CLIENTS),
  ms: LEASE * 1.2 + draw(LEASE * 3),
});
const replaceClient: Make = (draw) => ({ type: "replace-client", client: draw(CLIENTS), ms: draw(500) });
const moveClient: Make = (draw) => ({ type: "move-client", client: draw(CLIENTS), ms: 500 + draw(2500) });
const partClient: Make = (draw) => ({
  ...{ type: "part-client", client: draw(CLIENTS), road: pick(draw, roads) },
  ms: 300 + draw(LEASE * 4),
});

const roads: readonly Road[] = [
  { type: "cut" },
  { type: "blocked" },
  { type: "blocked", only: "there" },
  { type: "blocked", only: "back" },
  { type: "half-open" },
  { type: "slow", ms: 150 },
];

const ofNodes: Readonly<Record<Mix, readonly Make[]>> = {
  single: [killNode, killNode, pauseNode],
  cluster: [killNode, pauseNode, partNode, partNode, partNodeOf, stepDown],
  hosts: [killNode, pauseNode, partHost, partHost, partHost, stepDown],
};
const ofClients: Readonly<Record<Mix, readonly Make[]>> = {
  single: [killClient, pauseClient, replaceClient, partClient],
  cluster: [killClient, pauseClient, replaceClient, partClient, moveClient, moveClient],
  hosts: [killClient, pauseClient, replaceClient],
};
/** Faults of both: never beside another one. */
const ofBoth: Readonly<Record<Mix, readonly Make[]>> = { single: [], cluster: [], hosts: [crashHost] };

/** Two of three times a node. */
function one(draw: Draw, mix: Mix): Fault {
  const makes = draw(3) === 0 ? ofClients[mix] : [...ofNodes[mix], ...ofBoth[mix]];
  return pick(draw, makes)(draw, sizes[mix]);
}

/** Never two nodes: of three that are one too many. */
function two(draw: Draw, mix: Mix): readonly Fault[] {
  return [pick(draw, ofClients[mix]), pick(draw, ofNodes[mix])].map((make) => make(draw, sizes[mix]));
}
