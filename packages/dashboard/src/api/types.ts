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
  /** Of a payload that came cut, in its place. */
  readonly beginning?: string;
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

export type LogLevel = "debug" | "info" | "warn" | "error";

/** A line that a handler logged. */
export interface LogNote {
  readonly type: "log";
  readonly at: string;
  readonly level: LogLevel;
  readonly text: string;
  readonly data?: unknown;
}

/** A call of a language model. */
export interface ModelNote {
  readonly type: "model";
  readonly at: string;
  readonly model: string;
  readonly simulated?: boolean;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cost?: number;
  readonly ms: number;
  readonly waited: number;
  readonly finish?: string;
  readonly error?: { readonly code: string; readonly message: string };
}

export type AttemptNote<T = LogNote | ModelNote> = T & { readonly agent: string; readonly attempt: number };

/** What is kept of how a message was worked on. */
export interface MessageNotes {
  readonly notes: readonly AttemptNote[];
  readonly cut: readonly { readonly agent: string; readonly attempt: number; readonly count: number }[];
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
  /** What the systems that run it call themselves. */
  readonly clients?: readonly string[];
  readonly state?: string;
  readonly restarts?: number;
  readonly breaker?: BreakerStatus["state"];
  readonly numbers?: WorkNumbers;
  readonly mailbox?: MailboxCounts;
}

/** What became of an agent's messages since its systems started. */
export interface WorkNumbers {
  readonly processed: number;
  readonly failed: number;
  readonly retried: number;
  readonly dead: number;
  readonly averageMs?: number;
}

export type JsonSchema = Readonly<Record<string, unknown>>;

/** An operation that an agent takes, or an event that it publishes. */
export interface Operation {
  readonly name: string;
  readonly kind: "call" | "cast" | "event";
  readonly description?: string;
  readonly in?: JsonSchema;
  readonly out?: JsonSchema;
}

