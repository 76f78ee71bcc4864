/** Cluster: one broker, or several over a network that can fail. */
import { setTimeout as pause } from "node:timers/promises";
import { Broker } from "./broker.ts";
import type { Network } from "./network.ts";
import { Proxies } from "./proxies.ts";

/** Longest that brokers may take to be whole again, in milliseconds. */
const LONGEST = 60_000;

export class Cluster {
  readonly nodes: readonly Broker[];
  readonly network: Network;

  private constructor(nodes: readonly Broker[], network: Network) {
    this.nodes = nodes;
    this.network = network;
  }

  /** Starts so many brokers, which keep what they have in the folder; waits until they are whole. It ends the network when it ends. */
  static async open(folder: string, size: number, network: Network = new Proxies()): Promise<Cluster> {
    const places = Array.from({ length: size }, (_, at) => at);
    const nodes = await Promise.all(places.map((at) => Broker.at(folder, `n${at}`, network.host(at))));
    await network.lay(nodes);
    const cluster = new Cluster(nodes, network);
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

  /** Clients are not told of other brokers: they would find a way around what stands before theirs. */
  #setup(node: Broker): string {
    return `cluster { name: tide, ${this.network.setup(node)}, no_advertise: true }`;
  }

  /** Kills all at once, and waits until they are whole again. */
  async restart(): Promise<void> {
    this.network.join();
    await Promise.all(this.nodes.map((node) => node.kill()));
    await Promise.all(this.nodes.map((node) => node.start()));
    await this.whole();
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

  async close(): Promise<void> {
    await Promise.all(this.nodes.map((node) => node.kill()));
    await this.network.close();
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
