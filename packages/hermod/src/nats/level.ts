/** Level: what keeps the messages of a namespace, as it is in force, in words for start-up lines and the page. */
import type { StreamConfig } from "@nats-io/jetstream";
import type { Store } from "../core/store.ts";
import type { Broker } from "./connect.ts";
import { journalStream } from "./names.ts";
import { toTrouble } from "./trouble.ts";

/** As the server says: what a process asks for may be otherwise than what the namespace was made with. */
export async function levelOf({ jsm, terms, version }: Broker, partitions: number): Promise<Store["level"]> {
  const name = journalStream(terms.namespace, 0);
  try {
    return toLevel(version, (await jsm.streams.info(name)).config, partitions);
  } catch (error) {
    throw toTrouble(error, `stream ${name}`);
  }
}

export function toLevel(
  version: string,
  { storage, num_replicas }: Pick<StreamConfig, "storage" | "num_replicas">,
  partitions: number,
): Store["level"] {
  const counts = `${counted(num_replicas, "replica")}, ${counted(partitions, "partition")}`;
  return Object.freeze({ name: `nats ${version}, JetStream ${storage} storage, ${counts}`, durable: true });
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
