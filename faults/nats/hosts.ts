/**
 * Hosts: a network of several hosts on one machine, each with an address, a broker and a client, and a folder that no other one sees. Each is a network
 * namespace of Linux behind a bridge, which stands in that of this process: packets are lost as between machines, and nobody is told.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { Program, type Command } from "../program.ts";
import { alone } from "./alone.ts";
import type { Broker } from "./broker.ts";
import type { Host } from "./host.ts";
import type { Apart, Network, Roads } from "./network.ts";

/** Addresses of documentation, which nobody else has (RFC 5737). */
const addressOf = (at: number): string => `192.0.2.${at + 1}`;
const SWITCH = "192.0.2.254";
/** No host has it: what goes there is lost. */
const NOBODY = "02:00:00:00:00:fe";

/** One of them; its namespaces are those of a process that does nothing else. */
class Machine implements Host {
  readonly address: string;
  readonly folder: string;
  readonly #keeper: Program;

  constructor(address: string, folder: string, keeper: Program) {
    this.address = address;
    this.folder = folder;
    this.#keeper = keeper;
  }

  readonly command: Command = (words) => {
    return ["nsenter", "--net", "--mount", "--target", `${this.pid}`, ...words];
  };

  get pid(): number {
    return this.#keeper.pid;
  }

  /** Runs a command there to its end. @throws Error where it fails. */
  run(...words: readonly string[]): void {
    run(...this.command(words));
  }

  /** What it says to another one is lost from now on. */
  lose(other: Machine): void {
    this.run("ip", "neigh", "replace", other.address, "lladdr", NOBODY, "dev", "eth0", "nud", "permanent");
  }

  async end(): Promise<void> {
    await this.#keeper.kill("SIGKILL");
  }
}

export class Hosts implements Network {
  readonly #machines: readonly Machine[];
  #nodes: readonly Broker[] = [];

  private constructor(machines: readonly Machine[]) {
    this.#machines = machines;
  }

  /** So many; what their programs keep from the others is in the folder. @throws Error where this process has no network of its own. */
  static async open(folder: string, count: number): Promise<Hosts> {
    if (!alone.isSo)
      throw new Error(
        "hosts would change the network of this machine: they need a program with a network of its own",
      );
    run("ip", "link", "add", "br0", "type", "bridge");
    run("ip", "addr", "add", `${SWITCH}/24`, "dev", "br0");
    run("ip", "link", "set", "br0", "up");
    const own = join(folder, "own");
    mkdirSync(own, { recursive: true });
    const places = Array.from({ length: count }, (_, at) => at);
    return new Hosts(await Promise.all(places.map((at) => machine(at, own))));
  }

  host(at: number): Host {
    return this.#machines[at % this.#machines.length] as Machine;
  }

  async lay(nodes: readonly Broker[]): Promise<void> {
    this.#nodes = nodes;
  }

  setup(node: Broker): string {
    const others = this.#nodes.filter((other) => other !== node);
    const routes = others.map(({ host, ports }) => `"nats://${host.address}:${ports.routes}"`).join(", ");
    return `listen: "${node.host.address}:${node.ports.routes}", routes: [${routes}]`;
  }

  async roads(nodes: readonly Broker[]): Promise<Roads> {
    return { servers: nodes.map(({ url }) => url), proxies: [] };
  }

  part(node: Broker, how: Apart): void {
    const at = this.#machines.indexOf(node.host as Machine);
    const machine = this.#machines[at] as Machine;
    const others = this.#machines.filter((other) => other !== machine);
    const next = this.#machines[(at + 1) % this.#machines.length] as Machine;
    if (how === "silent") run("ip", "link", "set", portOf(at), "nomaster");
    else if (how === "mute") for (const other of others) machine.lose(other);
    else if (how === "deaf") for (const other of others) other.lose(machine);
    else if (how === "aside")
      for (const [from, to] of [
        [machine, next],
        [next, machine],
      ] as const)
        from.lose(to);
    else throw new Error(`hosts cannot be set apart ${how}`);
  }

  join(): void {
    for (const [at, machine] of this.#machines.entries()) {
      run("ip", "link", "set", portOf(at), "master", "br0");
      machine.run("ip", "neigh", "flush", "dev", "eth0", "nud", "permanent");
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#machines.map((machine) => machine.end()));
    run("ip", "link", "del", "br0");
  }
}

/** A host with its cable in the bridge. */
async function machine(at: number, own: string): Promise<Machine> {
  const keeper = new Program(spawn("unshare", ["--net", "--mount", "sh", "-c", "echo ready; exec cat"]));
  await keeper.said("ready");
  const made = new Machine(addressOf(at), own, keeper);
  const port = portOf(at);
  run("ip", "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", `${made.pid}`);
  run("ip", "link", "set", port, "master", "br0", "up");
  made.run("ip", "link", "set", "lo", "up");
  made.run("ip", "addr", "add", `${made.address}/24`, "dev", "eth0");
  made.run("ip", "link", "set", "eth0", "up");
  made.run("mount", "-t", "tmpfs", "none", own);
  return made;
}

/** Its side of the cable to a host. */
function portOf(at: number): string {
  return `host${at}`;
}

function run(program: string, ...words: readonly string[]): void {
  execFileSync(program, words, { stdio: ["ignore", "ignore", "pipe"] });
}
