/** World: agents of every kind and something of all that happens to them, so that each screen has something to show. */
import { agent, contract, supervisor, type Definition, type System } from "hermod";
import * as z from "zod";
import { asker, echo, type Ground } from "./ground.kit.ts";

const Writer = contract("writer", {
  calls: {
    draft: { in: z.object({ topic: z.string(), words: z.number().optional() }), out: z.string() },
  },
  casts: { remember: z.object({ fact: z.string() }) },
});

const writer = agent(Writer, {
  on: {
    draft: async ({ topic }, ctx) => {
      await ctx.call("crew.reader", "read", { topic });
      return `${topic}: ${String(await ctx.call("crew.judge", "judge", { topic }))}`;
    },
    remember: () => undefined,
  },
});

/** Two of one group, whose lanes can be shown as one. */
const crew = ["crew.reader", "crew.judge"].map((name) => agent(name, { on: { request: () => "well said" } }));

/** Never ends what it begins. */
const slow = agent("slow", { on: { notification: () => new Promise<undefined>(() => undefined) } });

/** Fails until its breaker opens; each time for the same reason. */
const brittle = agent("brittle", {
  breaker: { least: 2, openFor: "1h" },
  retry: { retries: 0 },
  on: {
    notification: (said: unknown) => {
      throw new Error(`the ice is thin at ${String(said)}`);
    },
  },
});

const member = (name: string): Definition => agent(name, { on: { request: () => name } });
const team = supervisor("team", { strategy: "one-for-all", children: [member("left"), member("right")] });

export const agents: readonly Definition[] = [echo, asker, writer, ...crew, slow, brittle, team];

/** What the world's screens are about. */
export interface World {
  /** A message of the conversation "talk", one that waits, and a dead one. */
  readonly message: string;
  readonly dead: string;
  readonly cause: string;
}

/** Something of everything. */
export async function talk({ system }: Pick<Ground, "system">): Promise<World> {
  await system.call("echo", "say", { text: "the tide" }, { conversation: "talk" });
  await system.call(Writer, "draft", { topic: "the sea" }, { conversation: "talk" });
  await system.call("echo", "say", "another day", { conversation: "other" });
  for (const n of [1, 2, 3]) await system.cast("echo", "note", "fail", { conversation: `lost ${n}` });
  for (const n of [1, 2]) await system.cast("brittle", "step", `place ${n}`);
  await system.cast("echo", "note", "later", { delay: "1h" });
  await system.cast("slow", "work", "for long");
  await system.cast("slow", "work", "after that");
  for (const question of ["Shall it be sent?", "Is it good?"]) await system.cast("asker", "ask", question);
  return settled(system);
}

/** The world once all that dies in it is dead. */
async function settled(system: System): Promise<World> {
  for (;;) {
    const groups = await system.deadLetters.groups();
    const cause = groups.find(({ mailboxes }) => mailboxes.includes("echo"));
    if (cause?.count === 3 && groups.length === 2) {
      const { items } = await system.history({ conversation: "talk" });
      const letters = await system.deadLetters.list({ where: "to:echo" });
      return {
        message: items[0]?.envelope.id ?? "",
        dead: letters.items[0]?.envelope.id ?? "",
        cause: cause.cause,
      };
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
