/** Standing: which processes are there and who owns each partition, as the bucket of the owners says it to a test that waits for it. */
import { Kvm, type KvWatchEntry } from "@nats-io/kv";
import { connect, type Broker } from "./connect.ts";
import { ownersBucket } from "./names.ts";
import { toTerms, type NatsOptions } from "./options.ts";
import type { Seat } from "./roll.ts";
import { bestOwner } from "./spread/partitions.ts";

export { partitionOfText } from "./spread/partitions.ts";

export class Standing {
  readonly members = new Set<string>();
  readonly #seats = new Map<number, Seat | undefined>();
  readonly #broker: Broker;
  readonly #stop: () => void;
  #changed = Promise.withResolvers<void>();

  private constructor(broker: Broker, watch: AsyncIterable<KvWatchEntry> & { stop(): void }) {
    this.#broker = broker;
    this.#stop = () => watch.stop();
    void this.#hear(watch);
  }

  /** Of a namespace that some process has joined. */
  static async watch(options: NatsOptions): Promise<Standing> {
    const broker = await connect(toTerms(options));
    const kv = await new Kvm(broker.js).open(ownersBucket(broker.terms.namespace));
    return new Standing(broker, await kv.watch());
  }

  /** Who owns a partition. */
  seatOf(partition: number): Seat | undefined {
    return this.#seats.get(partition);
  }

  /** Fulfilled when so many processes are there, and each partition is owned by the one whose turn it is. */
  async rest(processes: number, partitions: number): Promise<void> {
    await this.until(() => {
      const numbers = Array.from({ length: partitions }, (_, number) => number);
      const isSeated = (number: number): boolean =>
        this.seatOf(number)?.process === bestOwner(number, [...this.members]);
      return this.members.size === processes && numbers.every(isSeated);
    });
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.#changed.promise;
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#broker.close();
  }

  async #hear(watch: AsyncIterable<KvWatchEntry>): Promise<void> {
    for await (const entry of watch) {
      this.#take(entry);
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  #take(entry: KvWatchEntry): void {
    const [kind, name = ""] = entry.key.split(".");
    const isGone = entry.operation !== "PUT";
    if (kind === "owner") this.#seats.set(Number(name), isGone ? undefined : seatIn(entry));
    if (kind !== "member") return;
    if (isGone) this.members.delete(name);
    else this.members.add(name);
  }
}

function seatIn(entry: KvWatchEntry): Seat | undefined {
  return entry.json<Seat | null>() ?? undefined;
}
