/** Systems: what runs in the processes behind a hub, as each of them says. */
import { systemClock, type AccountPart, type Address, type System, type SystemLook } from "hermod";
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
      const look = await lookAt(system, address).catch(() => undefined);
      const named = { ...(client !== undefined && { client }), ...(served && { served }) };
      return { system: address, ...named, ...(look !== undefined && { look }) };
    }),
  );
}

/** What one system says of itself, put together from its parts. */
async function lookAt(system: System, address: Address): Promise<SystemLook> {
  const ask = async (payload: object): Promise<AccountPart> =>
    (await system.call(address, "look", payload, { timeout: PATIENCE })) as AccountPart;
  const { account, parts, text } = await ask({});
  const others = Array.from({ length: parts - 1 }, (_, at) => ask({ account, part: at + 1 }));
  const texts = [text, ...(await Promise.all(others)).map((other) => other.text)];
  return JSON.parse(texts.join("")) as SystemLook;
}

/** For how long what the systems said is told again to others who ask, in milliseconds. */
const SHARED = 300;
/** What took long to say is shared for so many times as long, and no longer than `MOST_SHARED`: looking stays a small part of what systems do. */
const SHARE = 4;
const MOST_SHARED = 3000;

/** What looking needs. */
export interface LookParts {
  readonly system: System;
  readonly hosting: Hosting;
}

/** Looks: what all systems said a moment ago, shared by all who ask: many pages ask often, and each answer costs every system. */
export class Looks {
  readonly #parts: LookParts;
  #last: { readonly of: string; readonly all: Promise<readonly SystemStatus[]>; until: number } | undefined;

  constructor(parts: LookParts) {
    this.#parts = parts;
  }

  /** What was said a moment ago by those that are connected now, or what they say when they are asked. */
  shared(): Promise<readonly SystemStatus[]> {
    const { hosting } = this.#parts;
    const of = hosting.sessions
      .flatMap(({ served }) => [...served].filter((each) => SYSTEM.test(each)))
      .join();
    const last = this.#last;
    if (last && last.of === of && systemClock.monotonic() < last.until) return last.all;
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
    const began = systemClock.monotonic();
    const all = lookAll(this.#parts.system, this.#parts.hosting);
    const last = (this.#last = { of, all, until: Infinity });
    const answered = (): void => {
      const now = systemClock.monotonic();
      last.until = Math.max(began + SHARED, now + Math.min(MOST_SHARED, SHARE * (now - began)));
    };
    void all.then(answered, () => (last.until = 0));
    return all;
  }
}
