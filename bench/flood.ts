/** The producers: every side (floor, ours, each peer) is fed by the same code, and counts in its handler with the same tally. */
import { rate, type Sample } from "./measure.ts";
import { partOf } from "./part.ts";
import { payload, type Payload } from "./payload.ts";

/** As many as our dispatcher delivers before it yields: large enough to show the cost of a send, small enough that the backlog stays in the cache. */
export const BURST = 256;

export type Send = (message: Payload, index: number) => unknown;

export class Tally {
  #count = 0;
  #goal = Infinity;
  #wake: () => void = () => {};

  restart(): void {
    this.#count = 0;
    this.#goal = Infinity;
  }

  add(): void {
    if (++this.#count === this.#goal) this.#wake();
  }

  /** Waits until `goal` messages were handled; more than that means one was delivered twice. */
  async reached(goal: number): Promise<void> {
    if (this.#count > goal) throw new Error(`${this.#count} messages handled, ${goal} sent`);
    if (this.#count === goal) return;
    await new Promise<void>((resolve) => {
      this.#goal = goal;
      this.#wake = resolve;
    });
  }
}

export type Burst = (from: number, to: number, send: Send) => Promise<void>;

export const together: Burst = async (from, to, send) => {
  let last: unknown;
  for (let index = from; index < to; index++) last = send(payload(index), index);
  await last;
};

export const oneByOne: Burst = async (from, to, send) => {
  for (let index = from; index < to; index++) await send(payload(index), index);
};

const WARM_UP = partOf(200_000);

export async function castRate(
  messages: number,
  send: Send,
  tally: Tally,
  burst = together,
): Promise<Sample> {
  await flood(WARM_UP, send, tally, burst);
  return rate(messages, () => flood(messages, send, tally, burst));
}

/** Bursts without awaiting each send, the last one awaited; never more than one burst ahead of the handler. */
async function flood(messages: number, send: Send, tally: Tally, burst: Burst): Promise<void> {
  tally.restart();
  for (let sent = 0; sent < messages;) {
    const end = Math.min(sent + BURST, messages);
    await burst(sent, end, send);
    sent = end;
    await tally.reached(sent);
  }
}

const ROUNDS = 100;

/** The first passes warm up at full length, so that every mailbox has been used before the clock starts. */
export async function castManyRate(agents: number, send: Send, tally: Tally): Promise<Sample> {
  for (let pass = 0; pass < 3; pass++) await floodMany(agents, send, tally);
  return rate(agents * ROUNDS, () => floodMany(agents, send, tally));
}

/** One message to every agent is a round; the producer runs ahead of the handlers as far as they let it. */
async function floodMany(agents: number, send: Send, tally: Tally): Promise<void> {
  tally.restart();
  for (let round = 0; round < ROUNDS; round++) await together(0, agents, send);
  await tally.reached(agents * ROUNDS);
}
