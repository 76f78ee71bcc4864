/**
 * Event: one line of a history, written by whoever saw it happen. What a client does has phases, as in Jepsen: it was asked
 * for ("invoke"), it happened ("ok"), it did not ("fail"), or nobody knows ("info"). An "invoke" without an end is not known.
 * A history is a list of events in the order in which they were seen.
 */

export type Phase = "invoke" | "ok" | "fail" | "info";

interface Seen {
  /** Who saw it: one process of the operating system, whatever its incarnation. */
  readonly process: string;
  /** Monotonic milliseconds. */
  readonly time: number;
}

/** A message in one mailbox. */
interface Placed extends Seen {
  /** What its sender calls the message; one send has one id. */
  readonly id: string;
  readonly mailbox: string;
}

/** A send or publish: stored for each of these mailboxes when it is "ok". */
export interface Send extends Seen {
  readonly kind: "send";
  readonly phase: Phase;
  readonly id: string;
  readonly to: readonly string[];
  readonly sender: string;
  /** Messages of one lane are to be handed out in the order of their sends: one sender, mailbox and priority. Absent: no order. */
  readonly lane?: string;
  /** The delivery whose handler sent it within its transaction. */
  readonly cause?: { readonly id: string; readonly mailbox: string };
  /** May be lost, but never comes twice. */
  readonly volatile?: boolean;
  /** Long work: it has a log of parts and one end, and somebody is told of that. */
  readonly task?: boolean;
}

/** A delivery: a handler got the message. */
export interface Handled extends Placed {
  readonly kind: "handled";
  /** Fencing token of the claim: grows. */
  readonly token: number;
  readonly attempt: number;
  /** The store's own id: two of them for one send are two messages. */
  readonly message?: string;
  /** When the lease runs out, monotonic milliseconds. */
  readonly until?: number;
}

/** The lease of a claim runs on. */
export interface Extended extends Placed {
  readonly kind: "extended";
  readonly token: number;
  readonly until: number;
}

/** The claim is given back: a failed attempt that is tried again, or one that never began. */
export interface Returned extends Placed {
  readonly kind: "returned";
  readonly phase: Phase;
  readonly token: number;
}

/** The end of a message by the one who holds it. */
export interface Acked extends Placed {
  readonly kind: "acked";
  readonly phase: Phase;
  readonly token: number;
  /** The keyed state to which the handler appended the message's id in the same transaction. */
  readonly key?: string;
}

/** The end of a message without success, or by somebody else's hand; `token` where a claim did it. */
export interface Ended extends Placed {
  readonly kind: "dead-lettered" | "expired" | "purged";
  readonly phase: Phase;
  readonly token?: number;
}

/** The store gave up a claim (that of the `attempt`, where it says so), or somebody gave back a dead letter. */
export interface Freed extends Placed {
  readonly kind: "lease-expired" | "redriven";
  readonly attempt?: number;
}

/** A process died and was started again: what it held is void. */
export interface Restart extends Seen {
  readonly kind: "restart";
}

/** A call, at its caller. */
export interface Call extends Seen {
  readonly kind: "call";
  readonly phase: Phase;
  readonly id: string;
}

/** A reply that came to the caller's side; `message` is the store's id of the reply. */
export interface Reply extends Seen {
  readonly kind: "reply";
  readonly id: string;
  readonly message: string;
}

/** A keyed state as somebody read it: within a delivery (it counts when that one is acked), or from outside. */
export interface Read extends Seen {
  readonly kind: "read";
  readonly key: string;
  readonly list: readonly string[];
  readonly by?: { readonly id: string; readonly mailbox: string; readonly token: number };
}

/** A consumer with nothing to do, and what waited for it at that time and could have been handed out. */
export interface Idle extends Seen {
  readonly kind: "idle";
  readonly mailbox: string;
  readonly waiting: readonly string[];
}

/** All dead letters of the store, as it lists them. */
export interface Graves extends Seen {
  readonly kind: "graves";
  readonly letters: readonly { readonly id: string; readonly mailbox: string }[];
}

/** The handler of a task begins. */
export interface Run extends Seen {
  readonly kind: "run";
  readonly id: string;
}

/** A part of a task that the store has confirmed: its number in the log, and which one of its attempt it is, from 1. */
export interface Part extends Seen {
  readonly kind: "part";
  readonly id: string;
  readonly number: number;
  readonly attempt: number;
  readonly at: number;
}

/** Somebody wants a task to end; `answer` when it is "ok". */
export interface Cancel extends Seen {
  readonly kind: "cancelled";
  readonly phase: Phase;
  readonly id: string;
  readonly answer?: "cancelled-before-start" | "signalled" | "already-finished" | "unknown";
}

export type TaskState = "done" | "failed" | "cancelled";

/** Somebody got the word of a task's end; `message` is the store's id of it. */
export interface Told extends Seen {
  readonly kind: "told";
  readonly id: string;
  readonly message: string;
  readonly state: TaskState;
}

/** An entry of a task's log; its number is its place, from 1. */
export type LogEntry =
  | { readonly type: "part"; readonly attempt: number; readonly at: number }
  | { readonly type: "end"; readonly attempt: number; readonly state: TaskState }
  | { readonly type: "other" };

/** The logs of all tasks that the store knows, when nothing is left to do. */
export interface Logs extends Seen {
  readonly kind: "logs";
  readonly logs: readonly { readonly id: string; readonly entries: readonly LogEntry[] }[];
}

export type Event =
  | Run
  | Part
  | Cancel
  | Told
  | Logs
  | Graves
  | Send
  | Handled
  | Extended
  | Returned
  | Acked
  | Ended
  | Freed
  | Restart
  | Call
  | Reply
  | Read
  | Idle;
