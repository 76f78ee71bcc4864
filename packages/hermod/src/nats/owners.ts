/**
 * Owners: which processes are there, and which of them owns each partition, as a bucket of the cluster says. A process says again and again that
 * it is there; whoever has not heard of it for a lease, by its own clock, takes it for gone. Who really owns a partition is decided by its journal.
 */
import { Kvm, type KV, type KvWatchEntry } from "@nats-io/kv";
import { systemClock, type Cancel } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { REQUEST, type Broker } from "./connect.ts";
import { Marks } from "./marks.ts";
import { ownersBucket } from "./names.ts";
import { toTrouble } from "./trouble.ts";

/** Who owns a partition. */
export interface Seat {
  readonly process: string;
  /** Which of its ownerships this is: no other one has the name. */
  readonly name: string;
}

interface Member {
  /** When it came and when it was last heard of, by this process's monotonic clock. */
  readonly since: number;
  seen: number;
}

/** How often in a lease a process says that it is there. */
const RENEWALS = 3;
/** After how many leases it is forgotten that a process was there. */
const FORGOTTEN = 20;
/** Milliseconds between two tries to join. */
const AGAIN = 100;

export class Owners {
  /** This process. */
  readonly self: string;
  /** What all know of the journals. */
  readonly marks = new Marks();
  readonly #lease: number;
  readonly #kv: KV;
  readonly #changed: () => void;
  readonly #members = new Map<string, Member>();
  readonly #seats = new Map<number, { readonly seat: Seat | undefined; readonly revision: number }>();
  /** Since when no renewal has failed, and when the last one that succeeded was sent. */
  #wellSince = systemClock.monotonic();
  #renewed = 0;
  /** When this process last heard what it says itself. */
  #heard = systemClock.monotonic();
  readonly #known = Promise.withResolvers<true>();
  #isBeginning = false;
  #timer: Cancel | undefined;
  #stop: () => void = () => undefined;
  #isOver = false;

  private constructor(kv: KV, lease: number, self: string, changed: () => void) {
    this.#kv = kv;
    this.#lease = lease;
    this.self = self;
    this.#changed = changed;
  }

  /** Says that this process is there, and listens; `changed` is called whenever there is something to decide. */
  static async join(broker: Broker, self: string, changed: () => void): Promise<Owners> {
    const bucket = ownersBucket(broker.terms.namespace);
    const until = systemClock.monotonic() + broker.terms.timeout;
    for (;;) {
      try {
        return await Owners.#join(broker, bucket, self, changed);
      } catch (error) {
        const trouble = toTrouble(error, `bucket ${bucket}`);
        // A cluster takes a moment to choose who leads a new bucket: nobody answers until then.
        if (trouble.code !== "HERMOD_STORE" || systemClock.monotonic() > until) throw trouble;
        await new Promise<void>((resolve) => systemClock.after(AGAIN, resolve));
      }
    }
  }