/** What an agent can be asked. */
export interface Offer {
  readonly agent: string;
  readonly contract?: string;
  readonly operations: readonly Operation[];
  readonly types: readonly string[];
  readonly topics: readonly string[];
  readonly keyed: boolean;
  readonly concurrency: number;
  readonly version?: string;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** Where an agent runs, and below whom. */
export interface Place {
  readonly system: string;
  readonly client?: string;
  readonly above: readonly string[];
  readonly place: Child;
}

/** All that is known of one agent. */
export interface AgentDetail extends AgentStatus {
  readonly offer?: Offer;
  readonly places?: readonly Place[];
  readonly breakers?: readonly BreakerStatus[];
}

/** A message that waits for a time. */
export interface Delayed {
  readonly envelope: Envelope;
  readonly dueAt: string;
  readonly attempts: readonly Attempt[];
}

/** How one system took what was done to an agent. */
export interface Overseen {
  readonly system: string;
  readonly client?: string;
  readonly answers: boolean;
  readonly idle?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
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
  /** The last ten changes of its state, the newest first. */
  readonly changes: readonly BreakerChange[];
}

export interface BreakerChange {
  readonly at: string;
  readonly state: "closed" | "open" | "half-open";
  readonly forced: boolean;
  readonly reason: string;
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
  /** Who is to see to it. */
  readonly assigned?: { readonly to: string; readonly by?: string; readonly at: string };
}

export interface Child {
  readonly name: string;
  readonly type: "agent" | "pool" | "supervisor";
  readonly state: string;
  readonly restart?: string;
  readonly restarts?: number;
  readonly restartedAt?: string;
  readonly error?: ErrorRecord;
  /** The message that it worked on when it broke the last time. */
  readonly message?: string;
  /** Since when it runs. */
  readonly startedAt?: string;
  readonly paused?: boolean;
  /** Of a supervisor or a pool: whom a restart takes along, and how many of those allowed in a period were lately. */
  readonly strategy?: string;
  readonly intensity?: { readonly used: number; readonly restarts: number; readonly period: number };
  readonly children?: readonly Child[];
  readonly [field: string]: unknown;
}

export interface SystemStatus {
  readonly system: string;
  readonly client?: string;
  readonly answers: boolean;
  readonly tree?: readonly Child[];
  /** What broke lately and what became of it, the oldest first. */
  readonly incidents?: readonly Incident[];
}

export interface Incident {
  readonly at: string;
  readonly name: string;
  readonly what: "crashed" | "restarted" | "escalated" | "failed";
  readonly why?: string;
  readonly message?: string;
}

/** Messages of all mailboxes that wait for a time. */
export interface DelayedList {
  readonly items: readonly (Delayed & { readonly mailbox: string })[];
  readonly total: number;
}

/** The state of an agent as it was committed last. */
export interface AgentState {
  readonly key: string;
  readonly found: boolean;
  readonly version?: number;
  readonly state?: unknown;
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

/** How far back figures reach. */
export type Range = "5m" | "1h" | "6h" | "24h" | "7d";

/** A list of figures, one for each point; null from before the hub began. */
export type Figures = readonly (number | null)[];

/** What happened over time. */
export interface Series {
  readonly range: Range;
  /** Milliseconds that one point stands for. */
  readonly step: number;
  readonly from: string;
  /** Now, as the hub says: the last point may not be over. */
  readonly until: string;
  readonly since: string;
  readonly stored: Figures;
  readonly done: Figures;
  readonly failed: Figures;
  readonly retried: Figures;
  readonly calls: Figures;
  readonly inputTokens: Figures;
  readonly outputTokens: Figures;
  readonly p50: Figures;
  readonly p95: Figures;
  readonly total: Readonly<
    Record<"stored" | "done" | "failed" | "retried" | "calls" | "inputTokens" | "outputTokens", number>
  > & {
    readonly p50: number | null;
    readonly p95: number | null;
  };
}

/** What the hub tells of its store; times in milliseconds. */
export interface StoreStatus {
  readonly name: string;
  readonly durable: boolean;
  readonly bytes?: number;
  readonly file?: string;
  readonly logBytes?: number;
  readonly bounds?: {
    readonly history: { readonly age?: number; readonly count: number; readonly bytes: number };
    readonly deadLetters: { readonly age: number; readonly count: number };
    readonly dedupe: number;
  };
  readonly backup?: { readonly file: string; readonly bytes: number; readonly at: string };
}

/** What the hub tells of itself. */
export interface HubStatus {
  readonly version: string;
  readonly node: string;
  readonly since: string;
  readonly memory: number;
  readonly store: StoreStatus;
  readonly limits: readonly { readonly name: string; readonly used: number; readonly most: number }[];
}

export type Right = "send" | "serve" | "subscribe" | "read" | "redrive" | "answer" | "administer";

/** Who asks, as the hub knows it. */
export interface Me {
  readonly name: string;
  readonly kind: "system" | "person" | "agent";
  readonly tenant?: string;
  /** Whether the hub takes everybody on its machine for its operator. */
  readonly open: boolean;
  /** The subjects of each right; one with `*` at its end stands for all that begin so. */
  readonly rights: Readonly<Partial<Record<Right, readonly string[]>>>;
  /** Names and paths of what the hub shows nobody. */
  readonly hides: readonly string[];
}

export interface AuditLine {
  readonly at: string;
  readonly principal: string;
  readonly act: string;
  readonly subject: string;
  readonly outcome: "done" | "refused";
}

export interface AuditPage {
  /** Whether the hub keeps an audit. */
  readonly kept: boolean;
  readonly items: readonly AuditLine[];
}

/** What stands at an end of traffic: of systems, which stand for one, the name is empty. */
export interface End {
  readonly kind: "agent" | "person" | "topic" | "system";
  readonly name: string;
  /** Present of instances of an agent, which go by a key. */
  readonly keyed?: true;
}

/** What went one way in the last 5 minutes. */
export interface Edge {
  readonly from: End;
  readonly to: End;
  readonly sent: number;
  readonly done: number;
  readonly failed: number;
  readonly retried: number;
  readonly lastAt: string;
}

export interface Traffic {
  readonly from: string;
  readonly until: string;
  readonly items: readonly Edge[];
  /** Messages between pairs that are not told. */
  readonly others: number;
}

/** A view that the hub keeps: a screen and the words of its address. */
export interface SavedView {
  readonly id: string;
  readonly name: string;
  readonly screen: string;
  readonly search: Readonly<Record<string, string>>;
  readonly shared: boolean;
  readonly own: boolean;
  readonly by: string;
  readonly at: string;
}

export interface ViewList {
  /** Whether they are still there when the hub is started anew. */
  readonly kept: boolean;
  readonly items: readonly SavedView[];
}

/** Long work with the store. */
export interface Job {
  readonly id: string;
  readonly kind: "backup" | "compact";
  readonly by: string;
  readonly state: "running" | "done" | "failed" | "stopped";
  readonly progress?: { readonly step: string; readonly done: number; readonly total: number };
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

export interface JobList {
  readonly can: { readonly backup: boolean; readonly compact: boolean };
  readonly items: readonly Job[];
}

export interface TokenInfo {
  readonly id: string;
  readonly name: string;
  readonly kind: Me["kind"];
  readonly tenant?: string;
  readonly scopes: Me["rights"];
  readonly state: "good" | "expired" | "revoked";
  readonly created: string;
  readonly expires?: string;
  readonly revoked?: string;
}

export interface TokenList {
  readonly kept: boolean;
  readonly items: readonly TokenInfo[];
}

/** One value that holds for the hub, with who said so. */
export interface ConfigLine {
  readonly key: string;
  readonly value: string | number | boolean | readonly string[] | null;
  readonly source: "default" | "context" | "file" | "env" | "flag" | "program";
  readonly from?: string;
  readonly env?: string;
  readonly about: string;
}
