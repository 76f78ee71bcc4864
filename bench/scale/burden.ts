/**
 * Burden: the processor time of a message from its send to its stored ack: of whoever sends and handles it, of the owner of its partition, a
 * process of its own, and of the brokers: `node bench/scale/burden.ts ROAD`, where a road is raw nats.js, or ours over so many brokers.
 */
import { setTimeout } from "node:timers/promises";
import { agent, start, type System } from "hermod";
import { nats } from "hermod/nats";
import { connect } from "@nats-io/transport-node";
import { jetstream } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { Cluster } from "../../faults/nats/cluster.ts";
import { SETTLED, worker } from "../brokers.ts";
import { withFolder } from "../disk.ts";
import { acknowledged } from "../durable.ts";
import { Tally } from "../flood.ts";
import { keepInFlight } from "../inflight.ts";
import { partOf } from "../part.ts";
import { rawRoad } from "../rawnats.ts";
import { sinkNamed } from "../sink.ts";
import { processorMs } from "./procfs.ts";

/** Who takes processor time. */
export interface Shares {
  readonly client: number;
  readonly owner: number;
  readonly brokers: number;
}

/** Milliseconds of processor time: for 1,000 messages, and in a second in which nothing is sent, which is not counted to the messages. */
export interface Burden extends Shares {
  readonly idle: Shares;
}

const WARM_UP = partOf(5_000);
const MESSAGES = partOf(20_000);
/** Milliseconds in which nothing is sent. */
const IDLE = 5_000;
/** One agent alone would wait for each of its acks; many fill the batches. */
const sinks = Array.from({ length: 64 }, (_, at) => sinkNamed(`sink-${at}`));
/** How often this process comes anew until the other one owns the partition. */
const TRIES = 20;

/** Of `run`, which sends so many messages. */
async function burdenOf(
  run: (count: number) => Promise<void>,
  owner: number | undefined,
  cluster: Cluster,
): Promise<Burden> {
  await run(WARM_UP);
  const rest = await spentBy(() => setTimeout(IDLE), owner, cluster);
  const sent = await spentBy(() => run(MESSAGES), owner, cluster);
  const of = (name: keyof Shares): number =>
    ((sent[name] - (rest[name] * sent.ms) / rest.ms) * 1000) / MESSAGES;
  const idle = (name: keyof Shares): number => (rest[name] * 1000) / rest.ms;
  return { ...each(of), idle: each(idle) };
}

const each = (of: (name: keyof Shares) => number): Shares => ({
  ...{ client: of("client"), owner: of("owner"), brokers: of("brokers") },
});

/** Processor time of all while something is done, and how long that takes. */
async function spentBy(
  work: () => Promise<unknown>,
  owner: number | undefined,
  { nodes }: Cluster,
): Promise<Shares & { readonly ms: number }> {
  const now = () => ({
    ms: performance.now(),
    client: processorMs(process.pid),
    owner: owner === undefined ? 0 : processorMs(owner),
    brokers: nodes.reduce((sum, { pid }) => sum + processorMs(pid), 0),
  });
  const before = now();
  await work();
  const after = now();
  return { ...each((name) => after[name] - before[name]), ms: after.ms - before.ms };
}

async function raw(cluster: Cluster): Promise<Burden> {
  const road = await rawRoad(urlsOf(cluster)[0] as string);
  const burden = await burdenOf((count) => road.run(count), undefined, cluster);
  await road.close();
  return burden;
}

async function ours(cluster: Cluster): Promise<Burden> {
  const [url] = urlsOf(cluster) as [string];
  const terms = { partitions: 1, replicas: cluster.nodes.length };
  // It comes first, and makes the namespace.
  const owner = await worker({ url, agents: [], work: 0, terms });
  const tally = new Tally();
  const system = await beside(cluster, tally);
  let sent = 0;
  const run = async (count: number): Promise<void> => {
    tally.restart();
    await keepInFlight(0, count, (message, at) =>
      system.cast(sinks[at % sinks.length] as (typeof sinks)[number], "take", message),
    );
    await tally.reached(count);
    await acknowledged(system, (sent += count));
  };
  const burden = await burdenOf(run, owner.pid, cluster);
  await system.close();
  await owner.end();
  return burden;
}

/** A system in this process while the other one owns the partition: who does is drawn by the names of both. */
async function beside(cluster: Cluster, tally: Tally): Promise<System> {
  const servers = urlsOf(cluster);
  const on = { take: async () => tally.add(), ask: async (question: unknown) => question };
  const other = await seated(servers);
  for (let left = TRIES; left > 0; left--) {
    const system = await start({
      agents: sinks.map((sink) => agent(sink, { on })),
      store: nats({ servers }),
    });
    await setTimeout(SETTLED);
    if ((await seated(servers)) === other) return system;
    await system.close();
    await setTimeout(SETTLED);
  }
  throw new Error(`this process owned the partition ${TRIES} times`);
}

/** Which process owns the partition; who is alone has it. */
async function seated(servers: string[]): Promise<string> {
  const connection = await connect({ servers });
  const bucket = await new Kvm(jetstream(connection)).open("hermod_owners");
  const seat = (await bucket.get("owner.0"))?.json<{ readonly process: string }>();
  await connection.close();
  return seat?.process ?? "";
}

const urlsOf = ({ nodes }: Cluster): string[] => nodes.map(({ url }) => url);

/** The roads, with how many brokers each has. */
export const roads = {
  raw: { brokers: 1, of: raw },
  ours: { brokers: 1, of: ours },
  replicated: { brokers: 3, of: ours },
} as const;

if (import.meta.main) {
  // With its end its brokers end.
  process.once("SIGTERM", () => process.exit(1));
  const { brokers, of } = roads[process.argv[2] as keyof typeof roads];
  const burden = await withFolder(async (folder) => {
    const cluster = await Cluster.open(folder, brokers);
    try {
      return await of(cluster);
    } finally {
      await cluster.close();
    }
  });
  process.stdout.write(`${JSON.stringify(burden)}\n`);
  process.exit(0);
}
