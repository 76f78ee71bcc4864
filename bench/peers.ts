/** Other libraries doing the same, from `bench/peers`, which has a lock file of its own and is installed only when asked for. */
import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import type { Measurement } from "./keys/key.ts";
import { postgresLacks, redisLacks } from "./servers.ts";

const FOLDER = new URL("./peers/", import.meta.url);

/** The keys a peer can do; where it promises less than the key asks for, the note says what. */
type Notes = Readonly<Record<string, string>>;

const overlapping = "no mailbox: handlers overlap";
const inside = "the handler runs inside the send, nothing is awaited";
const called = "a function call: no copy, no envelope, nothing is kept";
const fiber = "the handler is an Effect and never suspends";

const peers: Readonly<Record<string, Notes>> = {
  nact: { cast: "", cast_1000: "", call: "", waiting_message: "" },
  xstate: { cast: inside, cast_1000: inside },
  effect: { cast: fiber, cast_1000: fiber, call: fiber, waiting_message: "the payload in a Queue" },
  comedy: { cast: overlapping, cast_1000: overlapping, call: `${overlapping}; no timeout` },
  moleculer: { cast: overlapping, cast_1000: overlapping, call: overlapping },
  fastq: { cast: "", cast_1000: "", call: "no timeout", waiting_message: "callback form" },
  eventemitter: { publish: called },
  eventemitter2: { publish: called, wildcard: called },
  mqemitter: { publish: called, wildcard: called },
  qlobber: { wildcard: "the look-up alone" },
  bullmq: {
    durable_enqueue: "addBulk of 100; appendfsync always",
    durable_end_to_end: "addBulk of 100, a worker with 100 jobs at a time; appendfsync always",
    durable_latency: "appendfsync always",
  },
  "pg-boss": {
    durable_enqueue: "insert of 100; fsync on",
    durable_end_to_end: "insert of 100, fetch and complete of 100; fsync on",
    durable_latency: "fsync on",
  },
  plainjob: {
    durable_enqueue: "addMany of 100; no history; synchronous=FULL, which is not its default",
    durable_end_to_end: "addMany of 100, its worker; synchronous=FULL, which is not its default",
    durable_latency: "in this thread; synchronous=FULL, which is not its default",
  },
};

/** Says what a peer lacks on this machine, of those that need a server. */
const lacks: Readonly<Record<string, () => string | undefined>> = {
  bullmq: redisLacks,
  "pg-boss": postgresLacks,
};

export const peersFor = (key: string): string[] =>
  Object.keys(peers).filter((name) => peers[name]?.[key] !== undefined && lacks[name]?.() === undefined);

/** One line for each peer that is left out, with the reason. */
export const peersLeftOut = (): string[] =>
  Object.entries(lacks).flatMap(([name, lack]) => {
    const what = lack();
    return what === undefined ? [] : [`${name} is left out: ${what}`];
  });

export const noteOn = (name: string, key: string): string => peers[name]?.[key] ?? "";

export async function peerMeasurement(name: string, key: string): Promise<Measurement> {
  const module = (await import(new URL(`${name}.ts`, FOLDER).href)) as Record<string, Measurement>;
  const measurement = module[key];
  if (measurement === undefined) throw new Error(`bench/peers/${name}.ts exports no ${key}`);
  return measurement;
}

/** Never runs the packages' install scripts: see bench/peers/.npmrc. */
export function installPeers(): void {
  // npm writes a lock of its own behind what it installs: one that is older than ours is of another set of peers.
  if (writtenAt("node_modules/.package-lock.json") >= writtenAt("package-lock.json")) return;
  execFileSync("npm", ["ci"], { cwd: FOLDER, stdio: ["ignore", process.stderr, process.stderr] });
}

const writtenAt = (path: string): number =>
  statSync(new URL(path, FOLDER), { throwIfNoEntry: false })?.mtimeMs ?? 0;
