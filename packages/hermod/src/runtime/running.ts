/** Running: a user's hold on what was started. */
import {
  toChild,
  tooManyChildren,
  type ChildOptions,
  type Definition,
  type SupervisorDefinition,
} from "../agent/supervisor.ts";
import type { PoolDefinition } from "../agent/pool.ts";
import { toAgentName, type Address } from "../core/address.ts";
import { toMs, type Duration } from "../core/duration.ts";
import { NoAgentError } from "../core/errors.ts";
import { suggestion } from "../core/nearest.ts";
import { checkOptions } from "../core/options.ts";
import { DRAIN_TIMEOUT } from "./ending.ts";
import { promised } from "../core/maybe.ts";
import type { PoolPost } from "./poolpost.ts";
import type { ChildStatus, Post } from "./post.ts";
import type { Root } from "./root.ts";
import type { SupervisorNode } from "./supervisornode.ts";

/** How to stop something: what runs has until `timeout`, default "25s". */
export interface StopOptions {
  readonly timeout?: Duration;
}

/** What was started by `spawn`. */
export type Running<D extends Definition> = D extends SupervisorDefinition
  ? RunningSupervisor
  : D extends PoolDefinition
    ? RunningPool
    : RunningAgent;

/** An agent that runs. */
export class RunningAgent implements AsyncDisposable {
  readonly address: Address;
  readonly #stop: (timeout: number) => Promise<void>;
  #stopping: Promise<void> | undefined;

  constructor(address: Address, stop: (timeout: number) => Promise<void>) {
    this.address = address;
    this.#stop = stop;
  }

  /** Stops it: what runs is finished in time, what waits becomes dead letters "stopped", and its state is forgotten. */
  stop(options: StopOptions = {}): Promise<void> {
    return promised(() => {
      checkOptions("stop", options, ["timeout"]);
      const timeout = options.timeout === undefined ? DRAIN_TIMEOUT : toMs(options.timeout, "stop.timeout");
      return (this.#stopping ??= this.#stop(timeout));
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** A pool that runs. */
export class RunningPool extends RunningAgent {
  readonly #post: PoolPost;

  constructor(post: PoolPost, stop: (timeout: number) => Promise<void>) {
    super(post.name, stop);
    this.#post = post;
  }

  /** How many members it has. */
  get size(): number {
    return this.#post.line.size;
  }

  /**
   * Makes it larger or smaller, from 1 to 10,000; resolves when who comes has started and who goes has ended. Nothing is lost
   * or reordered: who goes has 25 s to finish what runs, what waits stays. Of a broadcast pool who goes gets no new copies, works
   * off those that wait for it, is listed in `status` meanwhile, and may be gone later than this resolves.
   * @throws HermodError HERMOD_BAD_OPTION.
   */
  resize(size: number): Promise<void> {
    return promised(() => this.#post.resize(size));
  }

  /** The pool and its members as plain data. */
  status(): ChildStatus {
    return this.#post.status();
  }
}

/** A supervisor that runs. */
export class RunningSupervisor extends RunningAgent {
  readonly #node: SupervisorNode;
  readonly #root: Root;

  constructor(node: SupervisorNode, root: Root, stop: (timeout: number) => Promise<void>) {
    super(node.name, stop);
    this.#node = node;
    this.#root = root;
  }

  /**
   * Adds a child after the others and starts it; without terms of its own it is "permanent".
   * @throws HermodError HERMOD_DUPLICATE_AGENT, HERMOD_BAD_OPTION when there are as many as may be, HERMOD_CLOSED when the
   * supervisor was stopped, or what an `init` failed with.
   */
  spawn(child: Definition | ChildOptions): Promise<void> {
    return promised(() => {
      const made = toChild(this.address, child);
      const { most } = this.#node;
      if (this.#node.children.length + this.#node.coming >= most) throw tooManyChildren(this.address, most);
      return this.#root.add(made, this.#node);
    });
  }

  /** Stops a child and forgets it. @throws NoAgentError when it has no such child, or HERMOD_CLOSED when it was stopped itself. */
  remove(name: string, options: StopOptions = {}): Promise<void> {
    return promised(() => {
      checkOptions("remove", options, ["timeout"]);
      const timeout = options.timeout === undefined ? DRAIN_TIMEOUT : toMs(options.timeout, "remove.timeout");
      return this.#node.remove(this.#child(toAgentName(name, "child")), timeout);
    });
  }

  /** The supervisor and its children as plain data. */
  status(): ChildStatus {
    return this.#node.status();
  }

  #child(name: Address): Post {
    const found = this.#node.children.find((child) => child.name === name);
    if (found) return found;
    const known = this.#node.children.map((child) => child.name);
    throw new NoAgentError(`supervisor ${this.address} has no child "${name}".${suggestion(name, known)}`, {
      details: { known },
    });
  }
}
