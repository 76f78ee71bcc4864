/** Post: a place in the tree of what runs. Its supervisor fills it, empties it and fills it again. */
import type { Address } from "../core/address.ts";
import { toRecord, type ErrorRecord } from "../core/errors.ts";
import type { Exit, RestartKind, Strategy } from "../core/supervision.ts";

/** What is to be known of a place, as plain data. */
export interface ChildStatus {
  readonly name: Address;
  readonly type: "agent" | "pool" | "supervisor";
  readonly restart: RestartKind;
  /** "failed" when it broke and has not been started again, "stopped" when it ended or was ended. */
  readonly state: "starting" | "running" | "stopped" | "failed";
  /** How often it was started again. */
  readonly restarts: number;
  /** UTC milliseconds; absent before the first restart. */
  readonly restartedAt?: number;
  /** Why it failed the last time. */
  readonly error?: ErrorRecord;
  /** The message that it worked on when it failed the last time. */
  readonly message?: string;
  /** Since when it runs, UTC milliseconds; absent while it does not. */
  readonly startedAt?: number;
  /** Present while it takes nothing: see `system.pause`. */
  readonly paused?: true;
  /** Of a supervisor or a pool: whom a restart takes along. */
  readonly strategy?: Strategy;
  /** Of a supervisor or a pool: how many restarts count now, of how many that it allows in a period of milliseconds. */
  readonly intensity?: { readonly used: number; readonly restarts: number; readonly period: number };
  /** In the order of their start. */
  readonly children?: readonly ChildStatus[];
}

/** Who is told when a child ends by itself. */
export interface Parent {
  /** `message` is the one that it was working on. */
  exited(child: Post, exit: Exit, error: unknown, message?: string): void;
}

export abstract class Post {
  abstract readonly type: ChildStatus["type"];
  readonly name: Address;
  readonly kind: RestartKind;
  /** How long it may finish what it does when it is stopped for a sibling. */
  readonly timeout: number;
  state: ChildStatus["state"] = "stopped";
  restarts = 0;
  restartedAt: number | undefined;
  error: unknown;
  message: string | undefined;
  startedAt: number | undefined;

  constructor(name: Address, kind: RestartKind, timeout: number) {
    this.name = name;
    this.kind = kind;
    this.timeout = timeout;
  }

  /** True while it is to take nothing. */
  get paused(): boolean {
    return false;
  }

  /** All names that it takes, its own first. */
  get names(): readonly Address[] {
    return [this.name];
  }

  /** Starts it. @throws what the start failed with; then nothing of it runs. */
  abstract start(): Promise<void>;
  /** Lets it finish what runs, at most `timeout` milliseconds; mailboxes stay, and nobody serves them. */
  abstract stop(timeout: number): Promise<void>;
  /** Ends what runs as a crash does; it is to be started again. */
  abstract breakDown(error: unknown): void | Promise<void>;
  /** Forgets it when it is stopped: mailboxes, topics and states with it. */
  abstract forget(): Promise<void>;

  /** The system ends: nobody asks any more how it is. */
  abstract rest(): void;

  /** The status as plain data. */
  status(): ChildStatus {
    const { name, type, kind: restart, state, restarts, restartedAt, error, message, startedAt } = this;
    return {
      ...{ name, type, restart, state, restarts },
      ...(this.paused && { paused: true as const }),
      ...(restartedAt !== undefined && { restartedAt }),
      ...(error !== undefined && { error: toRecord(error) }),
      ...(message !== undefined && { message }),
      ...(state === "running" && startedAt !== undefined && { startedAt }),
    };
  }
}
