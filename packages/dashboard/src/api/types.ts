/** Types: what the hub answers over HTTP, as far as the page reads it. Times are ISO 8601; see /v1/openapi.json. */

export type State = "waiting" | "running" | "done" | "failed" | "dead";
export type Verb = "call" | "cast" | "task" | "publish" | "info" | "reply";
export type MessageType = "request" | "response" | "notification" | "task" | "result" | "error" | "status";

export interface Envelope {
  readonly v: number;
  readonly id: string;
  readonly verb: Verb;
  readonly type: MessageType;
  readonly operation: string;
  readonly from: string;
  readonly to?: string;
  readonly topic?: string;
  readonly payload?: unknown;
  readonly priority: number;
  readonly delivery: string;
  readonly conversationId: string;
  readonly correlationId?: string;
  readonly causeId?: string;
  readonly inReplyTo?: string;
  readonly replyTo?: string;
  readonly sentAt: string;
  readonly deadline?: string;
  readonly notBefore?: string;
  readonly size?: number;
  readonly [field: string]: unknown;
}

export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly [field: string]: unknown;
}

export interface Attempt {
  readonly number: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly outcome: "acked" | "retried" | "failed" | "dead" | "released" | "lease-expired";
  readonly error?: ErrorRecord;
}

/** A message with what became of it. */
export interface MessageRecord {
  readonly envelope: Envelope;
  readonly mailbox?: string;
  readonly state: State;
  readonly attempts: readonly Attempt[];
}

/** A conversation in short. */
export interface ConversationSummary {
  readonly id: string;
  readonly first: Pick<Envelope, "verb" | "type" | "operation" | "from" | "to" | "topic"> & {
    readonly preview: string;
  };
  readonly participants: readonly string[];
  /** How many participants are not named. */
  readonly others: number;
  readonly messages: number;
  /** False where there are more messages than were counted. */
  readonly isWhole: boolean;
  readonly state: "open" | "failed" | "done";
  readonly startedAt: string;
  readonly endedAt: string;
  readonly spent?: { readonly tokens?: number; readonly cost?: number };
}

export interface DeadLetter {
  readonly id: string;
  readonly envelope: Envelope;
  readonly mailbox?: string;
  readonly reason: string;
  readonly error?: ErrorRecord;
  readonly attempts: readonly Attempt[];
  readonly diedAt: string;
  readonly generation: number;
}

export interface DeadLetterGroup {
  readonly cause: string;
  readonly reason: string;
  readonly count: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly mailboxes: readonly string[];
  readonly example: string;
}

export interface MailboxCounts {
  readonly mailbox: string;
  readonly served: boolean;
  readonly waiting: number;
  readonly delayed: number;
  readonly running: number;
  readonly bytes: number;
  readonly received: number;
  readonly oldestSentAt?: string;
}

export interface AgentStatus {
  readonly name: string;
  readonly systems: number;
  readonly pulled: boolean;
  readonly paused?: number;
  readonly mailbox?: MailboxCounts;
}

export interface BreakerStatus {
  readonly system: string;
  readonly agent: string;
  readonly state: "closed" | "open" | "half-open";
  readonly forced: boolean;
  readonly deliveries: number;
  readonly failures: number;
  readonly openedAt?: string;
  readonly retryAt?: string;
}

export interface Question {
  readonly id: string;
  readonly person: string;
  readonly question: string;
  readonly options?: readonly string[];
  readonly details?: unknown;
  readonly from: string;
  readonly conversation: string;
  readonly askedAt: string;
  readonly deadline?: string;
}

export interface Child {
  readonly name: string;
  readonly type: "agent" | "pool" | "supervisor";
  readonly state: string;
  readonly children?: readonly Child[];
  readonly [field: string]: unknown;
}

export interface SystemStatus {
  readonly system: string;
  readonly client?: string;
  readonly answers: boolean;
  readonly tree?: readonly Child[];
}

export interface Statistics {
  readonly store: { readonly name: string; readonly durable: boolean };
  readonly sessions: number;
  readonly readers: number;
  readonly held: number;
  readonly system: Readonly<Record<string, unknown>>;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** The `after` of the next page; absent on the last one. */
  readonly next?: string;
}
