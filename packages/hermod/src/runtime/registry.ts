/** Registry: who serves which address in this system: an agent, the members of a pool, or a puller. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import { HermodError } from "../core/errors.ts";
import type { MailboxRule } from "../core/store.ts";
import type { Instance } from "./instance.ts";
import type { Mailbox } from "./mailbox.ts";
import type { PoolLine } from "./poolline.ts";
import type { AgentStatistics } from "./statistics.ts";
import type { Waits } from "./waits.ts";

/** Each name is taken once: by an agent, a member, a pool, a supervisor or a puller. */
export class Registry {
  readonly #instances = new Map<string, Instance>();
  readonly #lines = new Map<string, PoolLine>();
  readonly #pulled = new Map<string, Pulled>();
  /** Names that are kept while what bears them is started again; supervisors have nothing but their names. */
  readonly #reserved = new Set<string>();

  /** The agents that run, members of pools among them. */
  get instances(): IterableIterator<Instance> {
    return this.#instances.values();
  }

  get lines(): IterableIterator<PoolLine> {
    return this.#lines.values();
  }

  /** The waits of the mailboxes that are pulled from: what to end when the system closes. */
  get pulled(): IterableIterator<Waits> {
    return [...this.#pulled.values()].map(({ waits }) => waits).values();
  }

  /** All addresses that messages can be sent to. */
  get addresses(): Address[] {
    const alone = [...this.#instances.values()].filter(({ line, address }) => line.address === address);
    return [
      ...alone.map(({ address }) => address),
      ...(this.#lines.keys() as IterableIterator<Address>),
      ...(this.#pulled.keys() as IterableIterator<Address>),
    ];
  }

  has(address: string): boolean {
    return this.#instances.has(address) || this.#lines.has(address) || this.#pulled.has(address);
  }

  instance(address: string): Instance | undefined {
    return this.#instances.get(address);
  }

  line(address: string): PoolLine | undefined {
    return this.#lines.get(address);
  }

  mailbox(address: string): Mailbox | undefined {
    return this.#pulled.get(address)?.mailbox;
  }

  /** Who waits for the messages of a mailbox that is pulled from. */
  waits(address: string): Waits | undefined {
    return this.#pulled.get(address)?.waits;
  }

  /** Who works on the messages of an address: the agent, or all members of the pool. */
  workersOf(address: string): readonly Instance[] {
    const instance = this.#instances.get(address);
    return instance ? [instance] : (this.#lines.get(address)?.instances ?? []);
  }

  /** What the agent is made of, or each member of the pool. */
  definitionOf(address: string): AgentDefinition | undefined {
    return this.#instances.get(address)?.definition ?? this.#lines.get(address)?.definition.member;
  }

  /** How the mailbox of an agent or of a pool is kept. */
  ruleOf(address: string): MailboxRule | undefined {
    return this.#lines.get(address)?.rule ?? this.#instances.get(address)?.definition.rule;
  }

  /** The numbers of whoever serves the address. */
  numbersOf(address: string): AgentStatistics | undefined {
    const served = this.#instances.get(address) ?? this.#lines.get(address);
    return served?.statistics ?? this.#pulled.get(address)?.numbers;
  }

  /** Puts in an agent, in the place of its former instance where it is started again. */
  add(instance: Instance): void {
    this.#instances.set(instance.address, instance);
  }

  addLine(line: PoolLine): void {
    this.#lines.set(line.address, line);
  }

  addPulled(pulled: Pulled): void {
    this.#pulled.set(pulled.mailbox.address, pulled);
  }

  /** Keeps names for those who are to bear them. */
  reserve(names: readonly Address[]): void {
    for (const name of names) this.#reserved.add(name);
  }

  release(names: readonly Address[]): void {
    for (const name of names) this.#reserved.delete(name);
  }

  /** Takes a pulled mailbox out, and ends its waits. */
  removePulled(pulled: Pulled): void {
    const { address } = pulled.mailbox;
    pulled.waits.close();
    if (this.#pulled.get(address) === pulled) this.#pulled.delete(address);
  }

  removeLine(line: PoolLine): void {
    if (this.#lines.get(line.address) === line) this.#lines.delete(line.address);
  }

  /** Takes an agent out; false when it was out already. */
  remove(instance: Instance): boolean {
    return this.#instances.get(instance.address) === instance && this.#instances.delete(instance.address);
  }

  /** @throws HermodError HERMOD_DUPLICATE_AGENT when the name is taken here already. */
  checkFree(address: Address): void {
    if (!this.has(address) && !this.#reserved.has(address)) return;
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
