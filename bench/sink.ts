/** Our own library as the benchmarks open it. Imported only by the child that measures us, so that a floor's process does not even load it. */
import type { StandardSchemaV1 } from "@standard-schema/spec";
import { agent, contract, memory, on, pool, start, topic, type MemoryOptions } from "hermod";

const any: StandardSchemaV1<unknown, unknown> = {
  "~standard": { version: 1, vendor: "bench", validate: (value) => ({ value }) },
};
const operations = { casts: { take: any }, calls: { ask: { in: any, out: any } } } as const;

export const sinkNamed = (name: string) => contract(name, operations);
export const Sink = sinkNamed("sink");

/** What is published to: a topic of which nothing is said, and one with a schema. */
export const subjects = { Plain: topic("bench.plain"), Checked: topic("bench.checked", any) } as const;

type Take = (message: unknown) => Promise<void>;

const handlers = (take: Take) => ({ take, ask: async (question: unknown) => question });
const ignore = handlers(async () => {});

export const openSink = (take: Take, history: MemoryOptions = {}) =>
  start({ agents: [agent(Sink, { on: handlers(take) })], store: memory(history) });

/** Nobody handles what is sent: messages wait until they are pulled. */
export const openPull = () => start({ agents: [], pull: [Sink] });

export const openPool = (size: number, take: Take) =>
  start({ agents: [pool(agent(Sink, { on: handlers(take) }), { size })] });

export const openEmpty = () => start({ agents: [] });

export const idleAgent = (index: number) => agent(sinkNamed(`agent-${index}`), { on: ignore });

export async function openSinks(count: number, take: Take) {
  const contracts = Array.from({ length: count }, (_, index) => sinkNamed(`sink-${index}`));
  const on = handlers(take);
  const system = await start({ agents: contracts.map((each) => agent(each, { on })) });
  return { system, contracts };
}

/** Agents that take part in one topic: what is published waits in the mailbox of each. */
export function openListeners(count: number, take: Take) {
  const topics = [on(subjects.Plain, take)];
  return start({
    agents: Array.from({ length: count }, (_, index) => agent(`listener-${index}`, { on: {}, topics })),
  });
}
