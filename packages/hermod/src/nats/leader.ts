/**
 * Leader: whether the server that leads a journal has all of it, and takes what is written. One that was set apart may come to lead without the newest
 * messages, which the others have: nats-server 2.9.10 had forgotten 42 confirmed ones so. Then another one is asked to lead.
 */
import { systemClock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import { REQUEST, type Broker } from "./connect.ts";

/** Milliseconds between two looks. */
const AGAIN = 100;
/** Leases after which nobody is expected to have what is missing. */
const PATIENCE = 6;

/**
 * Waits until the leader of a stream has a number; answers the last one that it has, a smaller one where no leader has come that has more.
 * @throws HermodError HERMOD_STORE where nobody leads it.
 */
export async function reach(
  broker: Broker,
  stream: string,
  place: number,
  signal?: AbortSignal,
): Promise<number> {
  const began = systemClock.monotonic();
  for (let asked = 0; ;) {
    const last = await lastOf(broker, stream);
    const leases = (systemClock.monotonic() - began) / broker.terms.lease;
    if (last !== undefined && (last >= place || leases > PATIENCE)) return last;
    if (leases > PATIENCE) throw new HermodError("HERMOD_STORE", `stream ${stream}: no server leads it`);
    // Who was only just chosen may still be reading.
    if (leases > asked + 1) {
      asked++;
      await stepDown(broker, stream);
    }
    await new Promise<void>((resolve) => systemClock.after(AGAIN, resolve));
    signal?.throwIfAborted();
  }
}

/** Undefined where nobody leads it now. */
async function lastOf({ jsm }: Broker, stream: string): Promise<number | undefined> {
  try {
    return (await jsm.streams.info(stream)).state.last_seq;
  } catch {
    return undefined;
  }
}

/** Leases without an answer after which another one is asked to lead. */
const SILENT = 2;

/**
 * Trial: how long a leader may answer nothing. A nats-server 2.9.10 that had been set apart was seen to lead a journal and take nothing more for it
 * ("high message lag") until it ended.
 */
export class Trial {
  readonly #broker: Broker;
  readonly #stream: string;
  #began = systemClock.monotonic();

  constructor(broker: Broker, stream: string) {
    this.#broker = broker;
    this.#stream = stream;
  }

  /** Once more there was no answer. */
  failed(): void {
    const { away, terms } = this.#broker;
    const now = systemClock.monotonic();
    // Nobody answers whom nothing reaches.
    if (now - Math.max(this.#began, away.reachableSince) < SILENT * terms.lease) return;
    this.#began = now;
    void stepDown(this.#broker, this.#stream);
  }
}

/** A single server has nobody to hand over to, and a user may not be allowed to ask: then it goes on as it is. */
export async function stepDown({ connection }: Broker, stream: string): Promise<void> {
  const subject = `$JS.API.STREAM.LEADER.STEPDOWN.${stream}`;
  await connection.request(subject, "", { timeout: REQUEST }).catch(() => undefined);
}
