/** Cluster: one broker, or several with a road through a proxy from each to each other one, so that the network between them can fail. */
import { setTimeout as pause } from "node:timers/promises";
import { Broker } from "./broker.ts";
import { Proxy, type Road } from "./proxy.ts";

/** How a node is set apart from all others: both are told, nobody is told, it hears nothing, nobody hears it, or all takes its time. */
export const apart = ["cut", "silent", "deaf", "mute", "slow"] as const;
export type Apart = (typeof apart)[number];

/** By which one node dials another one. */
interface Route {
  readonly from: Broker;
  readonly to: Broker;
  readonly proxy: Proxy;
}

/** Longest that brokers may take to be whole again, in milliseconds. */
const LONGEST = 60_000;
/** One way to the other side, in milliseconds. */
const SLOW = 150;

export class Cluster {
  readonly nodes: readonly Broker[];
  readonly #routes: readonly Route[];

  private constructor(nodes: readonly Broker[], routes: readonly Route[]) {
    this.nodes = nodes;
    this.#routes = routes;
  }

  /** Starts so many brokers, which keep what they have in the folder; waits until they are whole. */
  static async open(folder: string, size: number): Promise<Cluster> {
    const names = Array.from({ length: size }, (_, at) => `n${at}`);
    const nodes = await Promise.all(names.map((name) => Broker.at(folder, name)));
    const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    const routes = await Promise.all(
      pairs.map(async (pair) => ({ ...pair, proxy: await Proxy.listen(pair.to.ports.routes) })),
    );
    const cluster = new Cluster(nodes, routes);
    await cluster.#start();
    return cluster;
  }

  async #start(): Promise<void> {
    try {
      for (const node of this.nodes) node.configure(this.nodes.length > 1 ? this.#setup(node) : "");
      await Promise.all(this.nodes.map((node) => node.start()));
      await this.whole();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** What it advertises is nowhere: else the others would find a way around the proxies, and clients one around theirs. */
  #setup(node: Broker): string {
    const mine = this.#routes.filter(({ from }) => from === node);
    const routes = mine.map(({ proxy }) => `"nats://127.0.0.1:${proxy.port}"`).join(", ");
    const listen = `listen: "127.0.0.1:${node.ports.routes}"`;
    return `cluster { name: tide, ${listen}, routes: [${routes}], advertise: "127.0.0.1:1", no_advertise: true }`;
  }

  /** Kills all at once, and waits until they are whole again. */
  async restart(): Promise<void> {
    this.join();
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.whole();
  }

  /** Sets a node apart from all others until all are joined again. */
  part(node: Broker, how: Apart): void {
    for (const { from, to, proxy } of this.#routes)
      if (from === node || to === node) proxy.turn(roadOf(how, from === node));
  }

  /** All roads are open again. */
  join(): void {
    for (const { proxy } of this.#routes) proxy.turn({ type: "open" });
  }

  /**
   * Waits until each has a route to each other one, one of them leads all others, which have all it has, and each stream has a leader: servers that
   * were set apart take seconds to choose one for each of them (18 were seen with 33 streams), and nobody can write to it before.
   * @throws Error where that is not so within a minute.
   */
  async whole(): Promise<void> {
    const until = performance.now() + LONGEST;
    while (!(await this.#isWhole())) {
      if (performance.now() > until) throw new Error(`the brokers are not whole after ${LONGEST} ms`);
      await pause(50);
    }
  }

  async #isWhole(): Promise<boolean> {
    const views = await Promise.all(this.nodes.map(viewOf));
    const others = this.nodes.length - 1;
    const isJoined = views.every(({ routes }) => routes >= others);
    const isLed = views.every(({ leaderless }) => leaderless === 0);
    return isJoined && isLed && (others === 0 || views.some(({ followers }) => followers === others));
  }

  /** How many connections go through the proxies between them. */
  get connections(): number {
    return this.#routes.reduce((sum, { proxy }) => sum + proxy.connections, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all(this.#routes.map(({ proxy }) => proxy.close()));
  }
}

/** What a broker sees of the others; -1 routes where it says nothing. */
interface View {
  readonly routes: number;
  /** How many others have all it has; only who leads them knows. */
  readonly followers: number;
  /** How many of its streams have no leader that it knows of. */
  readonly leaderless: number;
}

async function viewOf(node: Broker): Promise<View> {
  const routez = (await node.ask("/routez")) as { readonly num_routes: number } | undefined;
  const jsz = (await node.ask("/jsz?streams=true")) as Jsz | undefined;
  const replicas = jsz?.meta_cluster?.replicas ?? [];
  const followers = replicas.filter(({ current, offline }) => current && offline !== true).length;
  const streams = jsz?.account_details?.flatMap(({ stream_detail }) => stream_detail ?? []) ?? [];
  // A single server leads all of its own.
  const leaderless = streams.filter(({ cluster }) => cluster && !cluster.leader).length;
  return { routes: routez?.num_routes ?? -1, followers, leaderless };
}

interface Jsz {
  readonly meta_cluster?: {
    readonly replicas?: readonly { readonly current: boolean; readonly offline?: boolean }[];
  };
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly cluster?: { readonly leader?: string } }[];
  }[];
}

/** `dials`: it is the node's own road to another one. */
function roadOf(how: Apart, dials: boolean): Road {
  if (how === "cut") return { type: "cut" };
  if (how === "slow") return { type: "slow", ms: SLOW };
  if (how === "silent") return { type: "blocked" };
  return { type: "blocked", only: dials === (how === "deaf") ? "back" : "there" };
}
