/** Network: the hosts of brokers and clients, the roads between brokers, and the ways in which these fail. */
import type { Broker } from "./broker.ts";
import type { Host } from "./host.ts";
import type { Proxy } from "./proxy.ts";

/**
 * How a node is set apart: both sides are told, nobody is told, it hears nothing, nobody hears it, or all takes its time; "aside" is from the next node alone,
 * so that a third one hears both.
 */
export const apart = ["cut", "silent", "deaf", "mute", "slow", "aside"] as const;
export type Apart = (typeof apart)[number];

/** Those of a host: its packets are lost. */
export const hostApart = ["silent", "deaf", "mute", "aside"] as const satisfies readonly Apart[];

export interface Network {
  /** Where a broker runs, and the client of the same number. */
  host(at: number): Host;
  /** Lays the roads between brokers that are not started yet. */
  lay(nodes: readonly Broker[]): Promise<void>;
  /** What stands in the configuration of one of them about the others. */
  setup(node: Broker): string;
  /** Lays the roads of a client to the brokers. */
  roads(nodes: readonly Broker[]): Promise<Roads>;
  /** Sets a node apart until all are joined again. */
  part(node: Broker, how: Apart): void;
  join(): void;
  close(): Promise<void>;
}

/** The roads of one client: whom it dials, and what can be turned on the way, where there is anything. */
export interface Roads {
  readonly servers: readonly string[];
  readonly proxies: readonly Proxy[];
}
