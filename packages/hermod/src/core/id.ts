/**
 * Ids: UUIDv7 (RFC 9562, 5.7) of time, a counter and randomness drawn once per source. Drawing and formatting randomness
 * for each message would cost more than storing it (97 ns against 12 ns); one string concatenation is what remains.
 */

/** A number in [0, 1), as `Math.random` gives. */
export type Random = () => number;

/** Draws ids that grow with time and never repeat within one source. */
export interface IdSource {
  /** A fresh id for the given time in UTC milliseconds. */
  next(now: number): string;
}

const words = new Uint32Array(2);

/** Randomness of the platform: 53 bits a draw. */
export const systemRandom: Random = () => {
  globalThis.crypto.getRandomValues(words);
  return ((words[0] as number) * 2 ** 21 + ((words[1] as number) >>> 11)) / 2 ** 53;
};

const PER_MS = 4096;

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** So many random digits. */
export function randomHex(random: Random, digits: number): string {
  let text = "";
  while (text.length < digits) text += hex(Math.floor(random() * 0x1_0000), 4);
  return text.slice(0, digits);
}

/** An id source whose boot randomness comes from `random`; the same randomness and times give the same ids. */
export function createIds(random: Random = systemRandom): IdSource {
  const variant = "89ab"[Math.floor(random() * 4)] as string;
  const boot = `-${variant}${randomHex(random, 3)}-${randomHex(random, 12)}`;
  const tails: string[] = [];
  let millisecond = 0;
  let counter = 0;
  let prefix = "";
  const enter = (ms: number): void => {
    millisecond = ms;
    counter = 0;
    const time = hex(ms, 12);
    prefix = `${time.slice(0, 8)}-${time.slice(8)}-7`;
  };
  enter(0);
  return {
    // A clock that steps back, or 4,096 ids in one millisecond, borrows from the next millisecond: order is kept.
    next(now) {
      if (now >= millisecond + 1) enter(Math.floor(now));
      else if (counter === PER_MS) enter(millisecond + 1);
      const tail = (tails[counter] ??= hex(counter, 3) + boot);
      counter++;
      return prefix + tail;
    },
  };
}

/** Spreads each bit of a 32-bit hash over all of them; different hashes stay different. */
export function mix(hash: number): number {
  let h = hash ^ (hash >>> 16);
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A 128-bit hash of a text as 32 hex digits; spreads well, but is no protection against forgery. */
export function digest(text: string): string {
  const lanes = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0x452821e6];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    for (let lane = 0; lane < 4; lane++) {
      const before = lanes[(lane + 3) % 4] as number;
      lanes[lane] =
        Math.imul((lanes[lane] as number) ^ code ^ (before >>> 15), 0x01000193 + lane * 0x2a) >>> 0;
    }
  }
  return lanes.map((lane, at) => hex(mix(lane ^ (text.length + at)), 8)).join("");
}

/**
 * The id that belongs to these parts: the same parts always give the same id (UUIDv8, RFC 9562, 5.8). It begins with a time
 * that its source knows, since ids that scatter over an index make a disk slower by the factor 3 to 9.
 */
export function derivedId(time: number, ...parts: readonly (string | number)[]): string {
  const at = hex(time, 12);
  const text = digest([time, ...parts].join("\u0000"));
  return `${at.slice(0, 8)}-${at.slice(8)}-8${text.slice(13, 16)}-a${text.slice(17, 20)}-${text.slice(20)}`;
}
