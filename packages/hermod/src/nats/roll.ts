/** Roll: which processes were heard of, who owns each partition, and how far the journals are, as the bucket of the owners says. No effects. */
import type { KvWatchEntry } from "@nats-io/kv";
import { Marks } from "./marks.ts";

/** Who owns a partition. */
export interface Seat {
  readonly process: string;
  /** Which of its ownerships this is: no other one has the name. */
  readonly name: string;
}

/** What was said of a partition's owner last: who it is, undefined for nobody, and how many there were, at least. */
export interface Turn {
  readonly seat: Seat | undefined;
  readonly epoch: number;
}

/** A process that has said that it is there: when it came and when it was last heard of, by this process's monotonic clock. */
export interface Member {
  readonly name: string;
  readonly since: number;
  readonly seen: number;
}

/** Whatever a bucket says under a key. */
export type Entry = Pick<KvWatchEntry, "key" | "operation" | "value" | "revision">;

export class Roll {
  readonly marks = new Marks();
  readonly #members = new Map<string, Member>();
  readonly #seats = new Map<number, Turn & { readonly revision: number }>();

  /** Takes what the bucket says, at this time. */
  hear({ key, operation, value, revision }: Entry, now: number): void {
    const isThere = operation === "PUT";
    const [kind, name = ""] = key.split(".");
    if (kind === "member") this.#see(name, isThere, now);
    if (isThere && (kind === "member" || kind === MARKS)) this.marks.hear(new TextDecoder().decode(value));
    if (kind !== "owner" || revision <= this.revision(Number(name))) return;
    this.sit(Number(name), isThere ? turnOf(value) : { seat: undefined, epoch: 0 }, revision);
  }

  /** The processes for which this is so, and when they came. */
  members(isWanted: (member: Member) => boolean): ReadonlyMap<string, number> {
    return new Map([...this.#members.values()].filter(isWanted).map(({ name, since }) => [name, since]));
  }

  seat(partition: number): Seat | undefined {
    return this.#seats.get(partition)?.seat;
  }

  /** The number of what was said of a partition's owner last; 0 for nothing. */
  revision(partition: number): number {
    return this.#seats.get(partition)?.revision ?? 0;
  }

  /** How many owners a partition has had, at least. */
  epoch(partition: number): number {
    return this.#seats.get(partition)?.epoch ?? 0;
  }

  /** What was said counts, but for fewer owners than were heard of. */
  sit(partition: number, { seat, epoch }: Turn, revision: number): void {
    this.#seats.set(partition, { seat, revision, epoch: Math.max(epoch, this.epoch(partition)) });
  }

  #see(name: string, isThere: boolean, now: number): void {
    if (!isThere) return void this.#members.delete(name);
    const since = this.#members.get(name)?.since ?? now;
    this.#members.set(name, { name, since, seen: now });
  }
}

/** What those knew who are gone. */
export const MARKS = "marks";

export function memberKey(name: string): string {
  return `member.${name}`;
}

export function seatKey(partition: number): string {
  return `owner.${partition}`;
}

/** As the bucket has it. */
export function toText({ seat, epoch }: Turn): string {
  return JSON.stringify({ ...seat, epoch });
}

export function turnOf(value: Uint8Array): Turn {
  const said = JSON.parse(new TextDecoder().decode(value)) as (Partial<Seat> & Partial<Turn>) | null;
  const { epoch = 0, ...seat } = said ?? {};
  return { epoch, seat: isSeat(seat) ? seat : undefined };
}

function isSeat(said: Partial<Seat>): said is Seat {
  return said.process !== undefined && said.name !== undefined;
}
