/** The memory store's shelf: its mailboxes, with all that it remembers beside what waits. */
import type { Address } from "../../core/address.ts";
import type { StoreEnv } from "../../core/store.ts";
import { Recent } from "../shelf/recent.ts";
import { Shelf } from "../shelf/shelf.ts";
import { Graveyard, type GraveyardBounds } from "./graveyard.ts";
import { History, type Retention } from "./history.ts";
import { Notes } from "./notes.ts";
import { States } from "./states.ts";

/** The options of the memory store, checked and with their defaults. */
export interface MemoryLimits {
  readonly history: Retention;
  readonly budget: number;
  readonly dedupe: number;
  readonly deadLetters: GraveyardBounds;
}

export class MemoryShelf extends Shelf {
  readonly history: History;
  readonly recent: Recent;
  readonly graveyard: Graveyard;
  readonly states = new States();
  readonly notes: Notes;

  constructor(env: StoreEnv, limits: MemoryLimits) {
    super(env, limits.budget);
    this.history = new History(limits.history);
    this.notes = new Notes(limits.history.count);
    this.recent = new Recent(limits.dedupe);
    this.graveyard = new Graveyard(limits.deadLetters, env.reports);
  }

  /** Forgets also what the claims of the mailbox have committed. */
  override forget(mailbox: Address): void {
    super.forget(mailbox);
    this.states.forget(mailbox);
  }
}
