/** Tasks: hands out long work, and finds it again. */
import type { Task } from "../agent/task.ts";
import type { Target, TaskOptions } from "../agent/target.ts";
import type { Address } from "../core/address.ts";
import type { OperationSpec } from "../core/contract.ts";
import { show, toMs } from "../core/duration.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import { derivedId } from "../core/id.ts";
import { chain, promised, type Maybe } from "../core/maybe.ts";
import { aFlag, aList, aText, checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import { check } from "../core/schema.ts";
import type { TaskTerms } from "../core/taskterms.ts";
import type { Cancelling } from "./cancelling.ts";
import { creditDraft, type Credit } from "./credit.ts";
import { taskOptions, toDraft } from "./draft.ts";
import { addressOf, specOf } from "./recipient.ts";
import type { Reports } from "./reports.ts";
import type { Draft, Origin, Sender } from "./send.ts";
import { TaskHandle, type Leave, type TaskParts } from "./task.ts";
import { findTask, type Known, type LogParts } from "./tasklog.ts";
import type { Wait } from "./wait.ts";

/** What tasks need. */
export interface TasksParts extends Omit<LogParts, "waiting" | "endDead"> {
  readonly endDead: (id: string) => Promise<void>;
  readonly sender: Sender;
  readonly cancelling: Cancelling;
  readonly reports: Reports;
  /** As whom the system itself sends. */
  readonly origin: Origin;
}

export class Tasks {
  readonly #parts: TasksParts;
  readonly #waiting = new Set<Wait>();

  constructor(parts: TasksParts) {
    this.#parts = parts;
  }

  /** Stores a task; gives its handle. `to` is whom it is for, where that is nobody whom users can send to. */
  start(given: Given, origin: Origin, to?: Address): Maybe<Task> {
    const hold = given[3]?.hold !== undefined && aFlag("hold", given[3].hold);
    return chain(this.draft(given, to), (draft) =>
      chain(this.#parts.sender.send(draft, origin, hold), (envelope) =>
        this.started(envelope, origin, given),
      ),
    );
  }

  /** The draft of a task, once its payload fits. */
  draft([target, operation, payload, options = {}]: Given, to = addressOf(target)): Maybe<Draft> {
    checkOptions("task", options, taskOptions);
    const spec = specOf(target, operation, "call");
    if (options.delivery !== undefined)
      oneOf("delivery", options.delivery, ["at-least-once", "exactly-once"]);
    const { timeout } = options;
    const plain = toDraft(
      "task",
      "task",
      to,
      undefined,
      operation,
      payload,
      { ...options, timeout } as never,
      spec,
      undefined,
    );
    const task = toTerms(options);
    const detached = options.detached !== undefined && aFlag("detached", options.detached);
    const draft: Draft = { ...plain, id: idOf(to, operation, options.key), task, detached };
    const fits = spec && check(spec.in, payload, () => `${to}.${operation} input`);
    return chain(fits as Maybe<unknown>, () => draft);
  }

  /** The handle of a task that is stored; unless it is detached it ends with what started it. */
  started(envelope: Envelope, origin: Origin, [target, operation, , options]: Given, isKept = false): Task {
    const { id, to, task } = envelope;
    const known = { operation, ahead: task?.ahead };
    const adopt = (): Leave | undefined =>
      origin.adopt?.({ isTask: false, call: envelope, cancel: () => undefined });
    const waits = (): Maybe<Leave | undefined> =>
      isKept && origin.running?.settling === false ? chain(this.#begun(envelope), adopt) : adopt();
    const handle = this.#handle(id, to as Address, target, known, waits);
    const { cancelling } = this.#parts;
    if (options?.detached !== true)
      origin.adopt?.({ isTask: true, cancel: (reason) => cancelling.abandon(id, handle.agent, reason) });
    return handle;
  }

  /** @throws HermodError HERMOD_UNSUPPORTED where a task is sent with the end of the handler that would wait for it. */
  async #begun({ id, to }: Envelope): Promise<void> {
    const { record } = await findTask(this.#parts.store, id, to as Address);
    if (record === undefined) throw notBegun(id);
  }

  /** The task of this id. */
  byId(target: Target, id: string): Task {
    return this.#handle(aText("task id", id), addressOf(target), target, undefined);
  }

  #handle(
    id: string,
    agent: Address,
    target: Target,
    known: Known | undefined,
    waits?: TaskParts["waits"],
  ): TaskHandle {
    const { clock, store, closed, cancelling, endDead } = this.#parts;
    return new TaskHandle(id, agent, {
      ...{ clock, store, closed, endDead, known, waits, waiting: this.#waiting },
      cancel: cancelling.task.bind(cancelling),
      credit: (number) => this.#credit(agent, { id, number }),
      specOf: (name) => knownOf(target, name),
    });
  }

  /** Tells a generator how far it has been read; one that is lost holds it up until the next. */
  #credit(agent: Address, credit: Credit): void {
    const { sender, origin, reports } = this.#parts;
    const told = promised(() => sender.send(creditDraft(agent, credit), origin));
    told.catch((error: unknown) => reports.emit({ type: "store.failed", step: "credit", error }));
  }

  /** Whoever waits finds that the system has ended. */
  close(): void {
    for (const wait of this.#waiting) wait.close();
  }
}

/** A task as it was asked for. */
export type Given = readonly [target: Target, operation: string, payload: unknown, options?: TaskOptions];

/** What a contract says of an operation; nothing is known of a name. */
function knownOf(target: Target, operation: string): OperationSpec | undefined {
  return typeof target === "string" ? undefined : target.operations.get(operation);
}

/** The same key is the same task, also for a handle that is given before its task is committed. */
function idOf(to: Address, operation: string, key: string | undefined): string | undefined {
  return key === undefined ? undefined : derivedId(0, "task", to, operation, key);
}

/** What is sent in a transaction is sent with its end. */
function notBegun(id: string): HermodError {
  return new HermodError(
    "HERMOD_UNSUPPORTED",
    `task ${id} begins when the exactly-once handler that hands it out has ended: its result cannot be waited for there`,
    {
      details: { task: id },
      hint: "Be told by onDone, or hand the task out in a handler that is not exactly once.",
    },
  );
}

const noTerms: TaskTerms = Object.freeze({});

function toTerms({ idle, ahead, onDone }: TaskOptions): TaskTerms {
  if (idle === undefined && ahead === undefined && onDone === undefined) return noTerms;
  return Object.freeze({
    ...(onDone !== undefined && { done: toDone(onDone) }),
    ...(idle !== undefined && { idle: toIdle(idle) }),
    ...(ahead !== undefined && { ahead: wholeNumber("ahead", ahead, 1) }),
  });
}

function toIdle(idle: NonNullable<TaskOptions["idle"]>): number {
  const ms = toMs(idle, "idle");
  if (ms > 0) return ms;
  throw new HermodError("HERMOD_BAD_OPTION", `idle must be longer than 0 ms, got ${show(idle)}`, {
    details: { option: "idle", received: show(idle) },
  });
}

function toDone(onDone: NonNullable<TaskOptions["onDone"]>): NonNullable<TaskTerms["done"]> {
  const [target, operation] = aList("onDone", onDone) as unknown as readonly [Target, string];
  specOf(target, operation, "cast");
  return Object.freeze({ to: addressOf(target), operation: aText("onDone operation", operation) });
}
