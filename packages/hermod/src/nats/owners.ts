/**
 * Owners: which processes are there, and which of them owns each partition, as a bucket of the cluster says. A process says again and again that
 * it is there; whoever has not heard of it for a lease, by its own clock, takes it for gone. Who really owns a partition is decided by its journal.
 */
import { Kvm, type KV, type KvWatchEntry } from "@nats-io/kv";
import { systemClock, type Cancel } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { again } from "./again.ts";
import type { Away } from "./away.ts";
import { REQUEST, type Broker } from "./connect.ts";
import type { Marks } from "./marks.ts";
import { ownersBucket } from "./names.ts";
import { MARKS, memberKey, Roll, seatKey, toText, turnOf, type Seat, type Turn } from "./roll.ts";
import { passes, toTrouble } from "./trouble.ts";

/** How often in a lease a process says that it is there. */
const RENEWALS = 3;
/** Milliseconds between two tries to confirm. */
const AGAIN = 100;
/** After how many leases it is forgotten that a process was there. */
const FORGOTTEN = 20;

export class Owners {
  /** This process. */
  readonly self: string;
  readonly #roll = new Roll();
  readonly #lease: number;
  readonly #kv: KV;
  readonly #changed: () => void;
  readonly #away: Away;
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

  private constructor(kv: KV, { terms, away }: Broker, self: string, changed: () => void) {
    this.#kv = kv;
    this.#away = away;
    this.#lease = terms.lease;
    this.self = self;
    this.#changed = changed;
  }

  /** Says that this process is there, and listens; `changed` is called whenever there is something to decide. */
  static async join(broker: Broker, self: string, changed: () => void): Promise<Owners> {
    const bucket = ownersBucket(broker.terms.namespace);
    const join = (): Promise<Owners> =>
      Owners.#join(broker, bucket, self, changed).catch((error: unknown) => {
        throw toTrouble(error, `bucket ${bucket}`);
      });
    // A cluster takes a moment to choose who leads a new bucket: nobody answers until then.
    return again(systemClock.monotonic() + broker.terms.timeout, passes, join);
  }

  static async #join(broker: Broker, bucket: string, self: string, changed: () => void): Promise<Owners> {
    const { lease, replicas, timeout } = broker.terms;
    const kv = await new Kvm(broker.js).create(bucket, { replicas, timeout: lease, allow_direct: false });
    const owners = new Owners(kv, broker, self, changed);
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
    return this.#roll.members(
      ({ name, seen }) => name === this.self || !this.#canJudge(now) || now - seen < this.#lease,
    );
  }

  /** Who owns a partition; undefined where nobody does. */
  seat(partition: number): Seat | undefined {
    return this.#roll.seat(partition);
  }

  /** What all know of the journals. */
  get marks(): Marks {
    return this.#roll.marks;
  }

  /** True while others take this process for being there. */
  get isThere(): boolean {
    return !this.#isOver && systemClock.monotonic() - this.#renewed < this.#lease;
  }

  /**
   * Takes a partition that nobody owns, or whose owner is gone; answers its epoch, greater than that of any owner before and `above` this, or undefined when
   * another process was first. It stands beside the journal, which servers may forget the end of: two owners must never count from the same number.
   */
  async take(partition: number, name: string, above = 0): Promise<number | undefined> {
    const epoch = Math.max(this.#roll.epoch(partition), above) + 1;
    const isMine = await this.#put(partition, { seat: { process: this.self, name }, epoch });
    return isMine ? epoch : undefined;
  }

  /** Says again who owns a partition: true once more than half of the servers have taken it, false where another one has taken the partition since. */
  async confirm(partition: number, name: string): Promise<boolean> {
    while (!this.#isOver && this.seat(partition)?.name === name) {
      const turn = { seat: { process: this.self, name }, epoch: this.#roll.epoch(partition) };
      if (await this.#put(partition, turn)) return true;
      await new Promise<void>((resolve) => systemClock.after(AGAIN, resolve));
    }
    return false;
  }

  /** Gives it up, where anybody can hear it. */
  async leave(partition: number): Promise<void> {
    const epoch = this.#roll.epoch(partition);
    await this.#away.reached(() => this.#put(partition, { seat: undefined, epoch }));
  }

  /** Asks the leader of the bucket who owns a partition. A watch tells what one server has, which may lack a change that is behind it for all others. */
  async ask(partition: number): Promise<void> {
    const before = this.#roll.revision(partition);
    await this.#ask(partition).catch(() => undefined);
    if (this.#roll.revision(partition) !== before) this.#changed();
  }

  /** Says that this process is gone, and what it knew: without the broker others find out by themselves. */
  async close(): Promise<void> {
    this.#end();
    await this.#away.reached(() => this.#say());
  }

  async #say(): Promise<void> {
    await this.#kv.put(MARKS, this.marks.toText(), { timeout: this.#lease }).catch(() => undefined);
    await this.#kv.delete(memberKey(this.self)).catch(() => undefined);
  }

  #end(): void {
    this.#isOver = true;
    this.#timer?.();
    this.#stop();
  }

  async #put(partition: number, turn: Turn): Promise<boolean> {
    try {
      const said = { previousSeq: this.#roll.revision(partition), timeout: this.#lease };
      const now = await this.#kv.put(seatKey(partition), toText(turn), said);
      this.#roll.sit(partition, turn, now);
      this.#changed();
      return true;
    } catch {
      // Another one was first, or nobody answers. A watch may tell other revisions than those that count.
      await this.#ask(partition).catch(() => undefined);
      return false;
    }
  }

  /** What the leader of the bucket says, unless something else was heard meanwhile. */
  async #ask(partition: number): Promise<void> {
    const before = this.#roll.revision(partition);
    const entry = await this.#kv.get(seatKey(partition));
    if (entry && this.#roll.revision(partition) === before)
      this.#roll.sit(partition, turnOf(entry.value), entry.revision);
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
    for (const name of this.#roll.members(({ seen }) => now - seen > FORGOTTEN * this.#lease).keys())
      if (name !== this.self) await this.#kv.delete(memberKey(name)).catch(() => undefined);
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
      const now = systemClock.monotonic();
      this.#roll.hear(entry, now);
      if (entry.key === memberKey(this.self)) this.#heardSelf(now);
      this.#changed();
    }
  }

  #heardSelf(now: number): void {
    this.#heard = now;
    this.#known.resolve(true);
  }
}
