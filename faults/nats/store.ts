/** Store: the one that is tried. */
import type { OpenStore } from "hermod";
import { nats } from "hermod/nats";

export function storeAt(servers: readonly string[], replicas: number): OpenStore {
  return nats({ servers, replicas });
}
