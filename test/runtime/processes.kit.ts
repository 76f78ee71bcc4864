/** Processes: systems that share one store behind a hub, each over a wire of its own, and all by one clock. */
import { memory, start, type OpenStore, type StartOptions, type Store, type System } from "hermod";
import { Hosting, overLink } from "hermod/remote";
import { Pipes, Spy, seeded, testClock } from "hermod/testing";

/** No timers of its own, which a test would have to move. */
const quiet = { where: "pipe", timeout: 5000, beat: Infinity, patience: 0 };

/** One process. */
export interface Process {
  readonly system: System;
  readonly spy: Spy;
  readonly pipes: Pipes;
}

export class Processes implements AsyncDisposable {
  readonly clock = testClock();
  readonly #open: OpenStore;
  readonly #all: Process[] = [];
  #store: Store | undefined;
  #hosting: Hosting | undefined;
  #hosts = 0;

  constructor(open: OpenStore = memory()) {
    this.#open = open;
  }

  /** Starts one more. */
  async join(options: Omit<StartOptions, "clock" | "random" | "reports" | "store"> = {}): Promise<Process> {
    const { clock } = this;
    const pipes = new Pipes(clock, () => this.#hosting);
    const spy = new Spy();
    const store: OpenStore = async (env) => {
      this.#store ??= await this.#open(env);
      this.#hosting ??= this.#host();
      return overLink({ ...quiet, dial: pipes.dial })(env);
    };
    const random = seeded(this.#all.length + 1);
    const own = { clock, random, reports: spy.listen, statistics: false, store } as const;
    const system = await start({ ...options, ...own });
    const process = { system, spy, pipes };
    this.#all.push(process);
    return process;
  }

  /** One is gone without a word. */
  async kill({ pipes }: Process): Promise<void> {
    pipes.up = false;
    pipes.cut();
    await this.clock.settle();
  }

  /** The hub is gone, and one that knows nobody has come in its place. */
  restart(): void {
    this.#hosting?.close();
    this.#hosting = this.#host();
  }

  async end({ system }: Process): Promise<void> {
    const ended = system.close({ timeout: 0 });
    await this.clock.advance(0);
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = this.#all.map(({ system }) => system.close({ timeout: 0 }));
    await this.clock.advance("1m");
    await Promise.all(ended);
    this.#hosting?.close();
    await this.#store?.close();
  }

  #host(): Hosting {
    // Each with names of its own for its sessions: one that was given before must mean nothing.
    return new Hosting({
      store: this.#store as Store,
      clock: this.clock,
      random: seeded(100 + this.#hosts++),
    });
  }
}
