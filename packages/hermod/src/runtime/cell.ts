/** Cell: one state of an agent while it is in use: that of the whole agent, of one conversation or of one key. */
import type { Envelope } from "../core/envelope.ts";
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";

/** The delivery that works on a state. */
export interface CellWorker {
  readonly envelope: Envelope;
  /** True while what has become of it is being stored. */
  readonly settling: boolean;
  /** Tells its handler to stop. */
  abort(reason: unknown): void;
}

export class Cell {
  /** Names the state in the store. */
  readonly key: string;
  /** The current state, once loaded, and the JSON and version it was last committed as. */
  value: unknown;
  committed: string | undefined;
  version = 0;
  loaded = false;
  /** True once it has begun; the start of a keyed instance may take its time. */
  started = false;
  starting: Promise<void> | undefined;
  /** Deliveries that use it now. */
  users = 0;
  /** The message that works on it, until it is settled; notices only look. */
  worker: CellWorker | undefined;
  /** When it was used last, monotonic milliseconds. */
  usedAt = 0;

  constructor(key: string) {
    this.key = key;
  }
}

/** Which cell a message belongs to; messages of one cell are handled one at a time. */
export function cellKey(
  agent: Address,
  { apart }: AgentDefinition["work"],
  envelope: Pick<Envelope, "to" | "conversationId">,
): string {
  if (apart === "none") return agent;
  return apart === "key" ? (envelope.to ?? agent) : `${agent} ${envelope.conversationId}`;
}
