/** Proxies: a network on one host, with a proxy on the road from each broker to each other one, and from each client to each broker. */
import type { Broker } from "./broker.ts";
import { here, type Host } from "./host.ts";
import type { Apart, Network, Roads } from "./network.ts";
import { Proxy, type Road } from "./proxy.ts";

/** By which one node dials another one. */
interface Route {
  readonly from: Broker;
  readonly to: Broker;
  readonly proxy: Proxy;
}

/** One way to the other side, in milliseconds. */
const SLOW = 150;

export class Proxies implements Network {
  #nodes: readonly Broker[] = [];
  #routes: readonly Route[] = [];

  host(): Host {
    return here;
  }

  async lay(nodes: readonly Broker[]): Promise<void> {
    this.#nodes = nodes;
    const pairs = nodes.flatMap((from) => nodes.filter((to) => to !== from).map((to) => ({ from, to })));
    this.#routes = await Promise.all(
      pairs.map(async (pair) => ({ ...pair, proxy: await Proxy.listen(pair.to.ports.routes) })),
    );
  }

  /** What it advertises is nowhere: else the others would find a way around the proxies. */
  setup(node: Broker): string {
    const mine = this.#routes.filter(({ from }) => from === node);
    const routes = mine.map(({ proxy }) => `"nats://127.0.0.1:${proxy.port}"`).join(", ");
    return `listen: "127.0.0.1:${node.ports.routes}", routes: [${routes}], advertise: "127.0.0.1:1"`;
  }

  async roads(nodes: readonly Broker[]): Promise<Roads> {
    const proxies = await Promise.all(nodes.map(({ ports }) => Proxy.listen(ports.clients)));
    return { proxies, servers: proxies.map(({ port }) => `nats://127.0.0.1:${port}`) };
  }

  part(node: Broker, how: Apart): void {
    const next = this.#nodes[(this.#nodes.indexOf(node) + 1) % this.#nodes.length];
    const isMeant = (other: Broker): boolean => how !== "aside" || other === next;
    for (const { from, to, proxy } of this.#routes)
      if ((from === node && isMeant(to)) || (to === node && isMeant(from)))
        proxy.turn(roadOf(how, from === node));
  }

  join(): void {
    for (const { proxy } of this.#routes) proxy.turn({ type: "open" });
  }

  /** How many connections go through those between brokers. */
  get connections(): number {
    return this.#routes.reduce((sum, { proxy }) => sum + proxy.connections, 0);
  }

  async close(): Promise<void> {
    await Promise.all(this.#routes.map(({ proxy }) => proxy.close()));
  }
}

/** `dials`: it is the node's own road to another one. */
function roadOf(how: Apart, dials: boolean): Road {
  if (how === "cut") return { type: "cut" };
  if (how === "slow") return { type: "slow", ms: SLOW };
  if (how === "silent" || how === "aside") return { type: "blocked" };
  return { type: "blocked", only: dials === (how === "deaf") ? "back" : "there" };
}
