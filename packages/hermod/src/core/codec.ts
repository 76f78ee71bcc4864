/**
 * Payloads are plain data on every store: checked, measured, copied and frozen once at the send, so that memory, file and
 * network mean the same and no handler can change what another one, a retry or the history will see.
 */
import { show } from "./duration.ts";
import { HermodError, TooLargeError, describe } from "./errors.ts";

/** Bounds on one payload. */
export interface PayloadLimits {
  /** Size in characters of JSON text, bytes counted as base64; default 262,144. */
  readonly size: number;
  /** Levels of nesting; default 64. */
  readonly depth: number;
  /** Keys and list items in all; default 10,000. */
  readonly keys: number;
}

export const defaultLimits: PayloadLimits = Object.freeze({ size: 262_144, depth: 64, keys: 10_000 });

/** Copies payloads; `size` is that of the last copy. One per system, so that measuring allocates nothing. */
export class Copier {
  size = 0;
  #keys = 0;
  #trail: string[] | undefined;
  readonly #limits: PayloadLimits;
  readonly #what: string;

  constructor(limits: PayloadLimits = defaultLimits, what = "payload") {
    this.#limits = limits;
    this.#what = what;
  }

  /**
   * A frozen copy of plain data: text, finite numbers, booleans, null, lists, plain objects and Uint8Array.
   * @throws HermodError HERMOD_BAD_PAYLOAD for anything else, HERMOD_TOO_LARGE beyond a limit.
   */
  copy<T>(value: T): T {
    try {
      return this.#whole(value);
    } catch (error) {
      if (error instanceof HermodError) throw this.#located(error, value);
      throw new HermodError("HERMOD_BAD_PAYLOAD", `${this.#what} could not be read: ${describe(error)}`, {
        cause: error,
      });
    }
  }

  #whole<T>(value: T): T {
    this.size = 0;
    this.#keys = 0;
    const copy = value === undefined ? undefined : this.#any(value, 0);
    this.#count(0, 0);
    return copy as T;
  }

  /** The same error with the place of what was refused: the way there is noted in a second pass, since most copies succeed. */
  #located(error: HermodError, value: unknown): unknown {
    this.#trail = [];
    try {
      this.#whole(value);
      return error;
    } catch (located) {
      return located;
    } finally {
      this.#trail = undefined;
    }
  }

  #any(value: unknown, depth: number): unknown {
    switch (typeof value) {
      case "string":
        this.size += value.length + 2;
        return value;
      case "number":
        return this.#number(value, depth);
      case "boolean":
        this.size += 5;
        return value;
      case "object":
        return this.#object(value, depth);
      default:
        return this.#refuse(value, depth);
    }
  }

  #number(value: number, depth: number): number {
    if (!Number.isFinite(value)) this.#refuse(value, depth);
    this.size += 8;
    // JSON knows no negative zero.
    return value + 0;
  }

  #object(value: object | null, depth: number): unknown {
    if (value === null) {
      this.size += 4;
      return null;
    }
    if (depth >= this.#limits.depth) this.#tooMuch("depth", this.#limits.depth);
    if (Array.isArray(value)) return this.#list(value, depth + 1);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#record(value, depth + 1);
    if (value instanceof Uint8Array) return this.#bytes(value);
    return this.#refuse(value, depth);
  }

  #list(value: readonly unknown[], depth: number): unknown {
    this.#count(value.length, value.length + 2);
    const copy: unknown[] = [];
    for (let at = 0; at < value.length; at++) {
      if (this.#trail) this.#trail[depth - 1] = String(at);
      copy.push(this.#any(value[at], depth));
    }
    return Object.freeze(copy);
  }

  // No Object.hasOwn for each key: prototypes other than Object.prototype were refused, and that one has no enumerable keys.
  #record(value: object, depth: number): unknown {
    const copy: Record<string, unknown> = {};
    let keys = 0;
    let size = 2;
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      if (item === undefined) continue;
      if (++keys > this.#limits.keys) this.#tooMuch("keys", this.#limits.keys);
      if (this.#trail) this.#trail[depth - 1] = key;
      size += key.length + 4;
      if (key === "__proto__") put(copy, key, this.#any(item, depth));
      else copy[key] = this.#any(item, depth);
    }
    this.#count(keys, size);
    return Object.freeze(copy);
  }

  #bytes(value: Uint8Array): Uint8Array {
    this.#count(0, Math.ceil(value.byteLength / 3) * 4);
    return new Uint8Array(value);
  }

  /** Once for each object and list: a limit is passed by at most one of them before it is noticed. */
  #count(keys: number, size: number): void {
    this.#keys += keys;
    this.size += size;
    if (this.#keys > this.#limits.keys) this.#tooMuch("keys", this.#limits.keys);
    if (this.size > this.#limits.size) this.#tooMuch("size", this.#limits.size);
  }

  #tooMuch(limit: keyof PayloadLimits, most: number): never {
    const unit = { size: "characters of JSON", depth: "levels", keys: "keys and items" }[limit];
    throw new TooLargeError(`${this.#what} has more than ${most} ${unit}, the limit of ${limit}`, {
      details: { limit, value: most },
      ...(limit === "depth" && { hint: "Flatten the data; a cycle is endless depth." }),
    });
  }

  #refuse(value: unknown, depth: number): never {
    const type = typeof value === "object" ? (value?.constructor?.name ?? "object") : typeof value;
    const path = ["$", ...(this.#trail ?? []).slice(0, depth)].join(".");
    throw new HermodError(
      "HERMOD_BAD_PAYLOAD",
      `${this.#what} holds ${describeType(value, type)} at ${path}, which is not plain data`,
      {
        details: { type, path },
      },
    );
  }
}

/** The size of plain data as a copier measures it, in characters of JSON text, bytes counted as base64. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length + 2;
  if (typeof value === "number") return 8;
  if (typeof value === "boolean") return 5;
  if (typeof value !== "object" || value === null) return 4;
  if (value instanceof Uint8Array) return Math.ceil(value.byteLength / 3) * 4;
  let size = 2;
  if (Array.isArray(value)) for (const item of value) size += 1 + sizeOf(item);
  else
    for (const key in value) {
      const item = (value as Record<string, unknown>)[key];
      if (item !== undefined) size += key.length + 4 + sizeOf(item);
    }
  return size;
}

function describeType(value: unknown, type: string): string {
  if (typeof value === "number" || value === undefined) return String(value);
  return typeof value === "object" || typeof value === "function"
    ? `a ${type}`
    : `a ${type} (${show(value)})`;
}

/** Sets a key as plain data, also one named `__proto__`, which an assignment would take for the prototype. */
function put(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true });
}

