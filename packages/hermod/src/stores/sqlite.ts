/**
 * The durable store: a SQLite file beside the process. What is confirmed is synced to the disk before; agents, meaning and laws
 * are those of every other store.
 */
import { toMs, type Duration } from "../core/duration.ts";
import { aFlag, checkOptions, wholeNumber } from "../core/options.ts";
import { HermodError } from "../core/errors.ts";
import type { OpenStore, StoreEnv } from "../core/store.ts";
import type { FileOptions } from "./sqlite/file.ts";
import { Journal, type JournalListener } from "./sqlite/journal.ts";
import { aPath, realPath } from "./sqlite/place.ts";
import { inline, threads } from "./sqlite/port.ts";
import { DiskStore } from "./sqlite/store.ts";

export * from "./sqlite/moves.ts";

/** Options of the durable store. */
export interface SqliteOptions {
  /**
   * "durable" (default): a confirmed send survives a power failure. "fast": it survives the end of the process, but the last
   * confirmed ones before a power failure may be lost; each start says so with the process warning HERMOD_STORE_FAST.
   */
  readonly durability?: "durable" | "fast";
  /** How long an idempotency key is recognised; default "5m". An id is recognised as long as its message is kept, and so long at least. */
  readonly dedupe?: Duration;
  /** Bounds of the message history; default "30d", 10,000,000 messages and 16 GiB. What waits and dead letters are never pruned. */
  readonly history?: { readonly age?: Duration; readonly count?: number; readonly bytes?: number };
  /** Bounds of the dead letters: most of them (default 10,000) and how long they are kept (default "30d"). What goes is reported. */
  readonly deadLetters?: { readonly count?: number; readonly age?: Duration };
  /** How long to wait for another process that has the file open; default "5s". */
  readonly openTimeout?: Duration;
  /** Most messages of one mailbox and priority (default 10,000), and of all together (default 20,000), that wait in memory; the rest waits in the file. */
  readonly window?: { readonly lane?: number; readonly all?: number };
  /** `false` works in this thread, for tests whose order a test clock decides; default true. */
  readonly thread?: boolean;
}

const GIB = 2 ** 30;

/**
 * A store in the file at `path`, which is made when it is missing. One process may have it open.
 * @throws HermodError HERMOD_BAD_OPTION naming the option; the open store rejects with HERMOD_STORE_… naming what is wrong with the file.
 */
export function sqlite(path: string, options: SqliteOptions = {}): OpenStore {
  const names = ["durability", "dedupe", "history", "deadLetters", "openTimeout", "window", "thread"];
  checkOptions("sqlite", options, names);
  const file = toFile(path, options);
  const { thread = true } = options;
  aFlag("sqlite.thread", thread);
  const window = toWindow(options.window);
  return (env) => open(env, file, window, thread);
}

async function open(
  env: StoreEnv,
  file: FileOptions,
  window: { readonly lane: number; readonly all: number },
  thread: boolean,
): Promise<DiskStore> {
  const port = thread ? threads(file, env.clock) : inline(file, env.clock);
  try {
    const opened = await port.open();
    let store: DiskStore | undefined;
    const journal = new Journal(
      port,
      env.clock,
      listener(env, file, () => store?.wake()),
    );
    const level = { name: file.durability === "fast" ? "sqlite (fast)" : "sqlite", durable: true };
    const { history, deadLetters, dedupe } = file;
    const place = { level, file: realPath(file.path), bounds: { history, deadLetters, dedupe } };
    store = new DiskStore({ env, port, journal, opened, ...place, window, dedupe: file.dedupe });
    if (file.durability === "fast") warn(file.path);
    return store;
  } catch (error) {
    await port.close().catch(() => undefined);
    throw error;
  }
}

/** Whoever chose less than the default reads at each start what that may cost. */
function warn(path: string): void {
  process.emitWarning(
    `${path} is kept with durability "fast": after a power failure the last confirmed messages and acks may be missing. ` +
      `Leave the option out where none may be.`,
    { type: "HermodWarning", code: "HERMOD_STORE_FAST" },
  );
}

function listener(
  { reports }: StoreEnv,
  { deadLetters }: FileOptions,
  recovered: () => void,
): JournalListener {
  return {
    sickened: (error) => reports.emit({ type: "store.failed", step: "write", error }),
    recovered,
    discarded: (id, bound) => reports.emit({ type: "dead-letters.discarded", id, bound }),
    grew: (bytes) => reports.emit({ type: "store.log-grew", bytes }),
    filled: (count) => reports.emit({ type: "dead-letters.filled", count, most: deadLetters.count }),
  };
}

function toFile(path: string, options: SqliteOptions): FileOptions {
  const {
    durability = "durable",
    dedupe = "5m",
    history = {},
    deadLetters = {},
    openTimeout = "5s",
  } = options;
  if (durability !== "durable" && durability !== "fast")
    throw new HermodError("HERMOD_BAD_OPTION", `sqlite.durability must be "durable" or "fast"`);
  checkOptions("sqlite.history", history, ["age", "count", "bytes"]);
  checkOptions("sqlite.deadLetters", deadLetters, ["count", "age"]);
  return {
    path: aPath("sqlite", path),
    durability,
    dedupe: toMs(dedupe, "sqlite.dedupe"),
    history: {
      age: toMs(history.age ?? "30d", "sqlite.history.age"),
      count: wholeNumber("sqlite.history.count", history.count ?? 10_000_000, 1),
      bytes: wholeNumber("sqlite.history.bytes", history.bytes ?? 16 * GIB, 1),
    },
    deadLetters: {
      count: wholeNumber("sqlite.deadLetters.count", deadLetters.count ?? 10_000, 1),
      age: toMs(deadLetters.age ?? "30d", "sqlite.deadLetters.age"),
    },
    openTimeout: toMs(openTimeout, "sqlite.openTimeout"),
  };
}

function toWindow(window: NonNullable<SqliteOptions["window"]> = {}): {
  readonly lane: number;
  readonly all: number;
} {
  checkOptions("sqlite.window", window, ["lane", "all"]);
  return {
    lane: wholeNumber("sqlite.window.lane", window.lane ?? 10_000, 1),
    all: wholeNumber("sqlite.window.all", window.all ?? 20_000, 1),
  };
}
