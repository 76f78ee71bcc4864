/** Brokers: what the keys of several machines speak to: a NATS server on this one, and processes of ours beside it, for one measurement. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { NatsOptions } from "hermod/nats";
import { missing, Server } from "../packages/hermod/src/nats/server.test.kit.ts";

/** Runs `work` beside a server with JetStream, which ends with it. */
export async function withBroker<T>(work: (url: string) => Promise<T>): Promise<T> {
  if (missing !== undefined) throw new Error(`nothing to measure: ${missing}`);
  const server = await Server.start();
  try {
    return await work(server.url);
  } finally {
    await server.close();
  }
}

/** A process that serves the benchmark's agents over a broker. */
export interface Worker {
  readonly pid: number;
  end(): Promise<void>;
}

/** What a worker does with each message that it takes. */
export interface Orders {
  readonly url: string;
  /** Names of its agents; each also answers what it is asked. */
  readonly agents: readonly string[];
  /** Milliseconds for which it holds the processor with each message. */
  readonly work: number;
  /** More options of its store; none unless said. */
  readonly terms?: Omit<Partial<NatsOptions>, "servers">;
}

/** Milliseconds after which no partition moves any more: to who has come it does when it has been there for a lease, and what is at most once is lost then. */
export const SETTLED = 4000;

/** Starts one; it is there when this resolves. */
export function worker(orders: Orders): Promise<Worker> {
  return started("natsprocess.ts", orders);
}

/** Starts a process that answers raw requests with what they say, after so many milliseconds of the processor. */
export function rawAnswerer(url: string, work = 0): Promise<Worker> {
  return started("rawprocess.ts", { url, work });
}

async function started(name: string, orders: object): Promise<Worker> {
  const program = join(import.meta.dirname, name);
  const child = spawn(process.execPath, [program, JSON.stringify(orders)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await createInterface({ input: child.stdout })[Symbol.asyncIterator]().next();
  return {
    pid: child.pid as number,
    end: async () => {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
