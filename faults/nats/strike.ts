/** Strike: a fault of the plan is carried out; what ends it is the answer. */
import { connect } from "@nats-io/transport-node";
import type { Broker } from "./broker.ts";
import type { Cluster } from "./cluster.ts";
import type { Member } from "./member.ts";
import type { Fault } from "./nemesis.ts";
import type { Apart } from "./network.ts";

/** What is struck. */
export interface Ground {
  readonly cluster: Cluster;
  readonly members: readonly Member[];
}

/** Ends a fault; what was there before is there again when it resolves. */
export type Heal = () => Promise<void>;

export async function strike(fault: Fault, { cluster, members }: Ground): Promise<Heal> {
  const { nodes } = cluster;
  switch (fault.type) {
    case "kill-node":
      return killNode(nodes[fault.node] as Broker);
    case "pause-node":
      return pause(nodes[fault.node] as Broker);
    case "part-node":
    case "part-host":
      return partNode(cluster, fault.node, fault.how);
    case "part-node-of":
      return partNode(cluster, (members[fault.client] as Member).node, fault.how);
    case "crash-host":
      return crashHost(nodes[fault.node] as Broker, members[fault.node] as Member);
    case "step-down":
      return stepDown(nodes[0] as Broker, fault.stream);
    default:
      return strikeClient(fault, members[fault.client] as Member);
  }
}

async function strikeClient(fault: OfClient, member: Member): Promise<Heal> {
  switch (fault.type) {
    case "kill-client":
      await member.kill();
      return () => begin(member);
    case "replace-client":
      await member.close();
      return () => begin(member);
    case "pause-client":
      return pause(member);
    case "part-client":
      member.turn(fault.road);
      return async () => member.turn({ type: "open" });
    case "move-client":
      member.leave();
      return async () => member.turn({ type: "open" });
  }
}

type OfClient = Extract<Fault, { readonly client: number; readonly type: `${string}-client` }>;

async function begin(member: Member): Promise<void> {
  await member.start();
  member.tell("send");
}

async function killNode(node: Broker): Promise<Heal> {
  await node.kill();
  return () => node.start();
}

async function pause(who: Broker | Member): Promise<Heal> {
  await who.pause();
  return async () => who.resume();
}

async function partNode(cluster: Cluster, node: number, how: Apart): Promise<Heal> {
  cluster.network.part(cluster.nodes[node] as Broker, how);
  return async () => cluster.network.join();
}

async function crashHost(node: Broker, member: Member): Promise<Heal> {
  await Promise.all([node.kill(), member.kill()]);
  return async () => {
    await node.start();
    await begin(member);
  };
}

/** Asks a broker, past all proxies, to let the leader of one of all streams give up. */
async function stepDown({ url }: Broker, stream: number): Promise<Heal> {
  const connection = await connect({ servers: url });
  try {
    const names = await connection.request("$JS.API.STREAM.NAMES");
    const { streams } = names.json<{ readonly streams: readonly string[] | null }>();
    const name = streams?.[stream % streams.length];
    if (name !== undefined) await connection.request(`$JS.API.STREAM.LEADER.STEPDOWN.${name}`);
  } finally {
    await connection.close();
  }
  return async () => undefined;
}
