/**
 * Balancing: which member of a pool gets the next message. Pure but for the place of the last one chosen; randomness is
 * handed in. Choosing allocates nothing.
 */
import type { Random } from "./id.ts";

export const balances = ["round-robin", "least-busy", "random", "key", "broadcast"] as const;
/**
 * How a pool spreads its messages: each member in turn, the one with the fewest running, any, always the same one for the same
 * key, or a copy to every member.
 */
export type Balance = (typeof balances)[number];

/** What is known of a member when the next message comes. */
export interface Candidate {
  /** How many more messages it can take; without room it gets none. */
  readonly room: number;
  /** How many it works on now. */
  readonly running: number;
}

/** Spreads the messages of one pool over its members, by what the members do now and not by what the message is. */
export class Balancer {
  readonly #balance: "round-robin" | "least-busy" | "random";
  readonly #random: Random;
  #last = -1;

  constructor(balance: "round-robin" | "least-busy" | "random", random: Random) {
    this.#balance = balance;
    this.#random = random;
  }

  /**
   * The place of the member that gets the next message; -1 when none has room. Members may change in number between calls;
   * when the place after the last one chosen is gone, the turn begins at the first.
   */
  choose(members: readonly Candidate[]): number {
    const chosen = this.#pick(members);
    if (chosen !== -1) this.#last = chosen;
    return chosen;
  }

  #pick(members: readonly Candidate[]): number {
    if (this.#balance === "random") return anyWithRoom(members, this.#random);
    const first = this.#last + 1 < members.length ? this.#last + 1 : 0;
    return this.#balance === "round-robin" ? nextWithRoom(members, first) : leastBusy(members, first);
  }
}

/** The first member with room, looked for in a circle from `first` on. */
function nextWithRoom(members: readonly Candidate[], first: number): number {
  for (let step = 0; step < members.length; step++) {
    const at = (first + step) % members.length;
    if (hasRoom(members[at])) return at;
  }
  return -1;
}

/** The member with the fewest running among those with room; of several, the first in the circle from `first` on. */
function leastBusy(members: readonly Candidate[], first: number): number {
  let chosen = -1;
  let fewest = Infinity;
  for (let step = 0; step < members.length; step++) {
    const at = (first + step) % members.length;
    const { room, running } = members[at] as Candidate;
    if (!(room > 0) || running >= fewest) continue;
    chosen = at;
    fewest = running;
  }
  return chosen;
}

/** Any member with room, each as likely as the others: one draw, whatever the number. */
function anyWithRoom(members: readonly Candidate[], random: Random): number {
  let count = 0;
  for (let at = 0; at < members.length; at++) if (hasRoom(members[at])) count++;
  let skip = Math.floor(random() * count);
  for (let at = 0; at < members.length; at++) {
    if (hasRoom(members[at]) && skip-- === 0) return at;
  }
  return -1;
}

function hasRoom(member: Candidate | undefined): boolean {
  return member !== undefined && member.room > 0;
}
