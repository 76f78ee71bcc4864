/** Names: how evenly the partitions of the NATS store take names, and the processes partitions: no server, only what is computed from names. */
import { bestOwner, partitionOfText } from "../../packages/hermod/src/nats/spread/partitions.ts";
import { median } from "../measure.ts";

/** How one shape of names falls on so many partitions. */
export interface Evenness {
  readonly shape: string;
  readonly names: number;
  readonly partitions: number;
  /** Names of the fullest partition over the mean; `fair`: what a fair draw of as many names gives about. */
  readonly most: number;
  readonly fair: number;
}

/** What becomes of the partitions as a process comes or goes, means over draws of their names. */
export interface Seats {
  readonly processes: number;
  readonly partitions: number;
  /** Partitions of the process that owns most, over the mean. */
  readonly most: number;
  /** Share of the partitions that move when one more comes, and when one goes; ideally 1 / (n + 1) and 1 / n. */
  readonly comes: number;
  readonly goes: number;
  /** Of those that move, how many did not have to: always 0. */
  readonly needless: number;
}

const PARTITIONS = [16, 64, 1024] as const;
const MOST = 1024;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";

const hex = (value: number, digits: number): string => (value >>> 0).toString(16).padStart(digits, "0");

/** Like a UUIDv7: a time that hardly moves, and bits that look random; a different one for each number. */
function uuidLike(at: number): string {
  const bits = Math.imul(at + 1, 0x9e3779b9);
  const time = hex(Math.floor(at / 1000), 8);
  return `0193${time.slice(0, 4)}-${time.slice(4)}-7${hex(bits >>> 20, 3)}-8${hex(at % 1000, 3)}-${hex(bits, 8)}0a1b`;
}

/** Equal names but for a few letters in the middle. */
function lettered(at: number): string {
  const letters = [1, 26, 676, 17_576, 456_976].map((unit) => LETTERS[Math.floor(at / unit) % 26]);
  return `team-of-${letters.join("")}-writers`;
}

/** The shapes that names have, of which no two are alike within 11 million. */
export const shapes: Readonly<Record<string, (at: number) => string>> = {
  "agent-1234567": (at) => `agent-${at}`,
  "uuid-like": uuidLike,
  "team/123/worker:4567": (at) => `team/${at % 1000}/worker:${Math.floor(at / 1000)}`,
  "letters in the middle": lettered,
};

/** How evenly so many names of each shape fall. */
export function evenness(names: number): readonly Evenness[] {
  return Object.entries(shapes).flatMap(([shape, nameAt]) => {
    const counts = new Uint32Array(MOST);
    for (let at = 0; at < names; at++) counts[partitionOfText(nameAt(at), MOST)]!++;
    return PARTITIONS.map((partitions) => ({
      ...{ shape, names, partitions, fair: fairMost(names / partitions, partitions) },
      most: mostOf(folded(counts, partitions)),
    }));
  });
}

/** A number modulo 16 is that of itself modulo 1024, so one count serves all. */
function folded(counts: Uint32Array, partitions: number): readonly number[] {
  const all = new Array<number>(partitions).fill(0);
  for (const [at, count] of counts.entries()) all[at % partitions]! += count;
  return all;
}

const mostOf = (counts: readonly number[]): number =>
  Math.max(...counts) / (counts.reduce((sum, count) => sum + count, 0) / counts.length);

/** The fullest of `n` fair draws of this mean lies some √(2 ln n) deviations above it. */
const fairMost = (mean: number, n: number): number => 1 + Math.sqrt((2 * Math.log(n)) / mean);

/** How the partitions lie on so many processes. */
export function seats(processes: number, partitions: number, draws: number): Seats {
  const all = Array.from({ length: draws }, (_, draw) => drawn(processes, partitions, draw));
  const of = (name: keyof Seats): number => all.reduce((sum, each) => sum + each[name], 0) / draws;
  return {
    processes,
    partitions,
    most: of("most"),
    comes: of("comes"),
    goes: of("goes"),
    needless: of("needless"),
  };
}

/** One draw: the names of processes are as random as `nuid` makes them. */
function drawn(processes: number, partitions: number, draw: number): Seats {
  const members = Array.from({ length: processes }, (_, at) => uuidLike(draw * 1000 + at));
  const [last, late] = [members.at(-1) as string, uuidLike(draw * 1000 + 999)];
  const ownersOf = (of: readonly string[]): readonly (string | undefined)[] =>
    Array.from({ length: partitions }, (_, at) => bestOwner(at, of));
  const [now, more, fewer] = [
    ownersOf(members),
    ownersOf([...members, late]),
    ownersOf(members.slice(0, -1)),
  ];
  const share = (isOne: (at: number) => boolean): number =>
    now.filter((_, at) => isOne(at)).length / partitions;
  const counts = members.map((member) => now.filter((owner) => owner === member).length);
  return {
    ...{ processes, partitions, most: mostOf(counts) },
    comes: share((at) => more[at] !== now[at]),
    goes: share((at) => fewer[at] !== now[at]),
    needless: share(
      (at) => (more[at] !== now[at] && more[at] !== late) || (fewer[at] !== now[at] && now[at] !== last),
    ),
  };
}

/** Time of finding a name's partition, over that of finding it in a Map of 100,000 names. */
export function hashing(names: number): number {
  const known = Array.from({ length: 100_000 }, (_, at) =>
    (shapes["agent-1234567"] as (at: number) => string)(at),
  );
  const map = new Map(known.map((name, at) => [name, at]));
  const timed = (of: (name: string) => number): number => {
    const begun = performance.now();
    let sum = 0;
    for (let at = 0; at < names; at++) sum += of(known[at % known.length] as string);
    // A sum that nobody reads need not be computed.
    return sum >= 0 ? performance.now() - begun : 0;
  };
  const rounds = Array.from(
    { length: 5 },
    () => timed((name) => partitionOfText(name, 16)) / timed((name) => map.get(name) as number),
  );
  return median(rounds);
}
