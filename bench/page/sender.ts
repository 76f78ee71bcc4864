/** Sender: agents behind a hub, and what is sent to them as it is ordered; in the hub's process, or as `sender.ts URL` in one of its own. */
import { setTimeout as pause } from "node:timers/promises";
import { agent, start, type System } from "hermod";
import { remote } from "hermod/remote";
import type { Order } from "./stage.ts";

const names = ["planner", "writer", "critic", "editor", "printer"];

/** Does what its parent tells it to, and says when it is done. */
export async function obey(url: string): Promise<void> {
  const agents = names.map((name) => agent(name, { concurrency: 64, on: { notification: () => undefined } }));
  const system = await start({ agents, store: remote(url, { client: "bench" }) });
  process.on("message", (order: Order) => void done(system, url, order).then(() => process.send?.("done")));
}

async function done(system: System, url: string, order: Order): Promise<void> {
  switch (order.do) {
    case "history":
      return many(system, order.messages, () => undefined);
    case "conversation":
      return many(system, order.messages, () => "long");
    case "crew":
      return crew(url, order.agents);
    case "flow":
      return flow(system, order.perSecond, order.seconds);
  }
}

/** Messages as fast as they go. */
export async function many(from: System, count: number, talk: () => string | undefined): Promise<void> {
  for (let sent = 0; sent < count; sent += 500)
    await Promise.all(
      Array.from({ length: Math.min(500, count - sent) }, (_, at) => say(from, sent + at, talk())),
    );
}

/** So many agents, each of which speaks to two others. */
async function crew(url: string, count: number): Promise<void> {
  const nameOf = (n: number): string => `crew-${n % count}`;
  const agents = Array.from({ length: count }, (_, n) =>
    agent(nameOf(n), {
      on: {
        notification: async (said: unknown, ctx) => {
          if (said !== "begin") return;
          await Promise.all([n * 7 + 1, n * 13 + 5].map((to) => ctx.cast(nameOf(to), "note", n)));
        },
      },
    }),
  );
  const system = await start({ agents, store: remote(url, { client: "crew" }) });
  await Promise.all(agents.map((_, n) => system.cast(nameOf(n), "begin", "begin")));
}

/** So many a second, in bursts of 20 ms. */
async function flow(system: System, perSecond: number, seconds: number): Promise<void> {
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

const [url] = process.argv.slice(2);
if (import.meta.main && url !== undefined) {
  await obey(url);
  process.send?.(url);
}
