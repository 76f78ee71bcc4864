/** Ground: what one cost is measured on: brokers, a process of ours that owns all partitions, and a meter of what it writes. */
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { start, type StartOptions, type Store, type System } from "hermod";
import { nats, type NatsOptions } from "hermod/nats";
import type { Cluster } from "../../faults/nats/cluster.ts";
import { listed } from "../listed.ts";
import { Meter } from "./meter.ts";

/** How long nothing is written before all counts as done, in milliseconds: chores begin after 200. */
const QUIET = 1000;

export class Ground implements AsyncDisposable {
  readonly cluster: Cluster;
  readonly meter: Meter;
  /** Where copies of partitions lie. */
  readonly folder: string;
  readonly #ends = new AsyncDisposableStack();

  private constructor(cluster: Cluster, meter: Meter, folder: string) {
    this.cluster = cluster;
    this.meter = meter;
    this.folder = folder;
    this.ends(() => meter.close());
  }

  static async open(cluster: Cluster, folder: string): Promise<Ground> {
    mkdirSync(folder, { recursive: true });
    return new Ground(cluster, await Meter.open(cluster.nodes[0]?.url as string), folder);
  }

  /** A system that runs in this process; the store behind it is there to be used directly. */
  async system(
    options: StartOptions,
    terms: Partial<NatsOptions> = {},
  ): Promise<{ system: System; store: Store }> {
    const servers = this.cluster.nodes.map(({ url }) => url);
    const opening = nats({ servers, folder: this.folder, ...terms });
    let opened: Store | undefined;
    const system = await start({ ...options, store: async (env) => (opened = await opening(env)) });
    this.ends(() => system.close());
    return { system, store: opened as Store };
  }

  /** Is done when all ends, what came last first. */
  ends(end: () => Promise<void>): void {
    this.#ends.defer(end);
  }

  /** Ends when nothing is written any more and the lists of the histories are complete. */
  async rest(): Promise<void> {
    for (let seen = -1; seen !== this.meter.records; await setTimeout(QUIET)) seen = this.meter.records;
    for (const file of this.#copies()) await listed(file);
  }

  /** Bytes of the copies of all partitions, and of the images that they would be. */
  files(): { readonly file: number; readonly image: number } {
    const sizes = this.#copies().map((copy) => sizesOf(copy, join(this.folder, "image")));
    const sum = (of: "file" | "image"): number => sizes.reduce((all, each) => all + each[of], 0);
    return { file: sum("file"), image: sum("image") };
  }

  #copies(): readonly string[] {
    return readdirSync(this.folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".db"))
      .map((name) => join(this.folder, name));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#ends.disposeAsync();
  }
}

function sizesOf(copy: string, image: string): { readonly file: number; readonly image: number } {
  const db = new DatabaseSync(copy, { readOnly: true });
  try {
    const of = (pragma: string): number =>
      Number(Object.values(db.prepare(`PRAGMA ${pragma}`).get() ?? {})[0]);
    const file = of("page_count") * of("page_size");
    db.exec(`VACUUM INTO '${image}'`);
    return { file, image: statSync(image).size };
  } finally {
    db.close();
    rmSync(image, { force: true });
  }
}
