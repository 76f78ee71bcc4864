/** Episode: a hub and two clients that are killed in turn, a last run that works off what is left, and the verdict over all. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { check } from "../history/check.ts";
import type { Event } from "../history/event.ts";
import type { Verdict } from "../history/verdict.ts";
import { freePort } from "../ports.ts";
import { Program } from "../program.ts";
import { pick, type Draw } from "../random.ts";
import { toEvents } from "../workload/lines.ts";
import type { Orders } from "./client.ts";

export interface Episode {
  readonly kills: { readonly hub: number; readonly clients: number };
  readonly verdict: Verdict;
  readonly confirmed: number;
  readonly acked: number;
  /** What is wrong with a process: no history can be judged by that. */
  readonly broken: readonly string[];
}

/** Which client runs what: no mailbox has two, since those who compete keep no order. */
const shares = {
  c0: ["line", "crew", "desk", "archive"],
  c1: ["ledger", "outbox", "scribe", "listener"],
} as const;
type Name = keyof typeof shares;
const names = Object.keys(shares) as Name[];

/** From one kill to the next, in milliseconds. */
const LEAST = 40;
const WINDOW = 400;

export async function runEpisode(folder: string, kills: number, draw: Draw): Promise<Episode> {
  mkdirSync(folder, { recursive: true });
  const crew = new Crew(folder, await freePort(), draw);
  const broken: string[] = [];
  try {
    // Who is published to must be there before: what nobody has subscribed to reaches nobody.
    await crew.begin(true);
    await crew.end();
    await crew.begin(false);
    for (let kill = 0; kill < kills; kill++) {
      await pause(LEAST + draw(WINDOW));
      broken.push(...crew.fallen());
      await (draw(2) === 0 ? crew.killHub() : crew.killClient(pick(draw, names)));
    }
    await crew.workOff();
  } catch (error) {
    broken.push(String(error));
  } finally {
    await crew.end();
  }
  const history = crew.history();
  const verdict = check(history, { bound: 5000 });
  if (!verdict.faulty && broken.length === 0) rmSync(folder, { recursive: true });
  else writeFileSync(join(folder, "history"), history.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const count = (kind: string): number =>
    history.filter((event) => event.kind === kind && "phase" in event && event.phase === "ok").length;
  return { kills: crew.kills, verdict, broken, confirmed: count("send"), acked: count("acked") };
}

class Crew {
  readonly kills = { hub: 0, clients: 0 };
  readonly #folder: string;
  readonly #port: number;
  readonly #draw: Draw;
  readonly #restarts: Event[] = [];
  readonly #clients = new Map<Name, Program>();
  #hub: Program | undefined;
  #lives = 0;

  constructor(folder: string, port: number, draw: Draw) {
    this.#folder = folder;
    this.#port = port;
    this.#draw = draw;
  }

  async begin(drain: boolean): Promise<void> {
    this.#hub = this.#newHub();
    for (const name of names) this.#clients.set(name, this.#client(name, drain));
    await this.#hub.said("ready");
    for (const client of this.#clients.values()) await client.said("ready");
  }

  async killHub(): Promise<void> {
    this.kills.hub++;
    await this.#hub?.kill("SIGKILL");
    this.#restarted(names);
    this.#hub = this.#newHub();
    await this.#hub.said("ready");
    // What the dead one had said may have been heard later than it died; nothing of the new one was heard before this.
    this.#restarted(names);
  }

  async killClient(name: Name): Promise<void> {
    this.kills.clients++;
    await this.#clients.get(name)?.kill("SIGKILL");
    this.#restarted([name]);
    this.#clients.set(name, this.#client(name, false));
    // Half of them may be killed while they start.
    if (this.#draw(2) === 0) await this.#clients.get(name)?.said("ready");
  }

  /** All begin anew, and nothing is sent any more. */
  async workOff(): Promise<void> {
    await this.end();
    this.#restarted(names);
    await this.begin(true);
    await this.#clients.get("c0")?.said("done");
    for (const [name, client] of this.#clients) {
      const code = await client.kill("SIGTERM");
      if (code !== 0) throw new Error(`${name} closed with ${code}: ${client.fallen}`);
    }
  }

  fallen(): readonly string[] {
    const all = [["hub", this.#hub] as const, ...this.#clients];
    return all.flatMap(([name, child]) => (child?.fallen === undefined ? [] : [`${name} ${child.fallen}`]));
  }

  async end(): Promise<void> {
    await Promise.all([this.#hub, ...this.#clients.values()].map(async (child) => child?.kill("SIGKILL")));
  }

  /** All events in the order of the machine's clock. */
  history(): readonly Event[] {
    const said = [...names, "hub" as const].flatMap((name) =>
      toEvents(readFileSync(this.#eventsOf(name), "utf8")),
    );
    return [...said, ...this.#restarts].sort((a, b) => a.time - b.time);
  }

  #newHub(): Program {
    const orders = { file: join(this.#folder, "store.db"), port: this.#port };
    return Program.script(join(import.meta.dirname, "hub.ts"), orders, this.#eventsOf("hub"));
  }

  #client(name: Name, drain: boolean): Program {
    const life = `${name}-${this.#lives++}`;
    const orders: Orders = {
      ...{ url: `http://localhost:${this.#port}`, process: name, name: life },
      ...{ seed: this.#draw(2 ** 31), runs: shares[name], drain },
    };
    return Program.script(join(import.meta.dirname, "client.ts"), orders, this.#eventsOf(name));
  }

  #eventsOf(name: Name | "hub"): string {
    return join(this.#folder, `events-${name}`);
  }

  #restarted(which: readonly Name[]): void {
    const time = Number(process.hrtime.bigint() / 1000n) / 1000;
    for (const name of which) this.#restarts.push({ kind: "restart", process: name, time });
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
