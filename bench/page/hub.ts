/** The hub's process of the page's benchmarks: it does what it is told, and says when it is done. */
import { setTimeout as pause } from "node:timers/promises";
import { Hub } from "@hermod/hub";
import { agent, memory, start, type System } from "hermod";
import { remote } from "hermod/remote";
import type { Order } from "./stage.ts";

const names = ["planner", "writer", "critic", "editor", "printer"];
const agents = names.map((name) => agent(name, { concurrency: 64, on: { notification: () => undefined } }));
const hub = await Hub.open({ store: memory({ history: { count: 250_000, bytes: 2 ** 30 } }), port: 0 });
const system = await start({ agents, store: remote(hub.url, { client: "bench" }) });

process.on("message", (order: Order) => void done(order).then(() => process.send?.("done")));
process.send?.(hub.url);

async function done(order: Order): Promise<void> {
  switch (order.do) {
    case "history":
      return many(system, order.messages, () => undefined);
    case "conversation":
      return many(system, order.messages, () => "long");
    case "flow":
      return flow(order.perSecond, order.seconds);
  }
}

/** Messages as fast as they go. */
async function many(from: System, count: number, talk: () => string | undefined): Promise<void> {
  for (let sent = 0; sent < count; sent += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, count - sent) }, (_, at) => say(from, sent + at, talk())),
    );
}

/** So many a second, in bursts of 20 ms. */
async function flow(perSecond: number, seconds: number): Promise<void> {
  const began = performance.now();
  for (let sent = 0; sent < perSecond * seconds; await pause(20)) {
    const due = Math.min(perSecond * seconds, ((performance.now() - began) / 1000) * perSecond);
    const burst: Promise<unknown>[] = [];
    for (; sent < due; sent++) burst.push(say(system, sent, undefined));
    await Promise.all(burst);
  }
}

function say(from: System, n: number, conversation: string | undefined): Promise<unknown> {
  const payload = { n, text: "The tide turns twice a day, and nobody asks why." };
  const to = names[n % names.length] as string;
  return from.cast(to, "note", payload, conversation === undefined ? {} : { conversation });
}
