/**
 * Desks: whose the addresses of systems are. Everybody who gets a message from a system can read its address there, so with tokens each tells whose
 * it is: it ends with the tag of its principal. Nothing is remembered, so that nothing can be forgotten, by a restart or for lack of room.
 */
import { createHash } from "node:crypto";
import { ownerOf, type Named, type Principal } from "./principal.ts";

/** What the addresses of a principal's systems end with, behind a point. */
export function tagOf(principal: Named): string {
  return createHash("sha256").update(ownerOf(principal)).digest("hex").slice(0, 24);
}

export class Desks {
  readonly #hub: string | undefined;
  readonly #isOpen: boolean;

  /** `hub` is the address of the hub's own system, which is nobody's; on an open hub all others are those of its operator. */
  constructor(hub: string | undefined, isOpen: boolean) {
    this.#hub = hub;
    this.#isOpen = isOpen;
  }

  /** What the principal is to be told; undefined where any address will do. */
  tagFor(principal: Principal): string | undefined {
    return this.#isOpen ? undefined : tagOf(principal);
  }

  /** Says which are the principal's. */
  of(principal: Principal): (desk: string) => boolean {
    const tag = this.tagFor(principal);
    const end = tag === undefined ? "" : `.${tag}`;
    return (desk) => desk !== this.#hub && desk.endsWith(end);
  }
}
