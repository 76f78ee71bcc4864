/** Machines: systems over one nats-server, each with a store of its own, as processes on several machines have it. */
import type { TestContext } from "node:test";
import { start, type Store, type System } from "hermod";
import { nats } from "hermod/nats";
import { Spy } from "hermod/testing";
import { missing, Server } from "../../packages/hermod/src/nats/server.test.kit.ts";
import { partitionOfText, Standing } from "../../packages/hermod/src/nats/standing.test.kit.ts";

export const terms = { skip: missing === undefined ? false : `SKIPPED: ${missing}`, timeout: 60_000 };

const PARTITIONS = 3;

/** One of them. */
export interface Machine {
  readonly system: System;
  /** What it sees of all of them. */
  readonly store: Store;
  readonly spy: Spy;
  /** What it is called among the owners of partitions. */
  readonly process: string;
}

export class Machines {
  readonly #server: Server;
  #standing: Standing | undefined;
  #all: readonly Machine[] = [];

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Three at rest, which end with the test: the one that keeps the mailbox of an agent of this name, or a conversation, first. */
  static async around(t: TestContext, name: string): Promise<Trio> {
    const machines = new Machines(await Server.start());
    t.after(() => machines.#close());
    while (machines.#all.length < 3) await machines.#join();
    await machines.#rest();
    const keeper = machines.#keeperOf(name);
    const [host, caller] = machines.#all.filter((each) => each !== keeper) as [Machine, Machine];
    return { keeper, host, caller, end: (machine) => machines.#end(machine) };
  }

  async #join(): Promise<void> {
    const before = new Set(this.#standing?.members);
    const options = { servers: this.#server.url, partitions: PARTITIONS, lease: "1s" } as const;
    const opened = Promise.withResolvers<Store>();
    const spy = new Spy();
    const system = await start({
      reports: spy.listen,
      store: async (env) => {
        const store = await nats(options)(env);
        opened.resolve(store);
        return store;
      },
    });
    const standing = (this.#standing ??= await Standing.watch(options));
    await standing.until(() => standing.members.size > before.size);
    const [process = ""] = standing.members.difference(before);
    this.#all = [...this.#all, { system, spy, process, store: await opened.promise }];
  }

  /** Until no partition moves any more, and each machine works with the owner of each. */
  async #rest(): Promise<void> {
    await this.#standing?.rest(this.#all.length, PARTITIONS);
    await Promise.all(this.#all.map(async ({ store }) => store.directory()));
  }

  #keeperOf(name: string): Machine {
    const owner = this.#standing?.seatOf(partitionOfText(name, PARTITIONS))?.process;
    return this.#all.find(({ process }) => process === owner) as Machine;
  }

  /** In order; what it owned is another one's when this resolves. */
  async #end(machine: Machine): Promise<void> {
    this.#all = this.#all.filter((each) => each !== machine);
    await machine.system.close();
    await this.#rest();
  }

  async #close(): Promise<void> {
    await Promise.all(this.#all.map(({ system }) => system.close({ timeout: 0 })));
    await this.#standing?.close();
    await this.#server.close();
  }
}

/** Three machines. */
export interface Trio {
  /** Owns the partition in question. */
  readonly keeper: Machine;
  readonly host: Machine;
  readonly caller: Machine;
  /** Ends one in order; what it owned is another one's when this resolves. */
  readonly end: (machine: Machine) => Promise<void>;
}
