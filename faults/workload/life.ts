/** Life: one run of the workload in one process, from the opened store to its end. */
import {
  start,
  type Address,
  type Duration,
  type Envelope,
  type Maybe,
  type OpenStore,
  type Paged,
  type Store,
  type System,
} from "hermod";
import { drawsOf } from "../random.ts";
import { ledgerKeys, mailboxes, pause, subscribe, workers } from "./agents.ts";
import { toLetter } from "./letter.ts";
import type { Note } from "./lines.ts";
import { sendOn, sendToAll } from "./senders.ts";
import { listOf, toEntry, watched } from "./watch.ts";

export interface LifeOptions {
  readonly store: OpenStore;
  readonly note: Note;
  readonly seed: number;
  /** Unlike that of every other life on this file. */
  readonly name: string;
  /** The agents that it runs, "archive" for the durable subscription; default all. */
  readonly runs?: readonly string[];
  /** Of their deliveries. */
  readonly lease?: Duration;
  /** Longest rest of a sender between two bursts, in milliseconds; default 4. */
  readonly rest?: number;
}

const SENDERS = 3;
/** What a log holds beside parts and ends. */
const OTHER = { type: "other" } as const;

/** One system with the agents of the workload; `store` is what it works with, unwatched. */
export interface Life {
  readonly system: System;
  readonly store: Store;
  /** Sends until `isOver`. */
  readonly send: (isOver: () => boolean) => Promise<void>;
  /** Sends one message to each agent, until all are confirmed; answers the names of what must come to its end. `at` is unlike that of any other. */
  readonly sendToAll: (at: string) => Promise<readonly string[]>;
}

/** Opens the store, says what its states are, and starts the agents. */
export async function begin(options: LifeOptions): Promise<Life> {
  const { store: open, note, seed, name, runs, lease, rest = 4 } = options;
  const draw = drawsOf(seed);
  let opened: Store | undefined;
  const system = await start({ store: watched(open, note, (given) => (opened = given)), statistics: false });
  const store = opened as Store;
  await noteStates(store, note);
  const mine = workers(draw, note, lease).filter(({ address }) => runs?.includes(address) ?? true);
  const subscribed = (runs?.includes("archive") ?? true) ? [subscribe(system)] : [];
  await Promise.all([...subscribed, ...mine.map((worker) => system.spawn(worker))]);
  const sender = (at: string) => ({ system, note, draw, rest, name: `${name}-${at}` });
  const senders = Array.from({ length: SENDERS }, (_, at) => sender(`${at}`));
  return {
    system,
    store,
    send: async (isOver) => void (await Promise.all(senders.map((each) => sendOn(each, isOver)))),
    sendToAll: (at) => sendToAll(sender(at)),
  };
}

/** What each keyed state holds by the store's own word. */
export async function noteStates(store: Store, note: Note): Promise<void> {
  const keys = ledgerKeys.map((key) => `ledger#${key}`);
  const states = await Promise.all(keys.map(async (key) => store.load(key)));
  for (const [at, key] of keys.entries()) note({ kind: "read", key, list: listOf(states[at]?.json) });
}

/** A dead letter of an instance was in the mailbox of its agent. */
function mailboxOf(address: string): string {
  return address.split("#", 1)[0] as string;
}

/** Waits until nothing waits, runs or is delayed, at most `ms`; then says what is left, and the states. */
export async function workOff({ store }: Life, note: Note, ms: number): Promise<void> {
  const until = performance.now() + ms;
  while (performance.now() < until && (await isBusy(store))) await pause(5);
  for (const mailbox of mailboxes) {
    const waiting = (await waitingIn(store, mailbox)).flatMap(
      (envelope) => toLetter(envelope.payload)?.n ?? [],
    );
    note({ kind: "idle", mailbox, waiting });
  }
  const dead = await allPages((page) => store.read({ type: "dead", limit: 1000, ...page }));
  const letters = dead.flatMap(({ envelope, mailbox }) => {
    const named = toLetter(envelope.payload);
    return named && mailbox ? [{ id: named.n, mailbox: mailboxOf(mailbox) }] : [];
  });
  note({ kind: "graves", letters });
  await noteLogs(store, note);
  await noteStates(store, note);
}

/** What is recorded of each task, as readers would see it. */
async function noteLogs(store: Store, note: Note): Promise<void> {
  const agent = "scribe" as Address;
  const records = await allPages((page) => store.read({ type: "history", agent, limit: 1000, ...page }));
  const tasks = records.filter(({ envelope }) => envelope.verb === "task");
  const logs = tasks.map(async ({ envelope }) => {
    const entries = await store.parts(envelope.id, 0, 1000);
    return {
      id: toLetter(envelope.payload)?.n as string,
      entries: entries.map((entry) => toEntry(entry) ?? OTHER),
    };
  });
  note({ kind: "logs", logs: await Promise.all(logs) });
}

/** Replies to a process that died wait for it: they are nobody's here. */
async function isBusy(store: Store): Promise<boolean> {
  const { items } = await store.read({ type: "counts" });
  const own = items.filter(({ mailbox }) => (mailboxes as readonly string[]).includes(mailbox));
  return own.some(({ waiting, delayed, running }) => waiting + delayed + running > 0);
}

/** All that waits in a mailbox, for its turn or for a time. */
export async function waitingIn(store: Store, mailbox: string): Promise<readonly Envelope[]> {
  const to = { mailbox: mailbox as Address, limit: 1000 };
  const waiting = await allPages((page) => store.read({ type: "waiting", ...to, ...page }));
  const delayed = await allPages((page) => store.read({ type: "delayed", ...to, ...page }));
  return [...waiting, ...delayed.map(({ envelope }) => envelope)];
}

async function allPages<T>(
  read: (page: { readonly after?: string }) => Maybe<Paged<T>>,
): Promise<readonly T[]> {
  const found: T[] = [];
  for (let page: Paged<T> = await read({}); ; page = await read({ after: page.next })) {
    found.push(...page.items);
    if (page.next === undefined) return found;
  }
}
