/** Numbers: what a system counts of itself, as `stats` and the report `statistics.taken` give it. */
import type { Address } from "./address.ts";

/** Numbers of one mailbox at this moment. */
export interface MailboxCounts {
  readonly mailbox: Address;
  /** True when somebody claims from it now. */
  readonly served: boolean;
  /** True while all who claim from it have said that they take nothing for now; absent while one of them does. */
  readonly rests?: boolean;
  /** The addresses of the systems that claim from it, where all of them have said which they are. */
  readonly servers?: readonly Address[];
  readonly waiting: number;
  readonly delayed: number;
  readonly running: number;
  readonly bytes: number;
  /** Messages stored for it since the store was opened. */
  readonly received: number;
  /** When the oldest waiting message was sent, UTC milliseconds. */
  readonly oldestSentAt?: number;
}

/** How messages found their recipients. */
export interface RouterNumbers {
  readonly routed: number;
  readonly delivered: number;
  readonly failed: number;
  readonly duplicates: number;
}

/** How deliveries ended. Rates are of the messages that reached their end: acknowledged, or failed for good. */
export interface DeliveryNumbers {
  readonly delivered: number;
  readonly acknowledged: number;
  readonly failed: number;
  readonly retried: number;
  readonly dead: number;
  readonly lateReplies: number;
  readonly successRate: number;
  readonly failureRate: number;
  readonly averageAttempts: number;
}

/** What is known of a mailbox now. `processed` counts acknowledged messages; `averageMs` is handling time, waiting aside. */
export interface MailboxStatistics extends MailboxCounts {
  readonly processed: number;
  readonly failed: number;
  readonly retried: number;
  readonly dead: number;
  readonly averageMs: number | undefined;
  readonly lastReceivedAt: number | undefined;
  readonly lastProcessedAt: number | undefined;
}

/** The numbers of a system. */
export interface SystemStatistics {
  readonly router: RouterNumbers & { readonly routes: number };
  readonly delivery: DeliveryNumbers & { readonly pending: number; readonly running: number };
  readonly calls: { readonly waiting: number };
  readonly mailboxes: readonly MailboxStatistics[];
}