/** Marks bytes in JSON text: `{"$bytes": "<base64>"}`; a user's own single key of that form gets one more `$`. */
const BYTES = /^\$+bytes$/;

// Node 24 has no Uint8Array.prototype.toBase64 yet; btoa is on every platform.
function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function encode(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? encodeBytes(_key, value) : renamed(value, (key) => `$${key}`);
}

function encodeBytes(_key: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { $bytes: toBase64(value) } : value;
}

function decode(_key: string, value: unknown): unknown {
  if (typeof value === "object" && value !== null && "$bytes" in value && Object.keys(value).length === 1) {
    return fromBase64(String(value.$bytes));
  }
  return renamed(value, (key) => key.slice(1));
}

function renamed(value: unknown, rename: (key: string) => string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const [key, ...more] = Object.keys(value);
  if (key === undefined || more.length > 0 || !BYTES.test(key)) return value;
  return { [rename(key)]: (value as Record<string, unknown>)[key] };
}

/** Plain data as JSON text; bytes survive. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, encode) ?? "null";
}

/**
 * Plain data from JSON text that `toJson` wrote.
 * @throws HermodError HERMOD_BAD_PAYLOAD for text that is no JSON.
 */
export function fromJson(text: string): unknown {
  try {
    return JSON.parse(text, decode);
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_PAYLOAD", `text is no JSON: ${describe(cause)}`, { cause });
  }
}

const unlimited = new Copier({ size: Infinity, depth: Infinity, keys: Infinity });

/**
 * Plain data as it was before `toJson`, from JSON that somebody has parsed already; bytes that are still bytes stay so.
 * @throws HermodError HERMOD_BAD_PAYLOAD for anything that is not plain data.
 */
export function revive(value: unknown): unknown {
  return value === undefined ? undefined : fromJson(JSON.stringify(unlimited.copy(value), encodeBytes));
}
