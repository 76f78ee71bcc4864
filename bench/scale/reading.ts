/** Reading: what a ground takes at one moment, summed over what runs on it. */
import { setTimeout } from "node:timers/promises";
import { heldBytes } from "../measure.ts";
import type { Ground } from "./ground.ts";
import { residentBytes } from "./procfs.ts";

/** What is read; each is a sum, so that the difference of two is what came between. */
export interface Reading {
  /** Bytes of the JavaScript heap of the process, and of all its memory that is resident. */
  readonly heap: number;
  readonly resident: number;
  /** Bytes that were written to journals, and in how many messages. */
  readonly journal: number;
  readonly records: number;
  /** Bytes of the owner's files, and of the images that they make. */
  readonly file: number;
  readonly image: number;
  /** Resident bytes of a broker, its streams and consumers, the connections and subscriptions that it keeps. */
  readonly broker: number;
  readonly streams: number;
  readonly consumers: number;
  readonly connections: number;
  readonly subscriptions: number;
  /** How often in a second some process says that it is there. */
  readonly renewals: number;
}

/** How long renewals are counted, in milliseconds: two leases. */
const WATCHED = 3000;

/** Renewals are waited for where somebody wants to know. */
export async function read(ground: Ground, isWatched: boolean): Promise<Reading> {
  await ground.rest();
  const renewals = isWatched ? await renewalsOf(ground) : 0;
  const [broker] = ground.cluster.nodes;
  const [varz, jsz] = [await broker?.ask("/varz"), await broker?.ask("/jsz")] as [Varz, Jsz];
  return {
    ...{ heap: await heldBytes(), resident: process.memoryUsage.rss() },
    ...{ journal: ground.meter.bytes, records: ground.meter.records, ...ground.files() },
    ...{ broker: residentBytes(broker?.pid as number), streams: jsz.streams, consumers: jsz.consumers },
    ...{ connections: varz.connections, subscriptions: varz.subscriptions, renewals },
  };
}

async function renewalsOf({ meter }: Ground): Promise<number> {
  const before = meter.renewals;
  await setTimeout(WATCHED);
  return ((meter.renewals - before) * 1000) / WATCHED;
}

interface Varz {
  readonly connections: number;
  readonly subscriptions: number;
}
interface Jsz {
  readonly streams: number;
  readonly consumers: number;
}
