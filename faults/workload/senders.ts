/** Senders: what they ask for and what is confirmed, each noted at its time: before the send, and after its promise. */
import type { System, Task } from "hermod";
import { nameOf } from "../history/trail.ts";
import { pick, type Draw } from "../random.ts";
import { ledgerKeys, listeners, pause, topics } from "./agents.ts";
import { letter } from "./letter.ts";
import type { Note } from "./lines.ts";

interface Sender {
  readonly system: System;
  readonly note: Note;
  readonly draw: Draw;
  /** Unlike that of any other sender or life. */
  readonly name: string;
  /** Longest rest between two bursts, in milliseconds. */
  readonly rest: number;
  count: number;
}

/** Sends in small bursts until `isOver`, with a rest between them. */
export async function sendOn(sender: Omit<Sender, "count">, isOver: () => boolean): Promise<void> {
  const self: Sender = { ...sender, count: 0 };
  while (!isOver()) {
    const burst = Array.from({ length: 1 + self.draw(6) }, () => sendOne(self));
    await Promise.all(burst);
    await pause(self.draw(self.rest));
  }
}

/** One message to each agent, again until it is confirmed; answers the names of what must come to its end. */
export async function sendToAll(sender: Omit<Sender, "count">): Promise<readonly string[]> {
  const self: Sender = { ...sender, count: 0 };
  const ways = [
    () => cast(self, "line", "line"),
    () => cast(self, "crew", "crew"),
    () => cast(self, "outbox", "outbox"),
    () => toLedger(self),
    () => publish(self),
    () => handOut(self).sent,
  ];
  const sent = await Promise.all(ways.map(untilConfirmed));
  const names = sent.flatMap(({ id, to }) => to.map((mailbox) => nameOf(id, mailbox)));
  return [...names, ...sent.flatMap(({ id, task }) => (task === true ? [nameOf(id, "desk")] : []))];
}

async function untilConfirmed(way: () => Promise<Begun | undefined>): Promise<Begun> {
  for (;;) {
    const said = await way();
    if (said) return said;
    await pause(50);
  }
}

function sendOne(sender: Sender): Promise<unknown> {
  const ways = ["line", "line", "crew", "ledger", "ledger", "publish", "call", "task"] as const;
  const way = pick(sender.draw, ways);
  if (way === "task") return task(sender);
  if (way === "publish") return publish(sender);
  if (way === "call") return call(sender);
  return way === "ledger" ? toLedger(sender) : cast(sender, way, way);
}

function toLedger(sender: Sender): Promise<Begun | undefined> {
  const key = pick(sender.draw, ledgerKeys);
  return cast(sender, `ledger#${key}`, "ledger", { delivery: "exactly-once" });
}

function cast(
  sender: Sender,
  to: string,
  mailbox: string,
  options: { readonly delivery?: "exactly-once" } = {},
): Promise<Begun | undefined> {
  const said = begin(sender, [mailbox], to);
  return ended(sender, said, sender.system.cast(to, "do", letter(said.id), options));
}

function publish(sender: Sender): Promise<Begun | undefined> {
  const topic = pick(sender.draw, topics);
  const said = begin(sender, listeners, topic);
  return ended(sender, said, sender.system.publish(topic, letter(said.id)));
}

/** The request is stored before its reply is; that it was is known only by the reply. */
async function call(sender: Sender): Promise<void> {
  const { system, note } = sender;
  const said = begin(sender, ["crew"]);
  note({ kind: "call", phase: "invoke", id: said.id });
  const asked = system.call("crew", "ask", letter(said.id), { delivery: "at-least-once" });
  const answered = await ended(sender, said, asked);
  note({ kind: "call", phase: answered ? "ok" : "info", id: said.id });
}

/** Hands out a task, and some are cancelled soon. */
async function task(sender: Sender): Promise<void> {
  const { draw } = sender;
  const { handle, sent } = handOut(sender);
  const said = await sent;
  if (!said || draw(2) === 0) return;
  if (draw(2) === 0) await pause(draw(8));
  await cancel(sender, said.id, await handle);
}

/** Some are for a little later, or done in a transaction. */
function handOut(sender: Sender): {
  readonly handle: Promise<Task>;
  readonly sent: Promise<Begun | undefined>;
} {
  const { system, draw } = sender;
  const said = begin(sender, ["scribe"], undefined, true);
  const delivery = draw(3) === 0 ? "exactly-once" : "at-least-once";
  const later = draw(3) === 0 ? { delay: 1 + draw(30) } : {};
  const terms = { key: said.id, onDone: ["desk", "done"], delivery, ...later } as const;
  const handle = system.task("scribe", "write", letter(said.id), terms);
  return { handle, sent: ended(sender, said, handle) };
}

async function cancel({ note }: Sender, id: string, handle: Task): Promise<void> {
  note({ kind: "cancelled", phase: "invoke", id });
  try {
    note({ kind: "cancelled", phase: "ok", id, answer: await handle.cancel() });
  } catch {
    note({ kind: "cancelled", phase: "info", id });
  }
}

interface Begun {
  readonly kind: "send";
  readonly id: string;
  readonly to: readonly string[];
  readonly sender: string;
  readonly lane?: string;
  readonly task?: boolean;
}

function begin(sender: Sender, to: readonly string[], way?: string, isTask = false): Begun {
  const id = `${sender.name}.${++sender.count}`;
  const lane = way === undefined ? {} : { lane: `${sender.name} by ${way}` };
  const task = isTask ? { task: true } : {};
  const said = { kind: "send", id, to, sender: sender.name, ...lane, ...task } as const;
  sender.note({ ...said, phase: "invoke" });
  return said;
}

/** What was said, where it is confirmed; a failure says nothing about what was stored. */
async function ended({ note }: Sender, said: Begun, sent: Promise<unknown>): Promise<Begun | undefined> {
  try {
    await sent;
    note({ ...said, phase: "ok" });
    return said;
  } catch {
    note({ ...said, phase: "info" });
    return undefined;
  }
}
