/** Costs: what is put into a cluster to see what it takes. */
import { agent } from "hermod";
import { worker, type Worker } from "../brokers.ts";
import { acknowledged } from "../durable.ts";
import { Tally } from "../flood.ts";
import { keepInFlight } from "../inflight.ts";
import { sinkNamed } from "../sink.ts";
import type { Cost, Fill } from "./cost.ts";
import type { Ground } from "./ground.ts";

/** Agents that messages go to in turn, so that all partitions have some. */
const AGENTS = 64;
/** Agents that are registered at a time. */
const LOT = 500;
/** By how many bytes a large message is larger. */
export const LARGER = 2000;

const contracts = (name: string) => Array.from({ length: AGENTS }, (_, at) => sinkNamed(`${name}-${at}`));
const shelves = contracts("shelf");
const sinks = contracts("sink");
const turnOf = <T>(all: readonly T[], at: number): T => all[at % all.length] as T;
const ask = async (question: unknown): Promise<unknown> => question;

/** Agents that say nothing. */
async function registering(ground: Ground): Promise<Fill> {
  const { system } = await ground.system({});
  const on = { take: async () => undefined, ask };
  const spawn = (at: number) => system.spawn(agent(sinkNamed(`agent-${at}`), { on }));
  return async (from, to) => {
    for (let at = from; at < to; at += LOT)
      await Promise.all(Array.from({ length: Math.min(LOT, to - at) }, (_, each) => spawn(at + each)));
  };
}

/** Messages that nobody takes. */
const waiting =
  (more: number) =>
  async (ground: Ground): Promise<Fill> => {
    const { system } = await ground.system({ pull: shelves });
    const rest = "~".repeat(more);
    return (from, to) =>
      keepInFlight(from, to, (message, at) => system.cast(turnOf(shelves, at), "take", { ...message, rest }));
  };

/** Messages that were handled: what stays of them is history. */
const handling =
  (delivery: "at-least-once" | "exactly-once", isPassedOn: boolean) =>
  async (ground: Ground): Promise<Fill> => {
    const tally = new Tally();
    const agents = sinks.map((sink, at) =>
      agent(sink, {
        on: {
          take: async (message, ctx) => {
            if (isPassedOn) await ctx.cast(turnOf(shelves, at + 1), "take", message);
            tally.add();
          },
          ask,
        },
      }),
    );
    const { system } = await ground.system({ agents, pull: shelves });
    return async (from, to) => {
      tally.restart();
      await keepInFlight(from, to, (message, at) =>
        system.cast(turnOf(sinks, at), "take", message, { delivery }),
      );
      await tally.reached(to - from);
      await acknowledged(system, to);
    };
  };

/** Instances, each with a small state of its own, that are put away. */
async function stating(ground: Ground): Promise<Fill> {
  const tally = new Tally();
  const take = async (_: unknown, ctx: { state: { count: number } }): Promise<void> => {
    ctx.state.count++;
    tally.add();
  };
  const state = () => ({ count: 0, name: "the tide turns twice a day" });
  const agents = sinks.map((sink) => agent(sink, { state, keyed: { idle: "1s" }, on: { take, ask } }));
  const { system } = await ground.system({ agents });
  return async (from, to) => {
    tally.restart();
    await keepInFlight(from, to, (message, at) =>
      system.cast(turnOf(sinks, at).at(`user-${at}`), "take", message),
    );
    await tally.reached(to - from);
    await acknowledged(system, to);
  };
}

/** Conversations that have spent something. */
async function spending(ground: Ground): Promise<Fill> {
  const { store } = await ground.system({});
  const amounts = { messages: 1, tokens: 250, cost: 0.01 };
  return (from, to) =>
    keepInFlight(from, to, (_, at) => store.spend(`talk-${at}`, amounts, { tokens: 1000 }));
}

/** Processes that share the namespace and serve nobody. */
async function joining(ground: Ground): Promise<Fill> {
  await ground.system({});
  const url = ground.cluster.nodes[0]?.url as string;
  const workers: Worker[] = [];
  ground.ends(async () => void (await Promise.all(workers.map((each) => each.end()))));
  return async (from, to) => {
    for (let at = from; at < to; at++) workers.push(await worker({ url, agents: [], work: 0 }));
  };
}

/** Partitions: those of one more namespace, since the number of those of one is fixed. */
const parting =
  async (ground: Ground): Promise<Fill> =>
  async (from, to) => {
    await ground.system({}, { namespace: `space-${from}`, partitions: to - from, journalBytes: 2 ** 20 });
  };

/** What grows with what is stored. */
const stored = ["heap", "resident", "journal", "records", "file", "image", "broker"] as const;
/** What grows with who is there. */
const there = ["broker", "streams", "consumers", "connections", "subscriptions", "renewals"] as const;

export const costs: readonly Cost[] = [
  {
    name: "agent",
    about: "an agent that is registered, in the process that runs it and owns its partition",
    sizes: [10_000, 100_000],
    tells: [...stored, "streams", "consumers", "subscriptions"],
    open: registering,
  },
  {
    name: "waiting",
    about: "a message of 200 bytes that waits",
    sizes: [5_000, 50_000],
    tells: stored,
    open: waiting(0),
  },
  {
    name: "waiting_large",
    about: `a message that waits and is larger by ${LARGER} bytes`,
    sizes: [2_000, 12_000],
    tells: stored,
    open: waiting(LARGER),
  },
  {
    name: "done",
    about: "a message of 200 bytes that was handled, as history",
    sizes: [5_000, 50_000],
    tells: stored,
    open: handling("at-least-once", false),
  },
  {
    name: "passed_on",
    about:
      "one that was handled exactly once, and one that its handler sent to another agent, where that waits",
    sizes: [2_000, 20_000],
    tells: stored,
    open: handling("exactly-once", true),
  },
  {
    name: "state",
    about: "one that was handled by an instance of its own, and the state of that",
    sizes: [2_000, 20_000],
    tells: stored,
    open: stating,
  },
  {
    name: "conversation",
    about: "a conversation's amounts, three of them",
    sizes: [2_000, 20_000],
    tells: stored,
    open: spending,
  },
  {
    name: "process",
    about: "a process that shares the namespace of 16 partitions, and serves nobody",
    sizes: [1, 5],
    tells: there,
    open: joining,
  },
  {
    name: "partition",
    about: "a partition in which nothing is, owned by this process",
    sizes: [16, 64],
    tells: ["heap", "resident", "file", ...there],
    open: parting,
  },
];

export const costNamed = (name: string): Cost | undefined => costs.find((each) => each.name === name);
