/**
 * SupervisorNode: starts its children in order, stops them in reverse, and starts them again as its strategy says. One thing
 * at a time: what ends while it works waits for its turn.
 *
 *   child exits ─→ planRestart ─→ restart? ─no→ remove it
 *                                    └─yes→ intensity ─within→ stop siblings (reverse) → start (in order)
 *                                                      └beyond→ stop all (reverse) → the parent is told: crashed
 */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { FailedError, describe } from "../core/errors.ts";
import { toIntensity, type Intensity, type IntensityOptions } from "../core/intensity.ts";
import { planRestart, type Exit, type RestartKind, type Strategy } from "../core/supervision.ts";
import { InitFailed } from "./agents.ts";
import { Post, type ChildStatus, type Parent } from "./post.ts";
import type { Reports } from "./reports.ts";

/** What a node needs. */
export interface NodeParts {
  readonly clock: Clock;
  readonly reports: Reports;
  /** True when the system ends: nothing is started again. */
  readonly isEnding: () => boolean;
  /** Told of each child that is gone for good: its name is free again. */
  readonly dropped: (child: Post) => void;
  /** Told when its last child is gone for good. */
  readonly emptied?: ((node: SupervisorNode) => void) | undefined;
}

/** How a node decides. */
export interface NodeRule {
  readonly name: Address;
  readonly strategy: Strategy;
  readonly intensity: IntensityOptions;
  readonly kind: RestartKind;
  readonly timeout: number;
}

export class SupervisorNode extends Post implements Parent {
  readonly type: ChildStatus["type"] = "supervisor";
  readonly children: Post[] = [];
  /** Children that are being added. */
  coming = 0;
  readonly #rule: NodeRule;
  readonly #parts: NodeParts;
  readonly #parent: Parent;
  #intensity: Intensity;
  #work: Promise<void> = Promise.resolve();

  constructor(rule: NodeRule, parts: NodeParts, parent: Parent) {
    super(rule.name, rule.kind, rule.timeout);
    this.#rule = rule;
    this.#parts = parts;
    this.#parent = parent;
    this.#intensity = toIntensity(rule.intensity);
  }

  /** Starts all children; one that does not start is tried again as long as the intensity allows. */
  async start(): Promise<void> {
    this.state = "starting";
    this.#intensity = toIntensity(this.#rule.intensity);
    try {
      await this.#startAll(this.children);
    } catch (error) {
      await this.stop(this.timeout);
      this.state = "failed";
      throw error;
    }
    this.state = "running";
  }

  async stop(timeout: number): Promise<void> {
    this.state = "stopped";
    for (const child of this.children.toReversed()) await child.stop(timeout);
  }

  async forget(): Promise<void> {
    for (const child of this.children.toReversed()) await child.forget();
  }

  /** Stops it when what it does now is done. */
  end(timeout: number): Promise<void> {
    return this.run(() => this.stop(timeout));
  }

  /** Adds a child and starts it. */
  add(child: Post): Promise<void> {
    this.coming++;
    return this.run(async () => {
      await this.#startAll([child]);
      this.children.push(child);
    }).finally(() => this.coming--);
  }

  /** Stops a child for good. */
  remove(child: Post, timeout: number): Promise<void> {
    return this.run(async () => {
      await child.stop(timeout);
      this.#drop(child);
      await child.forget();
    });
  }

  exited(child: Post, exit: Exit, error: unknown): void {
    void this.run(() => this.#recover(child, exit, error));
  }

  override status(): ChildStatus {
    return { ...super.status(), children: this.children.map((child) => child.status()) };
  }

  /** One thing after the other; what fails is the business of whoever asked. */
  protected run(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #recover(child: Post, exit: Exit, error: unknown): Promise<void> {
    const at = this.children.indexOf(child);
    // A child that a sibling's restart has started again since is well.
    if (at < 0 || child.state === "running" || this.state !== "running" || this.#parts.isEnding()) return;
    const kinds = this.children.map(({ kind }) => kind);
    const plan = planRestart(this.#rule.strategy, kinds, at, exit);
    const children = [...this.children];
    const chosen = (places: readonly number[]): Post[] => places.map((place) => children[place] as Post);
    try {
      if (plan.restart) this.#count(child, error);
      for (const sibling of chosen(plan.stop)) await sibling.stop(sibling.timeout);
      for (const gone of chosen(plan.remove)) await this.#removed(gone);
      await this.#restartAll(chosen(plan.start));
    } catch (failure) {
      await this.#escalate(failure);
    }
  }

  async #removed(child: Post): Promise<void> {
    await child.stop(0);
    this.#drop(child);
    await child.forget();
  }

  #drop(child: Post): void {
    const at = this.children.indexOf(child);
    if (at >= 0) this.children.splice(at, 1);
    this.#parts.dropped(child);
    if (this.children.length === 0) this.#parts.emptied?.(this);
  }

  async #restartAll(children: readonly Post[]): Promise<void> {
    for (const child of children) {
      child.restarts++;
      child.restartedAt = this.#parts.clock.now();
    }
    await this.#startAll(children);
    const { reports } = this.#parts;
    for (const { name: agent, restarts } of children)
      if (reports.active) reports.emit({ type: "agent.restarted", agent, restarts });
  }

  async #startAll(children: readonly Post[]): Promise<void> {
    for (const child of children) await this.startOne(child);
  }

  protected async startOne(child: Post): Promise<void> {
    while (!this.#parts.isEnding()) {
      try {
        return await child.start();
      } catch (thrown) {
        if (!(thrown instanceof InitFailed)) throw thrown;
        child.error = thrown.cause;
        this.#crashed(child, thrown.cause);
        this.#count(child, thrown.cause);
        child.restarts++;
      }
    }
  }

  #crashed({ name: agent }: Post, error: unknown): void {
    const { reports } = this.#parts;
    if (reports.active) reports.emit({ type: "agent.crashed", agent, error });
  }

  /** @throws FailedError when this restart is one too many. */
  #count(child: Post, error: unknown): void {
    if (this.#intensity.note(this.#parts.clock.monotonic())) return;
    throw tooMany(this.name, child.name, this.#intensity, error);
  }

  async #escalate(error: unknown): Promise<void> {
    const { reports } = this.#parts;
    this.error = error;
    await this.stop(this.timeout);
    this.state = "failed";
    if (reports.active) reports.emit({ type: "supervisor.escalated", supervisor: this.name, error });
    this.#parent.exited(this, "crashed", error);
  }
}

function tooMany(
  supervisor: Address,
  child: Address,
  { restarts, period }: Intensity,
  cause: unknown,
): FailedError {
  const often = `${restarts} restarts in ${period} ms`;
  return new FailedError(`${supervisor} gives up: ${child} needs more than ${often}: ${describe(cause)}`, {
    cause,
    details: { supervisor, child, restarts, period },
    hint: "Read `cause`: why the child crashed. Raise `intensity` only if that is expected to pass.",
  });
}
