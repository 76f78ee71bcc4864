/**
 * The benchmarks: floors, ourselves and, when asked, peers, all measured in one run.
 *   npm run bench -- [--only NAME[,NAME]] [--runs N] [--peers] [--json]
 * With --json the table goes to stderr and the last line of stdout is one JSON object.
 */
import { parseArgs } from "node:util";
import { keyNamed, keys } from "./keys/index.ts";
import type { Key } from "./keys/key.ts";
import { installPeers, peersLeftOut } from "./peers.ts";
import { measureKey } from "./series.ts";
import { summarise, type Summary } from "./summary.ts";
import { lines } from "./table.ts";

interface Options {
  keys: readonly Key[];
  runs: number;
  peers: boolean;
  json: boolean;
}

const options = readOptions();
if (options.peers) {
  installPeers();
  print(peersLeftOut());
}
const summaries: Record<string, Summary> = {};
for (const key of options.keys) {
  const summary = summarise(key, await measureKey(key, options.runs, options.peers));
  summaries[key.name] = summary;
  print(lines(key, summary));
}
if (options.json) process.stdout.write(`${JSON.stringify(report(summaries))}\n`);

function readOptions(): Options {
  try {
    const { values } = parseArgs({
      options: {
        only: { type: "string" },
        runs: { type: "string", default: "5" },
        peers: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    });
    return { keys: choose(values.only), runs: positive(values.runs), peers: values.peers, json: values.json };
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n`);
    process.exit(2);
  }
}

function choose(only: string | undefined): readonly Key[] {
  if (only === undefined) return keys;
  return only.split(",").map((name) => {
    const key = keyNamed(name);
    if (key === undefined)
      throw new Error(
        `No benchmark is named "${name}". There are: ${keys.map((each) => each.name).join(", ")}.`,
      );
    return key;
  });
}

function positive(text: string): number {
  const runs = Number(text);
  if (!Number.isInteger(runs) || runs < 1)
    throw new Error(`--runs takes a whole number from 1 on, not "${text}".`);
  return runs;
}

function print(text: readonly string[]): void {
  if (text.length === 0) return;
  const stream = options.json ? process.stderr : process.stdout;
  stream.write(`${text.join("\n")}\n`);
}

/** Peers stand beside the keys, not inside, so that a reader of our own figures never meets them. */
function report(all: Record<string, Summary>) {
  const own = Object.entries(all).map(([name, { peers: _, ...rest }]) => [name, rest] as const);
  const peers = Object.entries(all).map(([name, summary]) => [name, summary.peers] as const);
  const head = {
    node: process.version,
    date: new Date().toISOString(),
    runs: options.runs,
    keys: Object.fromEntries(own),
  };
  return options.peers ? { ...head, peers: Object.fromEntries(peers) } : head;
}
