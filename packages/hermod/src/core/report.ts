/**
 * Reports: what the system says about itself, one typed union, names in the past tense. They steer nothing, and cost nothing
 * while nobody listens.
 */
import type { Address } from "./address.ts";
import type { BreakerState } from "./breaker.ts";
import type { Envelope } from "./envelope.ts";
import type { Usage } from "./model.ts";
import type { SystemStatistics } from "./numbers.ts";
import type { DeadReason, Settlement } from "./settlement.ts";

/** One thing that happened. */
export type Report =
  | { readonly type: "message.sent"; readonly envelope: Envelope }
  | { readonly type: "message.duplicated"; readonly envelope: Envelope; readonly id: string }
  | { readonly type: "message.refused"; readonly envelope: Envelope; readonly code: string }
  | {
      readonly type: "message.buried";
      readonly envelope: Envelope;
      readonly reason: DeadReason;
      readonly mailbox?: Address;
    }
  | { readonly type: "reply.missed"; readonly envelope: Envelope }
  | {
      readonly type: "delivery.started";
      readonly envelope: Envelope;
      readonly mailbox: Address;
      /** The agent, or the member of a pool; absent for who pulls. */
      readonly agent?: Address;
      readonly attempt: number;
    }
  | {
      readonly type: "delivery.settled";
      readonly envelope: Envelope;
      readonly mailbox: Address;
      /** The agent, or the member of a pool; absent for who pulls. */
      readonly agent?: Address;
      readonly attempt: number;
      readonly settlement: Settlement;
    }
  | {
      readonly type: "delivery.outlived";
      readonly envelope: Envelope;
      readonly mailbox: Address;
      /** The agent, or the member of a pool; absent for who pulls. */
      readonly agent?: Address;
      readonly attempt: number;
    }
  | {
      readonly type: "lease.expired";
      readonly envelope: Envelope;
      readonly mailbox: Address;
      readonly attempt: number;
    }
  | { readonly type: "agent.started"; readonly agent: Address }
  | { readonly type: "agent.stopped"; readonly agent: Address }
  /** It threw `crash`, failed to start, was not well or outlived its abort; whether it starts again is its supervisor's decision. */
  | { readonly type: "agent.crashed"; readonly agent: Address; readonly error: unknown }
  | { readonly type: "agent.restarted"; readonly agent: Address; readonly restarts: number }
  /** A call of the model by a handler; with the `error` that it failed with, where it did. */
  | {
      readonly type: "model.called";
      readonly agent: Address;
      readonly envelope: Envelope;
      readonly model: string;
      readonly usage: Usage;
      /** From its beginning to its end, what it `waited` for its rate limits included. */
      readonly ms: number;
      readonly waited: number;
      readonly error: unknown;
    }
  /** The endpoint of the models of a key takes no more for now: no agent calls them before `until`, UTC milliseconds. */
  | { readonly type: "model.paused"; readonly key: string; readonly until: number; readonly why: string }
  /** A handler has ended, so many milliseconds after it was told to stop: 100 at the least. */
  | {
      readonly type: "handler.overran";
      readonly agent: Address;
      readonly envelope: Envelope;
      readonly ms: number;
    }
  /** A handler has not ended 5 s after its abort. */
  | { readonly type: "handler.stuck"; readonly agent: Address; readonly envelope: Envelope }
  /** An instance of a keyed agent, or a conversation, has been given its state, or it was put away. */
  | { readonly type: "instance.activated"; readonly agent: Address; readonly key: string }
  | { readonly type: "instance.passivated"; readonly agent: Address; readonly key: string }
  /** More restarts than its intensity allows: its children are stopped, and its own supervisor decides. */
  | { readonly type: "supervisor.escalated"; readonly supervisor: string; readonly error: unknown }
  /** Nobody is above: what failed stays stopped, and its mailboxes are kept. */
  | { readonly type: "system.failed"; readonly supervisor: string; readonly error: unknown }
  | { readonly type: "pool.resized"; readonly pool: Address; readonly size: number }
  | {
      readonly type: "breaker.changed";
      readonly agent: Address;
      readonly state: BreakerState;
      readonly forced: boolean;
    }
  | { readonly type: "message.interrupted"; readonly envelope: Envelope; readonly by: string }
  | { readonly type: "message.steered"; readonly envelope: Envelope; readonly into: string }
  | { readonly type: "topic.subscribed"; readonly pattern: string; readonly mailbox: Address }
  | { readonly type: "topic.unsubscribed"; readonly pattern: string; readonly mailbox: Address }
  /** A live subscriber was too slow: its queue was full. */
  | { readonly type: "event.dropped"; readonly pattern: string; readonly envelope: Envelope }
  /** Numbers of a publisher are missing before this message. */
  | { readonly type: "event.missed"; readonly envelope: Envelope; readonly count: number }
  | {
      readonly type: "log.written";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly agent: Address;
      /** Absent while the agent starts. */
      readonly envelope?: Envelope;
      readonly text: string;
      readonly data: unknown;
    }
  | { readonly type: "state.grown"; readonly agent: Address; readonly size: number }
  | {
      readonly type: "dead-letters.discarded";
      readonly id: string;
      readonly bound: "count" | "age" | "operator";
    }
  | { readonly type: "dead-letters.redriven"; readonly id: string }
  | { readonly type: "dead-letters.filled"; readonly count: number; readonly most: number }
  | { readonly type: "mailbox.abandoned"; readonly mailbox: Address; readonly waiting: number }
  | { readonly type: "listener.failed"; readonly listener: string; readonly error: unknown }
  | { readonly type: "store.failed"; readonly step: string; readonly error: unknown }
  /** Another program stays in a transaction and keeps the durable store's log growing; told from 64 MiB on, whenever it has doubled. */
  | { readonly type: "store.log-grew"; readonly bytes: number }
  /** The durable store gives room back to the disk: so many steps of it are done, and which one comes next. */
  | { readonly type: "store.compacted"; readonly step: string; readonly done: number; readonly total: number }
  | { readonly type: "statistics.taken"; readonly statistics: SystemStatistics }
  | { readonly type: "system.drained"; readonly unfinished: number }
  | { readonly type: "system.closed" };

/** The names of all reports. */
export type ReportType = Report["type"];

/** Hears reports; what it throws is contained. */
export type Listener = (report: Report) => void;

/** Where parts leave their reports. `active` is false while nobody listens: check it before building a report. */
export interface Reporter {
  readonly active: boolean;
  emit(report: Report): void;
}
