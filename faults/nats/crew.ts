/** Crew: the clients over their brokers, what is done to them and asked of them, and what they have said. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Event } from "../history/event.ts";
import type { Draw } from "../random.ts";
import { toEvents } from "../workload/lines.ts";
import { Cluster } from "./cluster.ts";
import { Ends } from "./ends.ts";
import { Hosts } from "./hosts.ts";
import { Member } from "./member.ts";
import { CLIENTS, LEASE, sizes, type Fault, type Mix, type Period } from "./nemesis.ts";
import { Proxies } from "./proxies.ts";
import { strike, type Heal } from "./strike.ts";

export interface CrewOptions {
  /** Where brokers and clients keep what they have. */
  readonly folder: string;
  readonly mix: Mix;
  readonly draw: Draw;
  /** The fault that the stores of the clients have; "" for none. */
  readonly plant: string;
  /** How long a message after a fault is waited for, longer than it may take, to tell late from never; milliseconds, default 31,000. */
  readonly longest?: number;
}

/** A message that is sent when a fault is over must be handled within so many milliseconds, from when the brokers are whole again. */
const BOUND = 10_000 + LEASE;
/** Longest that clients may take to rest and to work off what waits, in milliseconds. */
const LONGEST = 60_000;

export class Crew {
  /** What is wrong with a process, or with all. */
  readonly broken: string[] = [];
  /** The faults so far. */
  readonly struck: Fault["type"][] = [];
  /**
   * Longest time from when the brokers were whole again after a fault until a message to each agent, sent by each client when the fault ended,
   * was handled; milliseconds.
   */
  away = 0;
  /** Longest time from the end of a fault until the brokers were whole again, in milliseconds. */
  apart = 0;
  readonly #cluster: Cluster;
  readonly #members: readonly Member[];
  readonly #ends: Ends;
  readonly #longest: number;
  #probes = 0;

  private constructor(cluster: Cluster, members: readonly Member[], ends: Ends, longest: number) {
    this.#cluster = cluster;
    this.#members = members;
    this.#ends = ends;
    this.#longest = longest;
  }

  static async of({ folder, mix, draw, plant, longest = 31_000 }: CrewOptions): Promise<Crew> {
    const brokers = join(folder, "brokers");
    const network = mix === "hosts" ? await Hosts.open(brokers, sizes[mix]) : new Proxies();
    const cluster = await Cluster.open(brokers, sizes[mix], network);
    const ends = new Ends();
    const names = Array.from({ length: CLIENTS }, (_, at) => `c${at}`);
    const members = await Promise.all(
      names.map((name, at) =>
        Member.of({ name, folder, cluster, host: network.host(at), draw, plant, ear: ends.hear }),
      ),
    );
    return new Crew(cluster, members, ends, longest);
  }

  /** Nobody sends before all are there: what nobody has subscribed to reaches nobody. */
  async begin(): Promise<void> {
    await this.#each((member) => member.start());
    await this.#each(async (member) => member.tell("send"));
    await this.#probe();
  }

  /** Work, faults, their end, and a message to each agent. */
  async live({ calm, faults }: Period): Promise<void> {
    await pause(calm);
    const heals: Heal[] = [];
    for (const fault of faults) {
      this.struck.push(fault.type);
      heals.push(await strike(fault, { cluster: this.#cluster, members: this.#members }));
    }
    await pause(Math.max(0, ...faults.map(({ ms }) => ms)));
    for (const heal of heals.reverse()) await heal();
    await this.#probe();
    this.#lookAround();
  }

  /** Nobody sends any more, and all that waits is worked off. */
  async workOff(): Promise<void> {
    await this.#each((member) => this.#told(member, "rest", "resting"));
    await this.#told(this.#members[0] as Member, "work", "done");
  }

  /** What was done is done, also when all have been killed at once; and what a broken run has left behind can be judged. */
  async beginAgain(): Promise<void> {
    await this.#each((member) => member.kill());
    for (const member of this.#members) member.turn({ type: "open" });
    await this.#cluster.restart();
    await this.#each((member) => member.start());
    await this.#told(this.#members[0] as Member, "work", "done");
    await this.#each((member) => member.close());
  }

  async end(): Promise<void> {
    await this.#each((member) => member.end());
    await this.#cluster.close();
  }

  /** All events in the order of the machine's clock. */
  history(): readonly Event[] {
    const said = this.#members.flatMap(({ events, restarts }) => [
      ...toEvents(readFileSync(events, "utf8")),
      ...restarts,
    ]);
    return said.sort((a, b) => a.time - b.time);
  }

  /** Sends a message to each agent, from each client, and waits until all are handled. @throws Error where they are not. */
  async #probe(): Promise<void> {
    const at = `probe${this.#probes++}`;
    const began = performance.now();
    for (const member of this.#members) member.tell(`probe ${at}`);
    await this.#cluster.whole();
    const whole = Math.round(performance.now());
    this.apart = Math.max(this.apart, Math.round(whole - began));
    await this.#handled(at, whole);
    const took = Math.round(performance.now() - whole);
    if (took > BOUND) this.broken.push(`STUCK ${this.#behind} for ${took} ms`);
    this.away = Math.max(this.away, took);
  }

  async #handled(at: string, whole: number): Promise<void> {
    await this.#each((member) => member.said(`probed ${at}`, this.#longest)).catch((error: unknown) =>
      this.#stuck(String(error)),
    );
    await this.#ends.all(Math.max(1, this.#longest + whole - Math.round(performance.now())));
    const { open } = this.#ends;
    if (open.length > 0) this.#stuck(open.join(", "));
  }

  #stuck(what: string): never {
    throw new Error(`STUCK ${this.#behind} for good: ${what}`);
  }

  get #behind(): string {
    return `after fault ${this.struck.length} (${this.struck.slice(-2).join(", ")})`;
  }

  /** What ended by itself. */
  #lookAround(): void {
    const all = [...this.#members, ...this.#cluster.nodes];
    const fallen = all.flatMap(({ name, fallen: why }) => (why === undefined ? [] : [`${name} ${why}`]));
    if (fallen.length > 0) throw new Error(fallen.join("; "));
  }

  async #told(member: Member, word: string, answer: string, longest = LONGEST): Promise<void> {
    member.tell(word);
    await member.said(answer, longest);
  }

  async #each(act: (member: Member) => Promise<void>): Promise<void> {
    await Promise.all(this.#members.map(act));
  }
}
