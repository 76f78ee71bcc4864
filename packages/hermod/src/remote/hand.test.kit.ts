/** Hand: a connection to a hosted store whose frames are written by hand. */
import { systemClock } from "../core/clock.ts";
import { createIds } from "../core/id.ts";
import type { Store } from "../core/store.ts";
import { memory } from "../stores/memory.ts";
import { Hosting, type HostingParts } from "./hosting.ts";
import type { Frame } from "./protocol.ts";

export const env = {
  ...{ clock: systemClock, random: Math.random, ids: createIds(), died: () => undefined },
  reports: { active: false, emit: () => undefined },
};

export const store = async (): Promise<Store> => memory()(env as never);

export class Hand {
  readonly heard: Frame[] = [];
  /** Each text as it came. */
  readonly texts: string[] = [];
  isOpen = true;
  /** Ends the connection. */
  readonly gone: () => void;
  readonly #say: (text: string) => void;

  constructor(hosting: Hosting) {
    const { hear, gone } = hosting.connect({
      send: (text) => {
        this.texts.push(text);
        this.heard.push(...(JSON.parse(text) as Frame[]));
      },
      close: () => (this.isOpen = false),
    });
    [this.#say, this.gone] = [hear, gone];
  }

  async say(...frames: readonly object[]): Promise<readonly Frame[]> {
    const before = this.heard.length;
    this.#say(JSON.stringify(frames));
    await new Promise<void>((resolve) => setImmediate(resolve));
    return this.heard.slice(before);
  }
}

/** The first client of a hub. */
export async function hand(parts: Partial<HostingParts> = {}): Promise<Hand> {
  return new Hand(new Hosting({ store: await store(), ...env, ...parts }));
}
