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
import { FailedError, HermodError, describe } from "../core/errors.ts";
import { toIntensity, type Intensity, type IntensityOptions } from "../core/intensity.ts";
import {
  planRestart,
  type Exit,
  type RestartKind,
  type RestartPlan,
  type Strategy,
} from "../core/supervision.ts";
import { RecentMap } from "../core/recentmap.ts";
import type { AgentPost } from "./agentpost.ts";
import { InitFailed } from "./agents.ts";
import type { Incidents } from "./incidents.ts";
import { Post, type ChildStatus, type Parent } from "./post.ts";
import type { Reports } from "./reports.ts";

/** What a node needs. */
export interface NodeParts {
  readonly clock: Clock;
  readonly reports: Reports;
  readonly incidents: Incidents;
  /** True when the system ends: nothing is started again. */
  readonly isEnding: () => boolean;
  /** Told when a child is gone for good: its names are free. */
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
  /** Most children; absent for no limit. */
  readonly most?: number;
}

const MOST_BREAKING = 1000;

export class SupervisorNode extends Post implements Parent {
  readonly type: ChildStatus["type"] = "supervisor";
  readonly children: Post[] = [];
  /** The messages that broke a child lately. */
  readonly #breaking = new RecentMap<string, true>(MOST_BREAKING);
  /** Most children. */
  get most(): number {
    return this.#rule.most ?? Infinity;
  }

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

  override get names(): readonly Address[] {
    return [this.name, ...this.children.flatMap(({ names }) => names)];
  }

  /** Starts all children; one that does not start is tried again as long as the intensity allows. */
  start(): Promise<void> {
    return this.run(() => this.begin());
  }

  stop(timeout: number): Promise<void> {
    return this.run(() => this.halt(timeout));
  }

  protected async begin(): Promise<void> {
    this.state = "starting";
    this.#intensity = toIntensity(this.#rule.intensity);
    try {
      await this.#startAll(this.children);
    } catch (error) {
      await this.halt(this.timeout);
      this.state = "failed";
      throw error;
    }
    this.state = "running";
    this.startedAt = this.#parts.clock.now();
  }

  protected async halt(timeout: number): Promise<void> {
    this.state = "stopped";
    const failures: unknown[] = [];
    for (const child of this.children.toReversed())
      await child.stop(timeout).catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }

  async forget(): Promise<void> {
    for (const child of this.children.toReversed()) await child.forget();
  }

  rest(): void {
    for (const child of this.children) child.rest();
  }

  /** Adds a child and starts it. @throws HermodError HERMOD_CLOSED when it does not run any more. */
  add(child: Post): Promise<void> {
    this.coming++;
    return this.run(async () => {
      this.#checkRunning();
      await this.#startAll([child]);
      this.children.push(child);
    }).finally(() => this.coming--);
  }

  /** Stops a child for good. @throws HermodError HERMOD_CLOSED when it does not run any more. */
  remove(child: Post, timeout: number): Promise<void> {
    return this.run(async () => {
      this.#checkRunning();
      await this.discard(child, timeout);
    });
  }

