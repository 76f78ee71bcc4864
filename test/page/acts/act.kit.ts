/** Act: something that somebody does on a screen, and what is seen of it. */
import type { Ground } from "../ground.kit.ts";
import type { Hand } from "../hand.kit.ts";
import type { World } from "../world.kit.ts";

export interface Act {
  /** Its line of the ledger. */
  readonly does: string;
  /** Where it begins. */
  readonly at: string | ((world: World) => string);
  readonly by: (hand: Hand, ground: Ground, world: World) => Promise<unknown>;
  /** Only a pointer can do it; what it leads to is reached by keys elsewhere. */
  readonly isPointers?: true;
}

/** Acts by the screen of the ledger that they are on. */
export type Acts = Readonly<Record<string, readonly Act[]>>;
