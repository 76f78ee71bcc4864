/**
 * Watch: a store that says what it is asked and what it answers, for the messages of the workload: claims with their tokens,
 * settlements with what became of them, outputs, states, parts, and the replies and ends of tasks that come in.
 */
import type {
  Claim,
  Envelope,
  Maybe,
  OpenStore,
  Settled,
  Settlement,
  StateChange,
  Store,
  System,
} from "hermod";
import { toLetter, toTold } from "./letter.ts";
import type { Note } from "./lines.ts";
import type { LogEntry, TaskState } from "../history/event.ts";

/** The same store, watched; `opened` gets it before the system does. */
export function watched(
  open: OpenStore,
  note: Note,
  opened: (store: Store) => void = () => undefined,
): OpenStore {
  return async (env) => {
    const store = await open({
      ...env,
      died: (letter) => {
        const { mailbox, envelope } = letter;
        // What nobody waits for any more dies with its asker.
        const named = envelope.verb === "reply" ? undefined : toLetter(envelope.payload);
        const kind = kinds[letter.reason] ?? "purged";
        if (named && mailbox) note({ kind, phase: "ok", id: named.n, mailbox });
        env.died(letter);
      },
    });
    opened(store);
    return watch(store, note);
  };
}

/** Deaths that the store itself decides; all other reasons are somebody's order. */
const kinds: Readonly<Record<string, "expired" | "dead-lettered">> = {
  expired: "expired",
  exhausted: "dead-lettered",
};

function watch(store: Store, note: Note): Store {
  return new Proxy(store, {
    get(target, name) {
      if (name === "claim") return (...given: Parameters<Store["claim"]>) => watchClaim(target, note, given);
      if (name === "settle")
        return (...given: Parameters<Store["settle"]>) => watchSettle(target, note, given);
      if (name === "record")
        return (...given: Parameters<Store["record"]>) => watchRecord(target, note, given);
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

function watchClaim(store: Store, note: Note, given: Parameters<Store["claim"]>): Maybe<number> {
  const out = given[3];
  const before = out.length;
  return then(store.claim(...given), (count) => {
    for (const claim of out.slice(before)) noteClaim(claim, note);
    return count;
  });
}

function watchRecord(store: Store, note: Note, given: Parameters<Store["record"]>): Maybe<number> {
  return then(store.record(...given), (number) => {
    const entry = toEntry(given[1]);
    if (entry?.type === "part")
      note({ kind: "part", id: entry.id, number, attempt: entry.attempt, at: entry.at });
    return number;
  });
}

function noteClaim({ envelope, mailbox, token, attempt }: Claim, note: Note): void {
  const told = toTold(envelope.payload);
  if (told) return note({ kind: "told", id: told.key, message: envelope.id, state: told.state });
  const named = toLetter(envelope.payload);
  if (!named) return;
  const { n: id } = named;
  if (envelope.verb === "reply") note({ kind: "reply", id, message: envelope.id });
  else note({ kind: "handled", id, mailbox, token, attempt, message: envelope.id });
}

function watchSettle(store: Store, note: Note, given: Parameters<Store["settle"]>): Maybe<Settled> {
  const [claim, settlement, outputs, state] = given;
  const named = toLetter(claim.envelope.payload);
  if (!named || claim.envelope.verb === "reply") return store.settle(...given);
  const say = (phase: "invoke" | "ok" | "fail"): void => {
    const { mailbox, token } = claim;
    for (const output of outputs) noteOutput(claim, output, phase, note);
    const key = settlement.type === "ack" && state?.json !== undefined ? { key: state.key } : {};
    note({ kind: kindOf(settlement), phase, id: named.n, mailbox, token, ...key });
  };
  say("invoke");
  if (state) noteState(claim, named.n, state, note);
  return then(store.settle(...given), (settled) => {
    say(settled.status === "settled" ? "ok" : "fail");
    return settled;
  });
}

function kindOf({ type }: Settlement): "acked" | "returned" | "dead-lettered" {
  if (type === "ack" || type === "fail") return "acked";
  return type === "dead" ? "dead-lettered" : "returned";
}

function noteOutput(
  { envelope, mailbox }: Claim,
  output: Envelope,
  phase: "invoke" | "ok" | "fail",
  note: Note,
): void {
  const named = toLetter(output.payload);
  if (!named || output.verb === "reply" || output.to === undefined) return;
  const cause = { id: toLetter(envelope.payload)?.n as string, mailbox };
  note({ kind: "send", phase, id: named.n, to: [output.to], sender: mailbox, cause });
}

/** Every sixteenth: a whole list is long. */
function noteState({ mailbox, token }: Claim, id: string, { key, json }: StateChange, note: Note): void {
  if (json === undefined || token % 16 !== 0) return;
  note({ kind: "read", key, list: listOf(json), by: { id, mailbox, token } });
}

/** Says whose lease a store gives up: nobody else sees that what a dead process held comes back, and others may have passed it by then. */
export function noteExpired(system: System, note: Note): void {
  system.reports((report) => {
    if (report.type !== "lease.expired") return;
    const { envelope, mailbox, attempt } = report;
    const id = toLetter(envelope.payload)?.n;
    if (id !== undefined) note({ kind: "lease-expired", id, mailbox, attempt });
  });
}

/** An entry of a task's log as histories have it. */
export function toEntry(entry: unknown): (LogEntry & { readonly id: string }) | undefined {
  const { type, attempt, value, state } = entry as {
    readonly type: string;
    readonly attempt: number;
    readonly value: { readonly n: string; readonly at: number };
    readonly state: TaskState;
  };
  if (type === "part") return { type, id: value.n, attempt, at: value.at };
  if (type === "end") return { type, id: "", attempt, state };
  return undefined;
}

/** The list in a ledger's state. */
export function listOf(json: string | undefined): readonly string[] {
  return json === undefined ? [] : (JSON.parse(json) as { readonly list: readonly string[] }).list;
}

function then<T, U>(value: Maybe<T>, next: (value: T) => U): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value as T);
}
