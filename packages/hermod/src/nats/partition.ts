/** Partition: a store over one partition's journal, for the process that owns it. */
import type { StoreEnv } from "../core/store.ts";
import { Journal } from "../stores/sqlite/journal.ts";
import { DiskStore } from "../stores/sqlite/store.ts";
import type { Broker } from "./connect.ts";
import type { Copies } from "./copies.ts";
import { Pen } from "./pen.ts";
import { JournalPort } from "./port.ts";
import { Replay } from "./replay.ts";
import { openStream } from "./stream.ts";

/** What a partition is opened with. */
export interface PartitionParts {
  readonly broker: Broker;
  readonly copies: Copies;
  readonly env: StoreEnv;
  readonly partition: number;
  /** The name of this ownership: no other one has had it. */
  readonly owner: string;
  /** Once: it is owned no more. */
  readonly lost: (error: Error) => void;
  /** Ends the taking over; default never. */
  readonly signal?: AbortSignal;
}

/** An owned partition. */
export interface Owned {
  readonly store: DiskStore;
  /** Ends it in order: what was decided is written, and that this was all. */
  close(): Promise<void>;
  /** Ends it at once: another one owns it, or may. */
  abandon(): Promise<void>;
}

/** Most messages of one mailbox and priority, and of all together, that wait in memory. */
const WINDOW = { lane: 10_000, all: 20_000 };

/** Takes a partition over. @throws HermodError HERMOD_STORE_… naming what is wrong with its journal. */
export async function own(parts: PartitionParts): Promise<Owned> {
  const { broker, copies, env, partition, owner } = parts;
  const { limits } = broker.terms;
  await openStream(broker, partition);
  const copy = await copies.make();
  const pen = new Pen(broker, partition, owner);
  const replay = new Replay(broker, partition);
  const port = new JournalPort({ pen, replay, copy, limits, owner, clock: env.clock, lost: parts.lost });
  try {
    const opened = await port.open(parts.signal);
    let store: DiskStore | undefined;
    const journal = new Journal(
      port,
      env.clock,
      listener(env, limits.deadLetters.count, () => store?.wake()),
    );
    const level = { name: `nats ${broker.version}`, durable: true };
    const { history, deadLetters, dedupe } = limits;
    store = new DiskStore({
      ...{ env, port, journal, opened, level, window: WINDOW, dedupe },
      file: copy.path,
      bounds: { history, deadLetters, dedupe },
    });
    const held = store;
    return {
      store: held,
      close: async () => {
        await held.close();
        await copies.drop(copy);
      },
      abandon: async () => {
        port.resign();
        await held.close();
        await copies.drop(copy);
      },
    };
  } catch (error) {
    port.resign();
    await copies.drop(copy);
    throw error;
  }
}

function listener(
  { reports }: StoreEnv,
  most: number,
  recovered: () => void,
): ConstructorParameters<typeof Journal>[2] {
  return {
    sickened: (error) => reports.emit({ type: "store.failed", step: "write", error }),
    recovered,
    discarded: (id, bound) => reports.emit({ type: "dead-letters.discarded", id, bound }),
    grew: (bytes) => reports.emit({ type: "store.log-grew", bytes }),
    filled: (count) => reports.emit({ type: "dead-letters.filled", count, most }),
  };
}
