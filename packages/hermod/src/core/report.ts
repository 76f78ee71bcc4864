/**
 * Reports: what the system says about itself, one typed union, names in the past tense. They steer nothing, and cost nothing
 * while nobody listens.
 */
import type { Address } from "./address.ts";
import type { Envelope } from "./envelope.ts";
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
      readonly attempt: number;
    }
  | {
      readonly type: "delivery.settled";
      readonly envelope: Envelope;
      readonly mailbox: Address;
      readonly attempt: number;
      readonly settlement: Settlement;
    }
  | {
      readonly type: "delivery.outlived";
      readonly envelope: Envelope;
      readonly mailbox: Address;
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
  | {
      readonly type: "log.written";
      readonly level: "debug" | "info" | "warn" | "error";
      readonly agent: Address;
      readonly envelope: Envelope;
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
