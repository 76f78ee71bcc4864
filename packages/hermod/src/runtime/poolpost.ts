/** PoolPost: the place of a pool: a supervisor of its members, which can be made more or fewer while it runs. */
import { toSize, type PoolDefinition } from "../agent/pool.ts";
import type { Address } from "../core/address.ts";
import { HermodError } from "../core/errors.ts";
import type { RestartKind } from "../core/supervision.ts";
import type { Agents } from "./agents.ts";
import { ask } from "./asking.ts";
import { LAST_WORK, Member } from "./member.ts";
import { PoolLine, type LineParts } from "./poolline.ts";
import type { Parent } from "./post.ts";
import { SupervisorNode, type NodeParts } from "./supervisornode.ts";

export class PoolPost extends SupervisorNode {
  override readonly type = "pool";
  readonly line: PoolLine;
  readonly #definition: PoolDefinition;
  readonly #agents: Agents;
  /** True while the user's router knows of it. */
  #isRegistered = false;

  constructor(
    definition: PoolDefinition,
    agents: Agents,
    parts: NodeParts & LineParts,
    parent: Parent,
    terms: { readonly kind: RestartKind; readonly timeout: number },
  ) {
    const { address: name, intensity } = definition;
    super({ name, strategy: "one-for-one", intensity, ...terms }, { ...parts, emptied: undefined }, parent);
    this.#definition = definition;
    this.#agents = agents;
    this.line = new PoolLine(definition, parts);
    for (let at = 0; at < definition.size; at++) this.children.push(this.#member(at, new Set()));
  }

  override get paused(): boolean {
    return this.line.paused;
  }

  protected override async begin(): Promise<void> {
    const { registry, store, dispatcher, routing } = this.#agents.parts;
    const { line } = this;
    registry.addLine(line);
    line.stopped = false;
    try {
      await this.#agents.openMailbox(
        line.address,
        line.rule,
        this.#isBroadcast ? { topics: [] } : this.#definition.member,
      );
      await super.begin();
    } catch (error) {
      registry.removeLine(line);
      throw error;
    }
    line.unwatch = store.watch(line.address, () => dispatcher.ready(line));
    if (!this.#isRegistered) routing.register(line.address);
    this.#isRegistered = true;
    dispatcher.ready(line);
  }

  protected override async halt(timeout: number): Promise<void> {
    const { registry, store, dispatcher, routing } = this.#agents.parts;
    const { line } = this;
    line.stopped = true;
    line.unwatch();
    await dispatcher.answered();
    await super.halt(timeout);
    registry.removeLine(line);
    if (this.#isRegistered) routing.unregister(line.address);
    this.#isRegistered = false;
    await ask("withdraw", () => store.withdraw(line.address));
  }

  /** Its mailbox goes on to wait for its members. */
  override async breakDown(error: unknown): Promise<void> {
    this.line.stopped = true;
    this.line.unwatch();
    await super.breakDown(error);
  }

  override async forget(): Promise<void> {
    await super.forget();
    await this.#agents.forget(this.line.address);
  }

  /**
   * Makes the pool larger or smaller: who goes finishes what runs, and what waits is for those who stay. Of a broadcast pool who
   * goes has copies of its own to work off, and is gone some time later.
   */
  resize(wanted: number): Promise<void> {
    const size = toSize(`pool ${this.name}`, wanted);
    return this.run(async () => {
      if (this.state !== "running") throw stoppedPool(this.name);
      if (size === this.line.size) return;
      await (size > this.line.size ? this.#grow(size) : this.#shrink(size));
      const { reports } = this.#agents.parts;
      if (reports.active) reports.emit({ type: "pool.resized", pool: this.name, size });
    });
  }

  async #grow(size: number): Promise<void> {
    const before = this.#staying.length;
    const taken = new Set(this.children.map(({ name }) => name));
    try {
      for (let at = before; at < size; at++) {
        const member = this.#member(at, taken);
        await this.startOne(member);
        this.children.push(member);
      }
      await this.#adopt(size);
    } catch (error) {
      await this.#shrink(before);
      throw error;
    }
  }

  async #shrink(size: number): Promise<void> {
    const leaving = this.#staying.slice(size);
    // Those who go take nothing more from now on; by key the others must not take over before they have ended.
    try {
      await this.#adopt(size);
    } finally {
      for (const member of leaving.toReversed())
        await (this.#isBroadcast ? this.#retire(member) : this.discard(member, LAST_WORK));
    }
  }

  /** Lets a member go as soon as it has worked off what waits for it. */
  async #retire(member: Member): Promise<void> {
    member.retire(() => void this.run(() => this.#seeOff(member)).catch(this.#noteFailure));
    // A copy for it may be on its way yet.
    await this.line.forwarded();
    await this.#seeOff(member);
  }

  /** Ends a member with a mailbox of its own when nothing waits or runs for it. */
  async #seeOff(member: Member): Promise<void> {
    if (!member.isIdle) return;
    const { store } = this.#agents.parts;
    const { items } = await ask("read", () => store.read({ type: "counts", mailbox: member.name }));
    const isEmpty = items.every(({ waiting, delayed, running }) => waiting + delayed + running === 0);
    // The store may have taken its time, and the system begun to end.
    if (isEmpty && member.isIdle) await this.discard(member, LAST_WORK);
  }

  /** A store that was closed meanwhile has nothing to withdraw. */
  readonly #noteFailure = (error: unknown): void => {
    if (error instanceof HermodError && error.code === "HERMOD_CLOSED") return;
    this.#agents.parts.reports.emit({ type: "store.failed", step: "withdraw", error });
  };

  /** From now on the mailbox is for so many. */
  async #adopt(size: number): Promise<void> {
    const { store, dispatcher, breakers, self } = this.#agents.parts;
    const { address } = this.line;
    this.line.size = size;
    this.line.cut(size);
    if (this.#definition.balance === "key")
      await ask("announce", () => store.announce(address, this.line.rule, breakers.rests(address), [self]));
    dispatcher.ready(this.line);
  }

  get #isBroadcast(): boolean {
    return this.#definition.balance === "broadcast";
  }

  /** The members that are not to go. */
  get #staying(): Member[] {
    return (this.children as Member[]).filter(({ isRetiring }) => !isRetiring);
  }

  /** A new member; who is to go may still bear the name of its place. */
  #member(at: number, taken: Set<Address>): Member {
    const { line } = this;
    let number = at;
    while (taken.has(line.memberName(number))) number++;
    const name = line.memberName(number);
    taken.add(name);
    return new Member(this.#definition, this.#agents, this, line, { at, name });
  }
}

function stoppedPool(name: Address): HermodError {
  return new HermodError(
    "HERMOD_CLOSED",
    `pool ${name} was stopped, or has failed: it has no size any more`,
    {
      hint: "Start it again: system.spawn(pool(…)).",
    },
  );
}
