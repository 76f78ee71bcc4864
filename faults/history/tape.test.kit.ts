/** Tape: writes a history by hand, a word an event; time goes on by one with each. */
import type { Cancel, Event, LogEntry, TaskState } from "./event.ts";
import { check } from "./check.ts";
import { faults, type Class } from "./verdict.ts";

type Without<E> = E extends Event ? Omit<E, "process" | "time"> : never;
interface Claimed {
  readonly token?: number;
  readonly mailbox?: string;
}

export class Tape {
  readonly events: Event[] = [];
  time = 0;
  process = "p";

  /** Any event. */
  note(event: Without<Event>): this {
    this.events.push({ process: this.process, time: ++this.time, ...event } as Event);
    return this;
  }

  /** A send of `sender` that was confirmed; `phases` says otherwise. */
  sent(
    id: string,
    { sender = "s", to = ["box"], phases = ["invoke", "ok"], ...more }: SentOptions = {},
  ): this {
    const lane = more.cause === undefined ? { lane: sender } : {};
    for (const phase of phases) this.note({ kind: "send", phase, id, to, sender, ...lane, ...more });
    return this;
  }

  handled(id: string, token: number, { mailbox = "box", ...more }: HandledOptions = {}): this {
    return this.note({ kind: "handled", id, mailbox, token, attempt: 1, message: id, ...more });
  }

  acked(
    id: string,
    token: number,
    { mailbox = "box", phases = ["invoke", "ok"], ...more }: AckedOptions = {},
  ): this {
    for (const phase of phases) this.note({ kind: "acked", phase, id, mailbox, token, ...more });
    return this;
  }

  /** Handed out and acked. */
  done(id: string, token: number, more: AckedOptions = {}): this {
    return this.handled(id, token, more.mailbox === undefined ? {} : { mailbox: more.mailbox }).acked(
      id,
      token,
      more,
    );
  }

  returned(id: string, token: number, phases: readonly Phase[] = ["invoke", "ok"]): this {
    for (const phase of phases) this.note({ kind: "returned", phase, id, mailbox: "box", token });
    return this;
  }

  ended(kind: "dead-lettered" | "expired" | "purged", id: string, { token }: Claimed = {}): this {
    return this.note({ kind, phase: "ok", id, mailbox: "box", ...(token !== undefined && { token }) });
  }

  restarted(): this {
    return this.note({ kind: "restart" });
  }

  read(key: string, list: readonly string[], by?: Claimed & { readonly id: string }): this {
    if (by === undefined) return this.note({ kind: "read", key, list });
    return this.note({ kind: "read", key, list, by: { mailbox: "box", token: 0, ...by } });
  }

  idle(...waiting: readonly string[]): this {
    return this.note({ kind: "idle", mailbox: "box", waiting });
  }

  /** A task that was confirmed. */
  task(id: string): this {
    return this.sent(id, { task: true });
  }

  /** The parts that the store confirms, as "number attempt.place". */
  parts(id: string, ...parts: readonly string[]): this {
    for (const part of parts) {
      const [number, attempt, at] = part.split(/[ .]/).map(Number) as [number, number, number];
      this.note({ kind: "part", id, number, attempt, at });
    }
    return this;
  }

  /** Its handler begins. */
  run(id: string): this {
    return this.note({ kind: "run", id });
  }

  cancelled(id: string, answer: NonNullable<Cancel["answer"]>): this {
    return this.note({ kind: "cancelled", phase: "ok", id, answer });
  }

  /** What somebody is told of its end; one `message` is one word. */
  told(id: string, state: TaskState = "done", message = "w"): this {
    return this.note({ kind: "told", id, message, state });
  }

  /** The log of a task when all is over: parts as "attempt.place", and its ends. */
  log(id: string, ...entries: readonly string[]): this {
    return this.note({ kind: "logs", logs: [{ id, entries: entries.map(toEntry) }] });
  }

  /** Each fault that is found, as often as it is. */
  get faults(): Partial<Record<Class, number>> {
    const { counts } = check(this.events);
    return Object.fromEntries(faults.flatMap((name) => (counts[name] > 0 ? [[name, counts[name]]] : [])));
  }
}

function toEntry(text: string): LogEntry {
  const [attempt, at] = text.split(".").map(Number) as [number, number];
  if (at !== undefined) return { type: "part", attempt, at };
  return text === "other" ? { type: "other" } : { type: "end", attempt: 1, state: text as TaskState };
}

type Phase = "invoke" | "ok" | "fail" | "info";
interface SentOptions {
  readonly sender?: string;
  readonly to?: readonly string[];
  readonly phases?: readonly Phase[];
  readonly cause?: { readonly id: string; readonly mailbox: string };
  readonly volatile?: boolean;
  readonly task?: boolean;
  readonly lane?: string;
}
interface HandledOptions {
  readonly mailbox?: string;
  readonly attempt?: number;
  readonly message?: string;
  readonly until?: number;
}
interface AckedOptions {
  readonly mailbox?: string;
  readonly phases?: readonly Phase[];
  readonly key?: string;
}

export const tape = (): Tape => new Tape();
