/** Registry: the agents that run in this system, and the mailboxes that are pulled from. */
import type { Address } from "../core/address.ts";
import { HermodError } from "../core/errors.ts";
import type { Instance } from "./instance.ts";
import type { Mailbox } from "./mailbox.ts";
import type { AgentStatistics } from "./statistics.ts";
import type { Waits } from "./waits.ts";

/** Who serves which address here: one agent or one puller, never two. */
export class Registry {
  readonly #instances = new Map<string, Instance>();
  readonly #pulled = new Map<string, Pulled>();

  /** The agents that run. */
  get instances(): IterableIterator<Instance> {
    return this.#instances.values();
  }

  /** The waits of the mailboxes that are pulled from: what to end when the system closes. */
  get pulled(): IterableIterator<Waits> {
    return [...this.#pulled.values()].map(({ waits }) => waits).values();
  }

  get addresses(): Address[] {
    return [...this.#instances.keys(), ...this.#pulled.keys()] as Address[];
  }

  has(address: string): boolean {
    return this.#instances.has(address) || this.#pulled.has(address);
  }

  instance(address: string): Instance | undefined {
    return this.#instances.get(address);
  }

  mailbox(address: string): Mailbox | undefined {
    return this.#pulled.get(address)?.mailbox;
  }

  /** The numbers of whoever serves the address. */
  numbersOf(address: string): AgentStatistics | undefined {
    return this.#instances.get(address)?.statistics ?? this.#pulled.get(address)?.numbers;
  }

  add(instance: Instance): void {
    this.#instances.set(instance.address, instance);
  }

  addPulled(pulled: Pulled): void {
    this.#pulled.set(pulled.mailbox.address, pulled);
  }

  /** Takes a pulled mailbox out, and ends its waits. */
  removePulled(pulled: Pulled): void {
    const { address } = pulled.mailbox;
    pulled.waits.close();
    if (this.#pulled.get(address) === pulled) this.#pulled.delete(address);
  }

  /** Takes an agent out; false when it was out already. */
  remove(instance: Instance): boolean {
    return this.#instances.get(instance.address) === instance && this.#instances.delete(instance.address);
  }

  /** @throws HermodError HERMOD_DUPLICATE_AGENT when the address is served here already. */
  checkFree(address: Address): void {
    if (!this.has(address)) return;
    const how = this.#pulled.has(address) ? "is pulled from" : "runs already";
    throw new HermodError("HERMOD_DUPLICATE_AGENT", `"${address}" ${how} in this system`, {
      details: { address },
    });
  }
}

interface Pulled {
  readonly mailbox: Mailbox;
  readonly numbers: AgentStatistics;
  readonly waits: Waits;
}
