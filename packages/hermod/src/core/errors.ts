/**
 * Errors are part of the product: a stable code, what was received, which rule it broke, whether trying again can help,
 * and what to do next. The table below is the whole list; `docs/errors.md` has a section for each code.
 */

/** What kind of trouble an error is. */
export type ErrorCategory =
  | "usage"
  | "routing"
  | "timeout"
  | "overload"
  | "failure"
  | "lifecycle"
  | "storage";

interface ErrorKind {
  readonly category: ErrorCategory;
  /** True when the same request may succeed later, unchanged. */
  readonly retryable: boolean;
  /** The next thing to do. */
  readonly hint: string;
}

/** Every code with its category, whether a retry can help, and a hint. */
export const errorTable = {
  HERMOD_BAD_ADDRESS: kind(
    "usage",
    false,
    "Use 1 to 200 letters, digits, dots, dashes, colons or underscores.",
  ),
  HERMOD_BAD_CONTRACT: kind(
    "usage",
    false,
    "Give each operation a Standard Schema: zod, valibot, arktype or your own.",
  ),
  HERMOD_BAD_ENVELOPE: kind(
    "usage",
    false,
    "Build messages with call, cast or send; compare the named field with its rule.",
  ),
  HERMOD_BAD_FILTER: kind(
    "usage",
    false,
    'Write key:value pairs, for example  from:writer type:request "free text".',
  ),
  HERMOD_BAD_OPTION: kind(
    "usage",
    false,
    "Compare the named option with its rule; unknown options are refused by name.",
  ),
  HERMOD_BAD_PAYLOAD: kind(
    "usage",
    false,
    "Send plain data that fits the contract: text, numbers, booleans, lists, objects, bytes.",
  ),
  HERMOD_BAD_REPLY: kind(
    "failure",
    false,
    "Return what the contract's `out` schema accepts from the handler.",
  ),
  HERMOD_BAD_STATE: kind(
    "failure",
    false,
    "Keep `ctx.state` a plain object of JSON data up to 256 KiB; put more into a database.",
  ),
  HERMOD_BUDGET: kind(
    "overload",
    false,
    "The conversation has spent what it was given: begin another one, or give the first message a larger { budget }.",
  ),
  HERMOD_CANCELLED: kind(
    "lifecycle",
    false,
    "Somebody cancelled it: the caller's signal, a task's cancel(), or the work that it was part of; it may have run.",
  ),
  HERMOD_CIRCUIT_OPEN: kind(
    "overload",
    true,
    "The agent kept failing and rests now; try again after `retryAt`, or look at system.breakers.list().",
  ),
  HERMOD_CLOSED: kind("lifecycle", true, "The system is draining or closed; send to a running one."),
  HERMOD_CONFLICT: kind("usage", false, "Use a new id or idempotency key for other content."),
  HERMOD_DUPLICATE_AGENT: kind("usage", false, "Stop the running agent first, or choose another name."),
  HERMOD_EXPIRED: kind(
    "timeout",
    false,
    "The deadline had passed before the work began; allow more time at the first call.",
  ),
  HERMOD_FAILED: kind("failure", true, "Read `cause`: the error that the called agent's handler threw."),
  HERMOD_FORBIDDEN: kind(
    "usage",
    false,
    "Ask the hub's operator for a token with the right that is named here.",
  ),
  HERMOD_HTTP: kind(
    "failure",
    true,
    "Look at `details.hop`: where on the way to the endpoint it failed. Whether the endpoint did the work is unknown.",
  ),
  HERMOD_HTTP_BLOCKED: kind(
    "usage",
    false,
    "Give a URL of the public internet, or name the host in the link's { allow: [...] }.",
  ),
  HERMOD_HTTP_STATUS: kind(
    "failure",
    false,
    "Look at `details.status` and `details.body`: what the endpoint said.",
  ),
  HERMOD_INTERNAL: kind(
    "failure",
    true,
    "Tell the hub's operator: its log says what went wrong; it is no fault of the request.",
  ),
  HERMOD_INTERCEPTOR: kind("failure", true, "Mend the interceptor named here; nothing was sent."),
  HERMOD_INTERRUPTED: kind(
    "lifecycle",
    false,
    "A newer message took the handler's place, as the agent's busy rule says.",
  ),
  HERMOD_LOOP: kind(
    "routing",
    false,
    "Agents send in a circle: let one of them end it, or give start({ loops }) a higher limit.",
  ),
  HERMOD_MEDIA_TYPE: kind(
    "usage",
    false,
    "Send JSON in UTF-8, uncompressed, with the header content-type: application/json.",
  ),
  HERMOD_METHOD: kind("usage", false, "Use one of the methods in the answer's header `allow`."),
  HERMOD_MODEL: kind(
    "failure",
    true,
    "Read `cause` and `details`: what the model's endpoint said. The same call may succeed later.",
  ),
  HERMOD_MODEL_OUTPUT: kind(
    "failure",
    false,
    "Look at what the model said in `details`; say in the instructions what is wanted, or allow more steps and repairs.",
  ),
  HERMOD_NOT_FOUND: kind(
    "routing",
    false,
    "Compare the address with the routes in /v1/openapi.json, and the id with a list; what is old is forgotten.",
  ),
  HERMOD_NO_AGENT: kind(
    "routing",
    true,
    "Check the name against the nearest ones, start the agent, or send with { hold: true }.",
  ),
  HERMOD_NO_MODEL: kind(
    "usage",
    false,
    "Pass a model: start({ model: simulated() }) from hermod/testing needs no key.",
  ),
  HERMOD_NO_OPERATION: kind(
    "usage",
    false,
    "Add a handler for the operation, or send one that the agent has.",
  ),
  HERMOD_NO_TASK: kind(
    "routing",
    false,
    "Compare the id and the agent with those of the start; old tasks are forgotten with their history.",
  ),
  HERMOD_NOT_PULLED: kind(
    "usage",
    false,
    "List the contract in start({ pull: [...] }) and give it no handlers: push or pull, not both.",
  ),
  HERMOD_OVERLOADED: kind(
    "overload",
    true,
    'Send slower, raise `capacity`, or choose an overflow rule such as "wait".',
  ),
  HERMOD_PORT_TAKEN: kind(
    "lifecycle",
    true,
    "Choose another port, 0 for a free one, or stop the program that listens there.",
  ),
  HERMOD_PROTOCOL: kind(
    "usage",
    false,
    "Compare what was sent with docs/protocol.md; hub and clients must be of the same version.",
  ),
  HERMOD_QUORUM: kind(
    "failure",
    false,
    "Look at `details.outcomes`: what became of each who was asked. Ask more of them, or want fewer good answers.",
  ),
  HERMOD_RATE_LIMITED: kind(
    "overload",
    true,
    "The model's endpoint takes no more for now: try again after `details.retryAfter` milliseconds, or ask for less a minute.",
  ),
  HERMOD_REJECTED: kind(
    "failure",
    false,
    "The receiver refused the message; its reason stands in the message.",
  ),
  HERMOD_ROUTER: kind("failure", true, "Mend the route named here; nothing was sent."),
  HERMOD_SETTLED: kind("usage", false, "Settle a delivery once: one of ack, nack, reject or reply."),
  HERMOD_STALE_LEASE: kind(
    "lifecycle",
    false,
    "The lease ran out and the message was given to another; use extend() for long work.",
  ),
  HERMOD_STORE: kind("storage", true, "Read `cause`: what the store said. Nothing was half done."),
  HERMOD_STORE_CORRUPT: kind(
    "storage",
    false,
    "Leave the file and those beside it as they are; look with check(file), and restore() a backup.",
  ),
  HERMOD_STORE_FULL: kind(
    "storage",
    true,
    "Free space on the disk that holds the file, then do it again: nothing was half done.",
  ),
  HERMOD_STORE_OWNED: kind(
    "storage",
    true,
    "Stop the owner named here, work through its hub, or open the file read-only.",
  ),
  HERMOD_STORE_READONLY: kind(
    "storage",
    false,
    "Give this user the right to write the file and its directory, or name another place.",
  ),
  HERMOD_STORE_VERSION: kind(
    "storage",
    false,
    "Update Hermod, or restore the backup that the newer release left beside the file.",
  ),
  HERMOD_TIMEOUT: kind(
    "timeout",
    true,
    "Raise { timeout }, or look at what waits: system.mailbox(name).peek(). The outcome is unknown.",
  ),
  HERMOD_TOO_LARGE: kind(
    "usage",
    false,
    "Send a reference instead of the content, or raise the limit named here.",
  ),
  HERMOD_UNAUTHORIZED: kind(
    "usage",
    false,
    "Give the hub a token that it knows: make one with hermod token create.",
  ),
  HERMOD_UNREACHABLE: kind(
    "storage",
    true,
    "Start the hub named here, or compare its address; whether the request was done is unknown.",
  ),
  HERMOD_UNSAFE_FILE: kind(
    "storage",
    false,
    "Let the file belong to whoever runs the hub, with mode 600, in a directory where nobody else may write.",
  ),
  HERMOD_UNSUPPORTED: kind("usage", false, "Choose a store that can do this, or another option."),
} as const satisfies Record<string, ErrorKind>;