  exited(child: Post, exit: Exit, error: unknown, message?: string): void {
    void this.run(() => this.#recover(child, exit, error, message));
  }

  /** Starts a child again as after a crash, whatever its kind; that does not count against the intensity. @throws what the start failed with. */
  restart(child: AgentPost | SupervisorNode): Promise<void> {
    return this.run(() => this.#restart(child));
  }

  /** Starts all below it again, in order, as after a crash of its own. @throws what the start failed with. */
  async renew(): Promise<void> {
    if (this.state !== "running" || this.#parts.isEnding()) return;
    await this.breakDown(byHand());
    this.#countRestart(this);
    try {
      await this.start();
      this.#tellRestart(this);
    } catch (failure) {
      if (!this.#parts.isEnding()) await this.#escalate(failure);
      throw failure;
    }
  }

  /** Ends what runs below it as crashes do; it is to be started again. */
  breakDown(error: unknown): Promise<void> {
    return this.run(async () => {
      this.state = "failed";
      for (const child of this.children.toReversed())
        if (child.state === "running") await child.breakDown(error);
    });
  }

  override status(): ChildStatus {
    const { restarts, period } = this.#intensity;
    const used = this.#intensity.used(this.#parts.clock.monotonic());
    return {
      ...super.status(),
      ...{ strategy: this.#rule.strategy, intensity: { used, restarts, period } },
      children: this.children.map((child) => child.status()),
    };
  }

  /** One thing after the other; what fails is the business of whoever asked. */
  protected run(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => undefined);
    return done;
  }

  async #recover(child: Post, exit: Exit, error: unknown, message: string | undefined): Promise<void> {
    const at = this.children.indexOf(child);
    // A child that a sibling's restart has started again since is well.
    if (at < 0 || child.state === "running" || this.state !== "running" || this.#parts.isEnding()) return;
    const kinds = this.children.map(({ kind }) => kind);
    const plan = planRestart(this.#rule.strategy, kinds, at, exit);
    try {
      if (plan.restart && !this.#isRepeat(message)) this.#count(child, error);
      await this.#carryOut(plan);
    } catch (failure) {
      if (!this.#parts.isEnding()) await this.#escalate(failure);
    }
  }

  async #restart(child: AgentPost | SupervisorNode): Promise<void> {
    const at = this.children.indexOf(child);
    // One that has just crashed is started again as it is.
    if (at < 0 || child.state !== "running" || this.state !== "running" || this.#parts.isEnding()) return;
    const kinds = this.children.map(({ kind }, place) => (place === at ? "permanent" : kind));
    await child.breakDown(byHand());
    try {
      await this.#carryOut(planRestart(this.#rule.strategy, kinds, at, "crashed"));
    } catch (failure) {
      if (!this.#parts.isEnding()) await this.#escalate(failure);
      throw failure;
    }
  }

  async #carryOut({ stop, remove, start }: RestartPlan): Promise<void> {
    const children = [...this.children];
    const chosen = (places: readonly number[]): Post[] => places.map((place) => children[place] as Post);
    for (const sibling of chosen(stop)) await sibling.stop(sibling.timeout);
    for (const gone of chosen(remove)) await this.discard(gone, 0);
    await this.#restartAll(chosen(start));
  }

  /** Its names stay taken until nothing of it is left: who bears them next must not lose his mailbox. */
  protected async discard(child: Post, timeout: number): Promise<void> {
    await child.stop(timeout);
    try {
      await child.forget();
    } finally {
      this.#drop(child);
    }
  }

  #drop(child: Post): void {
    const at = this.children.indexOf(child);
    if (at >= 0) this.children.splice(at, 1);
    this.dropped(child);
    if (this.children.length === 0) this.#parts.emptied?.(this);
  }

  protected dropped(child: Post): void {
    this.#parts.dropped(child);
  }

  #checkRunning(): void {
    if (this.state === "running") return;
    throw new HermodError(
      "HERMOD_CLOSED",
      `${this.type} ${this.name} was stopped: it has no children any more`,
    );
  }

  async #restartAll(children: readonly Post[]): Promise<void> {
    for (const child of children) this.#countRestart(child);
    await this.#startAll(children);
    for (const child of children) this.#tellRestart(child);
  }

  #tellRestart({ name: agent, restarts }: Post): void {
    const { reports, incidents } = this.#parts;
    incidents.note("restarted", agent);
    if (reports.active) reports.emit({ type: "agent.restarted", agent, restarts });
  }

  async #startAll(children: readonly Post[]): Promise<void> {
    for (const child of children) await this.startOne(child);
  }

  #countRestart(child: Post): void {
    child.restarts++;
    child.restartedAt = this.#parts.clock.now();
  }

  /** Failures in a row are too many however slow they are: `start` must not hang on what never works. */
  protected async startOne(child: Post): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        return await child.start();
      } catch (thrown) {
        if (!(thrown instanceof InitFailed)) throw thrown;
        child.error = thrown.cause;
        if (this.#parts.isEnding()) throw thrown.cause;
        this.#crashed(child, thrown.cause);
        if (tries > this.#intensity.restarts) throw neverStarts(this.name, child.name, tries, thrown.cause);
        this.#count(child, thrown.cause);
        this.#countRestart(child);
      }
    }
  }

  #crashed({ name: agent }: Post, error: unknown): void {
    const { reports, incidents } = this.#parts;
    incidents.note("crashed", agent, error);
    if (reports.active) reports.emit({ type: "agent.crashed", agent, error });
  }

  /** A message that breaks whoever gets it is tried again a few times: that counts once, or one message would end the tree. */
  #isRepeat(message: string | undefined): boolean {
    if (message === undefined || this.#breaking.get(message)) return message !== undefined;
    this.#breaking.set(message, true);
    return false;
  }

  /** @throws FailedError when this restart is one too many. */
  #count(child: Post, error: unknown): void {
    if (this.#intensity.note(this.#parts.clock.monotonic())) return;
    throw tooMany(this.name, child.name, this.#intensity, error);
  }

  async #escalate(error: unknown): Promise<void> {
    const { reports } = this.#parts;
    this.error = error;
    // A store that fails now must not keep whoever stands above from hearing of it.
    await this.halt(this.timeout).catch((failure: unknown) =>
      reports.emit({ type: "store.failed", step: "withdraw", error: failure }),
    );
    this.state = "failed";
    this.#parts.incidents.note("escalated", this.name, error);
    if (reports.active) reports.emit({ type: "supervisor.escalated", supervisor: this.name, error });
    this.#parent.exited(this, "crashed", error);
  }
}

function byHand(): Error {
  return new Error("restarted by hand");
}

function neverStarts(supervisor: Address, child: Address, tries: number, cause: unknown): FailedError {
  const often = tries === 1 ? "" : `, ${tries} times in a row`;
  const who = child === supervisor ? supervisor : `${supervisor} gives up: ${child}`;
  return new FailedError(`${who} does not start${often}: ${describe(cause)}`, {
    cause,
    details: { supervisor, child, tries },
    hint: "Read `cause`: what its init failed with.",
  });
}

function tooMany(
  supervisor: Address,
  child: Address,
  { restarts, period }: Intensity,
  cause: unknown,
): FailedError {
  const often = `${restarts} restarts in ${period} ms`;
  const who = child === supervisor ? supervisor : `${supervisor} gives up: ${child}`;
  return new FailedError(`${who} needs more than ${often}: ${describe(cause)}`, {
    cause,
    details: { supervisor, child, restarts, period },
    hint: "Read `cause`: why the child crashed. Raise `intensity` only if that is expected to pass.",
  });
}
