/** Store: the one that is tried. */
import type { OpenStore } from "hermod";
import { nats } from "hermod/nats";

/** What a client of it is told. */
export interface Place {
  readonly servers: readonly string[];
  readonly replicas: number;
  /** For its copies, which a process that is killed leaves behind. */
  readonly folder: string;
  /** Whether it speaks past the brokers with those of this machine that do so too. */
  readonly direct: boolean;
}

export function storeAt({ servers, replicas, folder, direct }: Place): OpenStore {
  // A client may begin while servers that were set apart still choose who leads what.
  return nats({ servers, replicas, folder, direct, timeout: "60s" });
}
