/** AgentPost: the place of one agent, or of one member of a pool. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import type { Cancel } from "../core/clock.ts";
import { FailedError, describe } from "../core/errors.ts";
import { Crash } from "../core/retry.ts";
import type { Exit, RestartKind } from "../core/supervision.ts";
import type { Agents } from "./agents.ts";
import { PATIENCE } from "./heartbeat.ts";
import type { Instance } from "./instance.ts";
import type { PoolLine } from "./poolline.ts";
import { Post, type Parent } from "./post.ts";

/** How long what runs may take to end when its agent ends by itself. */
const LAST_WORK = 25_000;

export class AgentPost extends Post {
  readonly type = "agent";
  readonly #definition: AgentDefinition;
  readonly #agents: Agents;
  readonly #parent: Parent;
  readonly #line: PoolLine | undefined;
  readonly #isMember: boolean;
  #instance: Instance | undefined;
  #cancelCheck: Cancel | undefined;

  constructor(
    definition: AgentDefinition,
    agents: Agents,
    parent: Parent,
    place: {
      readonly kind: RestartKind;
      readonly timeout: number;
      readonly name?: Address;
      readonly line?: PoolLine;
      readonly isMember?: boolean;
    },
  ) {
    super(place.name ?? definition.address, place.kind, place.timeout);
    this.#definition = definition;
    this.#agents = agents;
    this.#parent = parent;
    this.#line = place.line;
    this.#isMember = place.isMember === true;
  }

  get instance(): Instance | undefined {
    return this.#instance;
  }

  override get paused(): boolean {
    return this.#instance?.paused === true;
  }

  async start(): Promise<void> {
    this.state = "starting";
    const seated = (instance: Instance): void => this.adopt(instance);
    const stand = { address: this.name, line: this.#line, before: this.#instance, isMember: this.#isMember };
    try {
      await this.#agents.start(this.#definition, { ...stand, seated });
    } catch (error) {
      this.state = "failed";
      throw error;
    }
  }

  /** Takes over an instance that runs. */
  adopt(instance: Instance): void {
    this.#instance = instance;
    this.state = "running";
    this.startedAt = instance.startedAt;
    instance.exited = (_, exit, error, message) => void this.ended(exit, error, message);
    this.#awaitCheck();
  }

  async stop(timeout: number): Promise<void> {
    const instance = this.#instance;
    this.#cancelCheck?.();
    if (instance === undefined) return;
    await this.#agents.stop(instance, timeout);
    await this.#leave(instance);
    this.state = "stopped";
  }

  async forget(): Promise<void> {
    if (this.#line === undefined) await this.#agents.forget(this.name);
  }

  rest(): void {
    this.#cancelCheck?.();
  }

  async #leave(instance: Instance): Promise<void> {
    this.#instance = undefined;
    await this.#agents.leave(instance, this.#isMember);
  }

  /** Its handler has ended or broken it. */
  async ended(exit: Exit, error: unknown, message?: string): Promise<void> {
    const instance = this.#instance as Instance;
    this.#cancelCheck?.();
    if (exit === "crashed") this.#crash(instance, error, message);
    else {
      this.state = "stopped";
      await this.#agents.stop(instance, LAST_WORK);
    }
    this.#parent.exited(this, exit, error, message);
  }

  /** Ends what runs as a crash does; it is to be started again. */
  breakDown(error: unknown): void {
    this.#cancelCheck?.();
    this.state = "failed";
    this.#agents.takeDown(this.#instance as Instance, crashed(this.name, error));
  }

  #crash(instance: Instance, error: unknown, message: string | undefined): void {
    const { reports, incidents } = this.#agents.parts;
    this.state = "failed";
    this.error = error;
    this.message = message;
    incidents.note("crashed", this.name, error, message);
    if (reports.active) reports.emit({ type: "agent.crashed", agent: this.name, error });
    this.#agents.takeDown(instance, crashed(this.name, error));
  }

  #awaitCheck(): void {
    const { health } = this.#definition.upkeep;
    if (health === undefined) return;
    const { clock } = this.#agents.parts;
    this.#cancelCheck = clock.after(health.every, () => void this.#check(this.#instance as Instance), true);
  }

  /** An agent that says it is not well, or does not say anything, is broken. */
  async #check(instance: Instance): Promise<void> {
    const { health } = this.#definition.upkeep;
    try {
      await this.#inTime(Promise.resolve(health?.check(this.#definition.address)));
      if (this.#instance === instance && !instance.stopped) this.#awaitCheck();
    } catch (error) {
      if (this.#instance === instance && !instance.stopped) await this.ended("crashed", error);
    }
  }

  async #inTime(check: Promise<unknown>): Promise<void> {
    let cancel: Cancel = () => undefined;
    const late = new Promise<never>((_, reject) => {
      const tooLate = (): void => reject(new FailedError(`${this.name} did not answer its health check`));
      cancel = this.#cancelCheck = this.#agents.parts.clock.after(PATIENCE, tooLate, true);
    });
    await Promise.race([check, late]).finally(() => cancel());
  }
}

/** What the askers of an agent's messages are told when it breaks. */
function crashed(agent: Address, cause: unknown): Crash {
  if (cause instanceof FailedError && cause.details["crashed"] === true) return new Crash(cause);
  return new Crash(
    new FailedError(`${agent} crashed: ${describe(cause)}`, { cause, details: { agent, crashed: true } }),
  );
}