/** A code of the table. */
export type ErrorCode = keyof typeof errorTable;

/** What an error carries besides its message. */
export interface ErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
  /** A hint that knows more than the table's. */
  readonly hint?: string;
  /** Overrides the table where the cause knows better. */
  readonly retryable?: boolean;
}

/** An error as plain data: the same shape in envelopes, dead letters, HTTP, CLI and page. */
export interface ErrorRecord {
  readonly code: string;
  readonly name: string;
  readonly message: string;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  /** Where a user's code threw, its first lines. */
  readonly stack?: string;
}

/** The base of every error that Hermod throws: `code`, `category`, `retryable`, `details`, `hint`, `docs`, `cause`. */
export class HermodError extends Error {
  readonly code: ErrorCode;
  readonly category: ErrorCategory;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
  readonly hint: string;
  /** The page that explains the code. */
  readonly docs: string;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const { category, retryable, hint } = errorTable[code];
    this.name = new.target.name;
    this.code = code;
    this.category = category;
    this.retryable = options.retryable ?? retryable;
    this.details = options.details ?? {};
    this.hint = options.hint ?? hint;
    this.docs = `docs/errors.md#${code.toLowerCase()}`;
  }

  /** The error as plain data. */
  toJSON(): ErrorRecord {
    const { code, name, message, category, retryable, hint, details } = this;
    return { code, name, message, category, retryable, hint, details };
  }
}