  static async #join(broker: Broker, bucket: string, self: string, changed: () => void): Promise<Owners> {
    const { lease, replicas, timeout } = broker.terms;
    const kv = await new Kvm(broker.js).create(bucket, { replicas, timeout: lease, allow_direct: false });
    const owners = new Owners(kv, lease, self, changed);
    try {
      await owners.#renew();
      await owners.#listen();
      if (await within(systemClock, timeout, owners.#known.promise)) return owners;
      throw new HermodError("HERMOD_STORE", `bucket ${bucket}: what is said there is not heard`);
    } catch (error) {
      owners.#end();
      throw error;
    }
  }

  /** Something that all processes must agree on: what the first of them said. */
  async agreed(key: string, mine: string): Promise<string> {
    try {
      await this.#kv.create(key, mine);
      return mine;
    } catch (error) {
      const found = await this.#kv.get(key);
      if (found) return found.string();
      throw error;
    }
  }

  /** The processes that are there now, and since when this one has known them, by its monotonic clock. */
  members(): ReadonlyMap<string, number> {
    const now = systemClock.monotonic();
    const isThere = ([name, { seen }]: [string, Member]): boolean =>
      name === this.self || !this.#canJudge(now) || now - seen < this.#lease;
    return new Map([...this.#members].filter(isThere).map(([name, { since }]) => [name, since]));
  }

  /** Who owns a partition; undefined where nobody does. */
  seat(partition: number): Seat | undefined {
    return this.#seats.get(partition)?.seat;
  }

  /** True while others take this process for being there. */
  get isThere(): boolean {
    return !this.#isOver && systemClock.monotonic() - this.#renewed < this.#lease;
  }

  /** Takes a partition that nobody owns, or whose owner is gone; false when another process was first. */
  take(partition: number, name: string): Promise<boolean> {
    return this.#put(partition, { process: this.self, name });
  }

  /** Gives it up. */
  leave(partition: number): Promise<boolean> {
    return this.#put(partition, undefined);
  }

  /** Says that this process is gone, and what it knew. */
  async close(): Promise<void> {
    this.#end();
    await this.#kv.put(MARKS, this.marks.toText(), { timeout: this.#lease }).catch(() => undefined);
    await this.#kv.delete(memberKey(this.self)).catch(() => undefined);
  }

  #end(): void {
    this.#isOver = true;
    this.#timer?.();
    this.#stop();
  }

  async #put(partition: number, seat: Seat | undefined): Promise<boolean> {
    const revision = this.#seats.get(partition)?.revision ?? 0;
    try {
      const said = { previousSeq: revision, timeout: this.#lease };
      const now = await this.#kv.put(seatKey(partition), JSON.stringify(seat ?? null), said);
      this.#seats.set(partition, { seat, revision: now });
      this.#changed();
      return true;
    } catch {
      // Another one was first, or nobody answers. A watch may tell other revisions than those that count.
      await this.#ask(partition).catch(() => undefined);
      return false;
    }
  }

  /** What the leader of the bucket says. */
  async #ask(partition: number): Promise<void> {
    const entry = await this.#kv.get(seatKey(partition));
    if (entry) this.#seats.set(partition, { seat: seatOf(entry.value), revision: entry.revision });
  }

  // Being there

  async #renew(): Promise<void> {
    const sent = systemClock.monotonic();
    try {
      await this.#kv.put(memberKey(this.self), this.marks.toText(), { timeout: this.#lease });
      this.#renewed = sent;
    } catch (error) {
      this.#wellSince = Infinity;
      if (this.#timer === undefined) throw error;
    }
    if (this.#wellSince === Infinity && this.isThere) this.#wellSince = systemClock.monotonic();
    if (this.#isOver) return;
    if (systemClock.monotonic() - this.#heard >= this.#lease) void this.#listen().catch(() => undefined);
    await this.#clear();
    this.#timer = systemClock.after(this.#lease / RENEWALS, () => void this.#renew());
    this.#changed();
  }

  /** Nobody else takes back what those said who were killed. */
  async #clear(): Promise<void> {
    const now = systemClock.monotonic();
    if (!this.#canJudge(now)) return;
    for (const [name, { seen }] of this.#members)
      if (name !== this.self && now - seen > FORGOTTEN * this.#lease)
        await this.#kv.delete(memberKey(name)).catch(() => undefined);
  }

  /** Who was away itself, or hears nothing, cannot tell who else was. */
  #canJudge(now: number): boolean {
    return now - this.#wellSince >= this.#lease && now - this.#heard < this.#lease;
  }

  // Listening

  /**
   * Begins to listen, again where another watch was in vain: it hears what one of the servers has, which may lack the newest for a while or for ever. One
   * that has this process's own word has all before it.
   */
  async #listen(): Promise<void> {
    if (this.#isBeginning) return;
    this.#isBeginning = true;
    this.#stop();
    try {
      const watch = await within(systemClock, REQUEST, this.#kv.watch());
      if (watch === undefined) return;
      this.#stop = () => watch.stop();
      this.#heard = systemClock.monotonic();
      if (this.#isOver) return this.#stop();
      void this.#hear(watch);
    } finally {
      this.#isBeginning = false;
    }
  }

  async #hear(watch: AsyncIterable<KvWatchEntry>): Promise<void> {
    for await (const entry of watch) {
      this.#take(entry);
      this.#changed();
    }
  }

  #take({ key, operation, value, revision }: KvWatchEntry): void {
    const isGone = operation !== "PUT";
    const [kind, name = ""] = key.split(".");
    if (kind === "member") this.#see(name, isGone);
    if (!isGone && (kind === "member" || kind === MARKS)) this.marks.hear(new TextDecoder().decode(value));
    if (kind === "owner") this.#sit(Number(name), isGone ? undefined : value, revision);
  }

  #see(name: string, isGone: boolean): void {
    const now = systemClock.monotonic();
    if (name === this.self) {
      this.#heard = now;
      this.#known.resolve(true);
    }
    const member = this.#members.get(name);
    if (isGone) this.#members.delete(name);
    else if (member) member.seen = now;
    else this.#members.set(name, { since: now, seen: now });
  }

  #sit(partition: number, value: Uint8Array | undefined, revision: number): void {
    const known = this.#seats.get(partition);
    if (known && known.revision >= revision) return;
    this.#seats.set(partition, { seat: value && seatOf(value), revision });
  }
}

/** What those knew who are gone. */
const MARKS = "marks";

function seatOf(value: Uint8Array): Seat | undefined {
  return (JSON.parse(new TextDecoder().decode(value)) as Seat | null) ?? undefined;
}

function memberKey(name: string): string {
  return `member.${name}`;
}
function seatKey(partition: number): string {
  return `owner.${partition}`;
}
