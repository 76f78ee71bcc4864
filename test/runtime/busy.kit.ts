/** Floor: an agent whose handlers run until the test ends each of them by its name, and who ran when. */
import { agent, type AgentDefinition, type AgentOptions, type Context, type System } from "hermod";
import type { TestClock } from "hermod/testing";

interface Work {
  readonly ctx: Context<unknown>;
  readonly passage: PromiseWithResolvers<unknown>;
}

/** One agent at work. A message's payload is its name. */
export class Floor {
  readonly started: string[] = [];
  readonly ended: string[] = [];
  readonly running = new Set<string>();
  readonly notices: unknown[] = [];
  /** Most handlers that ran together. */
  most = 0;
  readonly #works = new Map<string, Work>();
  readonly #heeds: boolean;

  /** With `heeds` a handler ends with its signal's reason as soon as that fires. */
  constructor({ heeds = true }: { readonly heeds?: boolean } = {}) {
    this.#heeds = heeds;
  }

  readonly handle = async (payload: unknown, ctx: Context<unknown>): Promise<unknown> => {
    const name = String(payload);
    const passage = Promise.withResolvers<unknown>();
    if (this.#heeds) ctx.signal.addEventListener("abort", () => passage.reject(ctx.signal.reason as Error));
    this.#works.set(name, { ctx, passage });
    this.started.push(name);
    this.running.add(name);
    this.most = Math.max(this.most, this.running.size);
    try {
      return await passage.promise;
    } finally {
      this.running.delete(name);
      this.ended.push(name);
    }
  };

  agent(options: AgentOptions<unknown> = {}, name = "floor"): AgentDefinition {
    const info = (notice: unknown): void => void this.notices.push(notice);
    const on = { request: this.handle, notification: this.handle, task: this.handle, info };
    return agent(name, { ...options, on });
  }

  /** Lets a handler end; it answers with its name. */
  end(name: string, value: unknown = `${name} done`): void {
    this.#work(name).passage.resolve(value);
  }

  fail(name: string, error: unknown = new Error(`${name} failed`)): void {
    this.#work(name).passage.reject(error as Error);
  }

  /** What a handler is handed when it looks. */
  looks(name: string): unknown[] {
    return this.#work(name)
      .ctx.steered()
      .map(({ payload }) => payload);
  }

  ctx(name: string): Context<unknown> {
    return this.#work(name).ctx;
  }

  #work(name: string): Work {
    const work = this.#works.get(name);
    if (work === undefined) throw new Error(`${name} has not started`);
    return work;
  }
}

/** Messages to the floor, in a conversation where one is named. */
export class Mail {
  readonly #system: System;
  readonly #to: string;

  constructor(system: System, to = "floor") {
    this.#system = system;
    this.#to = to;
  }

  call(name: string, conversation?: string, operation = "work"): Promise<unknown> {
    return this.#system.call(this.#to, operation, name, { timeout: "10m", ...inside(conversation) });
  }

  cast(name: string, conversation?: string): Promise<{ readonly id: string }> {
    return this.#system.cast(this.#to, "work", name, inside(conversation));
  }
}

function inside(conversation: string | undefined): { conversation?: string } {
  return conversation === undefined ? {} : { conversation };
}

/** Ends after this many milliseconds of the test's clock. */
export function pass(clock: TestClock, ms: number): Promise<void> {
  return new Promise((resolve) => void clock.after(ms, resolve));
}
