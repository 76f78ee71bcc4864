/** Scenes of what is kept beside messages over a kill: parts, the last one with its settlement, and counted messages. */
import { fromMap, start, type Claim, type Envelope, type Store } from "hermod";
import { sqlite } from "hermod/sqlite";
import { stay, type Scene } from "./life.kit.ts";

export const MOST = 1000;
export const MANY = 1000;

/** A store with the mailbox of a worker. */
async function opened(file: string): Promise<Store> {
  let store: Store | undefined;
  await start({
    pull: ["worker"],
    store: async (env) => (store = await sqlite(file)(env)),
    statistics: false,
  });
  return store as Store;
}

/** A message for the worker, whose conversation may send a thousand. */
export function counted(id: string): Envelope {
  const { sentAt, priority, delivery } = {
    sentAt: Date.UTC(2026, 0),
    priority: 2,
    delivery: "at-least-once",
  };
  return fromMap({
    ...{ v: 1, id, verb: "cast", type: "notification", operation: "do", from: "chief", to: "worker" },
    ...{ payload: id, size: 16, conversationId: "c1", sequence: 1, hops: [], metadata: {} },
    ...{ sentAt, priority, delivery, budget: { messages: MOST } },
  });
}

/** Does it for 0, 1, 2 and so on, sixty-four at once, for ever or so many times. */
async function flood(run: (at: number) => Promise<unknown>, most = Infinity): Promise<void> {
  let next = 0;
  const one = async (): Promise<void> => {
    while (next < most) await run(next++);
  };
  await Promise.all(Array.from({ length: 64 }, one));
}

/** A task streams for ever, and each part is said when it is confirmed. */
export const streamed: Scene = async (file, say) => {
  const store = await opened(file);
  await store.append(counted("m1"));
  await flood(async (at) => {
    say(`part ${await store.record("m1", { at })}`);
    if (at === 500) say("enough");
  });
};

/** Many messages are settled at once, each with its last part. */
export const ended: Scene = async (file, say) => {
  const store = await opened(file);
  await flood((at) => Promise.resolve(store.append(counted(`m${at}`))), MANY);
  const claims: Claim[] = [];
  await store.claim(counted("m").to as Claim["mailbox"], MANY, 60_000, claims);
  await flood(async (at) => {
    const claim = claims[at];
    if (claim === undefined) return stay();
    const { id } = claim.envelope;
    await store.record(id, "first");
    const settled = await store.settle(claim, { type: "ack" }, [], undefined, "last");
    say(`${settled.status} ${id}`);
    if (at === 300) say("enough");
  });
};

/** A conversation sends its messages, and some of them twice. */
export const sent: Scene = async (file, say) => {
  const store = await opened(file);
  await flood(async (at) => {
    const id = `m${at - (at % 3 === 1 ? 1 : 0)}`;
    const { status } = await store.append(counted(id));
    say(`${status} ${id}`);
    if (at === 500) say("enough");
  });
};