/** No agent has this address: nothing was stored. */
export class NoAgentError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_NO_AGENT", message, options);
  }
}

/** No reply came in time: whether the work was done is unknown. */
export class TimeoutError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_TIMEOUT", message, options);
  }
}

/** A mailbox or the system has no room: the work was not started. */
export class OverloadedError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_OVERLOADED", message, options);
  }
}

/** The called agent keeps failing, and its breaker keeps work from it: the work was not started. */
export class CircuitOpenError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_CIRCUIT_OPEN", message, options);
  }
}

/** The receiver refused the message. */
export class RejectedError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_REJECTED", message, options);
  }
}

/** The called agent's handler threw; its error is the `cause`. */
export class FailedError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_FAILED", message, options);
  }
}

/** The caller's own signal ended the wait. */
export class CancelledError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_CANCELLED", message, options);
  }
}

/** Agents wait for one another in a circle, or send to one another without end: `details.agents` names them. */
export class LoopError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_LOOP", message, options);
  }
}

/** The conversation has spent what it was given: `details` has the amount's name, its limit and what is spent. */
export class BudgetError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_BUDGET", message, options);
  }
}

/** The deadline had passed before the work began: it never ran. */
export class ExpiredError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_EXPIRED", message, options);
  }
}

/** The lease ran out and a newer delivery of the message exists: this one settles nothing. */
export class StaleLeaseError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_STALE_LEASE", message, options);
  }
}

/** Payload, reply or state is larger than a limit. */
export class TooLargeError extends HermodError {
  constructor(message: string, options?: ErrorOptions) {
    super("HERMOD_TOO_LARGE", message, options);
  }
}

const classes = {
  HERMOD_BUDGET: BudgetError,
  HERMOD_CIRCUIT_OPEN: CircuitOpenError,
  HERMOD_LOOP: LoopError,
  HERMOD_NO_AGENT: NoAgentError,
  HERMOD_TIMEOUT: TimeoutError,
  HERMOD_OVERLOADED: OverloadedError,
  HERMOD_REJECTED: RejectedError,
  HERMOD_FAILED: FailedError,
  HERMOD_CANCELLED: CancelledError,
  HERMOD_EXPIRED: ExpiredError,
  HERMOD_STALE_LEASE: StaleLeaseError,
  HERMOD_TOO_LARGE: TooLargeError,
} as const;

function kind(category: ErrorCategory, retryable: boolean, hint: string): ErrorKind {
  return { category, retryable, hint };
}

/** Text about a thrown value, whatever it is; never throws. */
export function describe(thrown: unknown): string {
  try {
    if (thrown instanceof Error) return String(thrown.message);
    return typeof thrown === "string" ? thrown : (JSON.stringify(thrown) ?? String(thrown));
  } catch {
    return `a thrown ${typeof thrown} that cannot be read`;
  }
}

/** Enough of a stack to find the line that threw. */
const MOST_STACK = 2048;

/** Any thrown value as plain data; a user's error keeps its name and message (4,096 characters at most). */
export function toRecord(thrown: unknown): ErrorRecord {
  const message = describe(thrown).slice(0, 4096);
  return {
    code: "HERMOD_FAILED",
    name: typeof thrown,
    message,
    category: "failure",
    retryable: true,
    ...saidBy(thrown),
  };
}

/** What an error says of itself; nothing where the thrown value cannot even be looked at. */
function saidBy(thrown: unknown): Partial<ErrorRecord> {
  try {
    if (thrown instanceof HermodError) return thrown.toJSON();
    if (!(thrown instanceof Error)) return {};
    const name = String(thrown.name);
    return typeof thrown.stack === "string" ? { name, stack: thrown.stack.slice(0, MOST_STACK) } : { name };
  } catch {
    return {};
  }
}

/** True for a code of the table. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === "string" && Object.hasOwn(errorTable, code);
}

/** The error that a record describes, as an instance of its class; an unknown code becomes a FailedError. */
export function fromRecord(record: ErrorRecord, cause?: unknown): HermodError {
  const { code, message, retryable, hint, details } = record;
  const options = {
    retryable,
    ...(hint && { hint }),
    ...(details && { details }),
    ...(cause !== undefined && { cause }),
  };
  if (!isErrorCode(code)) return new FailedError(message, options);
  const known = Object.hasOwn(classes, code) ? classes[code as keyof typeof classes] : undefined;
  return known ? new known(message, options) : new HermodError(code, message, options);
}
