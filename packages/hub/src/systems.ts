/** Systems: what runs in the processes behind a hub, as each of them says. */
import { systemClock, type Address, type System, type SystemLook } from "hermod";
import type { Hosting } from "hermod/remote";

/** How long a system may take to answer. */
const PATIENCE = "2s";
/** A system's own address; those of its schedules and of people are no systems. */
const SYSTEM = /^~[0-9a-f]{8}-/u;

/** A system behind the hub: what it says, or nothing where it does not answer. */
export interface SystemStatus {
  readonly system: string;
  /** What its client calls itself. */
  readonly client?: string;
  /** What its client says that it serves. */
  readonly served?: ReadonlySet<Address>;
  readonly look?: SystemLook;
}

/** All systems that are connected, and the hub's own. */
export async function lookAll(system: System, hosting: Hosting): Promise<readonly SystemStatus[]> {
  const remote = hosting.sessions.flatMap(({ served, client }) =>
    [...served].filter((address) => SYSTEM.test(address)).map((address) => ({ address, client, served })),
  );
  const own = { address: system.address, client: "hub", served: undefined };
  const all = [own, ...remote];
  return Promise.all(
    all.map(async ({ address, client, served }) => {
      const look = await system.call(address, "look", {}, { timeout: PATIENCE }).catch(() => undefined);
      const named = { ...(client !== undefined && { client }), ...(served && { served }) };
      return { system: address, ...named, ...(look !== undefined && { look: look as SystemLook }) };
    }),
  );
}

/** For how long what the systems said is told again to others who ask, in milliseconds. */
const SHARED = 1000;

/** What looking needs. */
export interface LookParts {
  readonly system: System;
  readonly hosting: Hosting;
}

/** Looks: what all systems said a moment ago, shared by all who ask: many pages ask often, and each answer costs every system. */
export class Looks {
  readonly #parts: LookParts;
  #last:
    | { readonly at: number; readonly of: string; readonly all: Promise<readonly SystemStatus[]> }
    | undefined;

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  /** What was said within the last second by those that are connected now, or what they say when they are asked. */
  shared(): Promise<readonly SystemStatus[]> {
    const { hosting } = this.#parts;
    const of = hosting.sessions
      .flatMap(({ served }) => [...served].filter((each) => SYSTEM.test(each)))
      .join();
    const last = this.#last;
    if (last && last.of === of && systemClock.monotonic() - last.at < SHARED) return last.all;
    return this.#ask(of);
  }

  /** What they say now. */
  fresh(): Promise<readonly SystemStatus[]> {
    this.forget();
    return this.shared();
  }

  /** Something was done to them: what they said before holds no longer. */
  forget(): void {
    this.#last = undefined;
  }

  #ask(of: string): Promise<readonly SystemStatus[]> {
    const all = lookAll(this.#parts.system, this.#parts.hosting);
    this.#last = { at: systemClock.monotonic(), of, all };
    return all;
  }
}
