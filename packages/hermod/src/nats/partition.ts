/** Partition: a store over one partition's journal, for the process that owns it. */
import { systemClock } from "../core/clock.ts";
import type { StoreEnv } from "../core/store.ts";
import { Journal, type JournalListener } from "../stores/sqlite/journal.ts";
import type { Opened } from "../stores/sqlite/protocol.ts";
import { DiskStore } from "../stores/sqlite/store.ts";
import { within } from "../core/within.ts";
import { admitting } from "./admission.ts";
import type { Away } from "./away.ts";
import type { Broker } from "./connect.ts";
import type { Copies, Copy } from "./copies.ts";
import { Images } from "./images.ts";
import type { Marks } from "./marks.ts";
import { Pen } from "./pen.ts";
import { JournalPort } from "./port.ts";
import { Replay, type From } from "./replay.ts";
import { Space } from "./space.ts";

/** What a partition is opened with. */
export interface PartitionParts {
  readonly broker: Broker;
  readonly copies: Copies;
  readonly env: StoreEnv;
  readonly partition: number;
  /** How far its journal is known to be confirmed. */
  readonly marks: Marks;
  /** The name of this ownership: no other one has had it. */
  readonly owner: string;
  /** A number that no owner before has had, as far as is known beside the journal. */
  readonly epoch: number;
  /** Whether this is still its newest ownership, as all others know it. */
  readonly vouch: () => Promise<boolean>;
  /** Once: it is owned no more. */
  readonly lost: (error: Error) => void;
  /** Ends the taking over; default never. */
  readonly signal?: AbortSignal;
}

/** An owned partition. */
export interface Owned {
  readonly store: DiskStore;
  /** Its own number, greater than that of any owner before. */
  readonly epoch: number;
  /** Resolves when the journal has taken one more record of this owner. @throws Error where it has not. */
  readonly prove: () => Promise<void>;
  /** Waits, not for long, until what was decided is written, and who asked for it is answered. */
  rest(): Promise<void>;
  /** Ends the store in order, with all else of this process: what was decided is written, and who waits is answered, at once where the broker is gone. */
  retire(): Promise<void>;
  /** Ends it in order: what was decided is written, and that this was all. */
  close(): Promise<void>;
  /** Ends it at once: another one owns it, or may. */
  abandon(): Promise<void>;
}

/** Most messages of one mailbox and priority, and of all together, that wait in memory. */
const WINDOW = { lane: 10_000, all: 20_000 };
/** How long an end in order waits for a broker that does not answer, in milliseconds. */
const PATIENCE = 3000;

/** Taking: one takeover, from the newest image on. */
export class Taking {
  readonly #parts: PartitionParts;
  readonly #from: From;

  constructor(parts: PartitionParts, from: From) {
    this.#parts = parts;
    this.#from = from;
  }

  async run(): Promise<Owned> {
    const { broker, copies, partition } = this.#parts;
    const images = new Images(broker, partition);
    let image = 0;
    const copy = await copies.make(async (path) => (image = await images.load(path)));
    let port: JournalPort | undefined;
    const failed = (error: unknown): void => {
      this.#parts.env.reports.emit({ type: "store.failed", step: "image", error });
      port?.look();
    };
    const space = new Space({ broker, partition, copy, images, image, failed });
    port = await this.#port(copy, space);
    try {
      const opened = await port.open(this.#parts.signal);
      await space.measure();
      return this.#owned(opened, port, copy, space);
    } catch (error) {
      port.resign();
      await copies.drop(copy);
      throw error;
    }
  }

  async #port(copy: Copy, space: Space): Promise<JournalPort> {
    const { broker, partition, owner, epoch, env, lost, marks, vouch } = this.#parts;
    const { limits } = broker.terms;
    const pen = new Pen(broker, partition, owner, (place) => marks.reached(partition, place), vouch);
    const replay = new Replay(broker, partition, await copy.place(), this.#from);
    return new JournalPort({ pen, replay, copy, limits, owner, epoch, clock: env.clock, space, lost });
  }

  #owned(opened: Opened, port: JournalPort, copy: Copy, space: Space): Owned {
    const { copies, broker } = this.#parts;
    const store = this.#store(opened, port, copy);
    store.regain(port.found);
    const end = async (): Promise<void> => {
      await store.close();
      await space.close();
      await copies.drop(copy);
    };
    const abandon = (): Promise<void> => {
      port.resign();
      return end();
    };
    let retiring: Promise<void> | undefined;
    // Once: what an ended store has in its memory is nothing to be carried on.
    const retire = (away?: Away): Promise<void> => (retiring ??= retired(store, port, away));
    const rest = async (): Promise<void> => void (await within(systemClock, PATIENCE, store.flushed(), true));
    const served = admitting(store, () => space.shortage);
    return {
      ...{ rest, epoch: opened.epoch },
      store: served,
      prove: () => port.prove(),
      retire: () => retire(broker.away),
      close: () => retire().then(end),
      abandon,
    };
  }

  #store(opened: Opened, port: JournalPort, copy: Copy): DiskStore {
    const { broker, env } = this.#parts;
    const { history, deadLetters, dedupe } = broker.terms.limits;
    let store: DiskStore | undefined;
    const wake = (): void => store?.wake();
    const journal = new Journal(port, env.clock, listener(env, deadLetters.count, wake));
    const level = { name: `nats ${broker.version}`, durable: true };
    const bounds = { history, deadLetters, dedupe };
    return (store = new DiskStore({
      ...{ env, port, journal, opened, level, bounds, dedupe, window: WINDOW },
      file: copy.path,
    }));
  }
}

/** The store ends, and answers what waits; without a broker it does so when it has waited long enough, or `away` says so. */
async function retired(store: DiskStore, port: JournalPort, away?: Away): Promise<void> {
  port.carry(store.carried());
  const desert = (): void => port.desert();
  const ends = [systemClock.after(PATIENCE, desert), away?.whenGone(PATIENCE, desert)];
  await store.close();
  for (const end of ends) end?.();
}

function listener({ reports }: StoreEnv, most: number, recovered: () => void): JournalListener {
  return {
    sickened: (error) => reports.emit({ type: "store.failed", step: "write", error }),
    recovered,
    discarded: (id, bound) => reports.emit({ type: "dead-letters.discarded", id, bound }),
    grew: (bytes) => reports.emit({ type: "store.log-grew", bytes }),
    filled: (count) => reports.emit({ type: "dead-letters.filled", count, most }),
  };
}
