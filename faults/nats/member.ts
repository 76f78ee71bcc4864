/** Member: a client in all its lives, and its roads to the brokers. */
import { join } from "node:path";
import type { Event } from "../history/event.ts";
import { Program } from "../program.ts";
import type { Draw } from "../random.ts";
import type { Orders } from "./client.ts";
import type { Cluster } from "./cluster.ts";
import type { Host } from "./host.ts";
import type { Roads } from "./network.ts";
import type { Road } from "./proxy.ts";

/** Longest that it may take to be ready, and to end in order, in milliseconds. */
const LONGEST = 60_000;

export interface MemberOptions {
  readonly name: string;
  readonly folder: string;
  readonly cluster: Cluster;
  readonly host: Host;
  readonly draw: Draw;
  readonly plant: string;
  /** Hears each of its words. */
  readonly ear: (word: string) => void;
}

export class Member {
  readonly name: string;
  /** When it died or ended. */
  readonly restarts: Event[] = [];
  readonly #options: MemberOptions;
  readonly #roads: Roads;
  #program: Program | undefined;
  #lives = 0;

  private constructor(options: MemberOptions, roads: Roads) {
    this.name = options.name;
    this.#options = options;
    this.#roads = roads;
  }

  /** One that is not started yet. */
  static async of(options: MemberOptions): Promise<Member> {
    const { network, nodes } = options.cluster;
    return new Member(options, await network.roads(nodes));
  }

  /** The file that its events are in. */
  get events(): string {
    return join(this.#options.folder, `events-${this.name}`);
  }

  /** Begins a new life; waits until it serves its agents. */
  async start(): Promise<void> {
    const { draw, plant, cluster, ear, host } = this.#options;
    const { folder = this.#options.folder } = host;
    const { servers } = this.#roads;
    const orders: Orders = {
      ...{ process: this.name, name: `${this.name}-${this.#lives++}`, seed: draw(2 ** 31), plant },
      place: { servers, replicas: cluster.nodes.length, folder, direct: draw(3) > 0 },
    };
    const script = join(import.meta.dirname, "client.ts");
    this.#program = Program.script(script, orders, this.events, host.command);
    this.#program.hear(ear);
    await this.#program.said("ready", LONGEST);
  }

  tell(word: string): void {
    this.#program?.tell(word);
  }

  /** @throws Error where it ends before it has said it, or does not say it in `longest` ms. */
  async said(word: string, longest: number): Promise<void> {
    await this.#program?.said(word, longest);
  }

  async kill(): Promise<void> {
    await this.#program?.kill("SIGKILL");
    this.#restarted();
  }

  /** Lets it end in order. @throws Error where it does not. */
  async close(): Promise<void> {
    this.tell("close");
    const code = await this.#program?.gone(LONGEST);
    if (code !== 0) throw new Error(`${this.name} closed with ${code}: ${this.#program?.fallen}`);
    this.#restarted();
  }

  async pause(): Promise<void> {
    await this.#program?.pause();
  }

  resume(): void {
    this.#program?.resume();
  }

  /** Why it ended, where it ended by itself. */
  get fallen(): string | undefined {
    return this.#program?.fallen;
  }

  /** All its roads are like this, where anything stands on them. */
  turn(road: Road): void {
    for (const proxy of this.#roads.proxies) proxy.turn(road);
  }

  /** The number of the broker that it is connected to; 0 where it is to none. */
  get node(): number {
    return Math.max(
      0,
      this.#roads.proxies.findIndex(({ connections }) => connections > 0),
    );
  }

  /** Where it is now, it can be no longer. */
  leave(): void {
    this.#roads.proxies[this.node]?.turn({ type: "cut" });
  }

  /** It is gone for good. */
  async end(): Promise<void> {
    await this.kill();
    await Promise.all(this.#roads.proxies.map((proxy) => proxy.close()));
  }

  #restarted(): void {
    const time = Number(process.hrtime.bigint() / 1000n) / 1000;
    this.restarts.push({ kind: "restart", process: this.name, time });
  }
}
