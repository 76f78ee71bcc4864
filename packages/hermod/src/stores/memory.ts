/**
 * The memory store: the reference that every other store is compared with. It keeps everything in this process, forgets it
 * when the process ends, and answers without promises.
 */
import { toMs, type Duration } from "../core/duration.ts";
import { checkOptions, wholeNumber } from "../core/options.ts";
import type { OpenStore } from "../core/store.ts";
import type { GraveyardBounds } from "./memory/graveyard.ts";
import type { Retention } from "./memory/history.ts";
import type { MemoryLimits } from "./memory/shelf.ts";
import { MemoryStore } from "./memory/store.ts";

/** Options of the memory store. */
export interface MemoryOptions {
  /**
   * Bounds of the message history; default 10,000 messages and 64 MiB. `false` keeps none. Parts are kept of as many messages,
   * and spending of as many conversations, as `count` says, but never of fewer than 10,000; those used longest ago go first. All parts together have
   * 64 MiB: those of ended messages make room, and what finds none is refused.
   */
  readonly history?: false | { readonly count?: number; readonly bytes?: number };
  /** Most payload that waits in all mailboxes together, in the codec's measure; default 268,435,456 (256 MiB). */
  readonly budget?: number;
  /**
   * How long a repeated idempotency key is recognised, and a repeated id where the history does not hold it longer; default
   * "5m". Memory follows from it: a fingerprint for each send with a key, or with an id of its own, in that time.
   */
  readonly dedupe?: Duration;
  /** Bounds of the dead letters: most of them (default 10,000) and how long they are kept (default "30d"). What goes is reported. */
  readonly deadLetters?: { readonly count?: number; readonly age?: Duration };
}

const MIB = 2 ** 20;

/**
 * A store in this process's memory: the default of `start`.
 * @throws HermodError HERMOD_BAD_OPTION naming the option.
 */
export function memory(options: MemoryOptions = {}): OpenStore {
  const limits = toLimits(options);
  return (env) => new MemoryStore(env, limits);
}

function toLimits(options: MemoryOptions): MemoryLimits {
  checkOptions("memory", options, ["history", "budget", "dedupe", "deadLetters"]);
  const { history = {}, budget = 256 * MIB, dedupe = "5m", deadLetters = {} } = options;
  return {
    history: toRetention(history),
    budget: wholeNumber("memory.budget", budget, 1),
    dedupe: toMs(dedupe, "memory.dedupe"),
    deadLetters: toBounds(deadLetters),
  };
}

function toBounds(deadLetters: { readonly count?: number; readonly age?: Duration }): GraveyardBounds {
  checkOptions("memory.deadLetters", deadLetters, ["count", "age"]);
  const { count = 10_000, age = "30d" } = deadLetters;
  return {
    count: wholeNumber("memory.deadLetters.count", count, 1),
    age: toMs(age, "memory.deadLetters.age"),
  };
}

function toRetention(history: false | { readonly count?: number; readonly bytes?: number }): Retention {
  if (history === false) return { count: 0, bytes: 0 };
  checkOptions("memory.history", history, ["count", "bytes"]);
  const { count = 10_000, bytes = 64 * MIB } = history;
  return {
    count: wholeNumber("memory.history.count", count, 1),
    bytes: wholeNumber("memory.history.bytes", bytes, 1),
  };
}
