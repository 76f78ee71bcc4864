/** Roll: which processes were heard of, who owns each partition, and how far the journals are, as the bucket of the owners says. No effects. */
import type { KvWatchEntry } from "@nats-io/kv";
import { Marks } from "./marks.ts";

/** Who owns a partition. */
export interface Seat {
  readonly process: string;
  /** Which of its ownerships this is: no other one has the name. */
  readonly name: string;
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
  readonly #seats = new Map<number, { readonly seat: Seat | undefined; readonly revision: number }>();

  /** Takes what the bucket says, at this time. */
  hear({ key, operation, value, revision }: Entry, now: number): void {
    const isThere = operation === "PUT";
    const [kind, name = ""] = key.split(".");
    if (kind === "member") this.#see(name, isThere, now);
    if (isThere && (kind === "member" || kind === MARKS)) this.marks.hear(new TextDecoder().decode(value));
    if (kind !== "owner" || revision <= this.revision(Number(name))) return;
    this.sit(Number(name), isThere ? seatOf(value) : undefined, revision);
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

  sit(partition: number, seat: Seat | undefined, revision: number): void {
    this.#seats.set(partition, { seat, revision });
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

export function seatOf(value: Uint8Array): Seat | undefined {
  return (JSON.parse(new TextDecoder().decode(value)) as Seat | null) ?? undefined;
}
