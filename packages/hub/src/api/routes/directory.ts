/** Directory: who is there: agents with who serves them, breakers, what runs in the hub, and its numbers. */
import { NoAgentError, type Address, type ChildStatus, type MailboxCounts } from "hermod";
import type { Hosting } from "hermod/remote";
import * as z from "zod";
import { demand } from "../../auth/principal.ts";
import { acts, MOST_DRAIN, oversee } from "../../overseeing.ts";
import { lookAll, type SystemStatus } from "../../systems.ts";
import { maySee } from "../absent.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { EVERYTHING, subjectOf } from "../seen.ts";
import { showCounts, withTimes } from "../../shown.ts";

const agent = z.object({
  name: z.string(),
  systems: z.number().describe("How many systems that are connected serve it"),
  pulled: z.boolean().describe("Whether it is pulled from over HTTP"),
  paused: z.number().optional().describe("How many systems have paused it; absent without the right to read"),
  mailbox: fields.counts.optional(),
});

const overseen = z.object({
  system: z.string(),
  client: z.string().optional(),
  answers: z.boolean().describe("Whether it has answered in time; where not, what it has done is unknown"),
  idle: z
    .boolean()
    .optional()
    .describe("After a pause or a drain: whether nothing of it runs there any more"),
  error: z.object({ code: z.string(), message: z.string() }).optional(),
});

/** How many systems serve each address. */
function servedBy({ sessions }: Hosting): ReadonlyMap<string, number> {
  const systems = new Map<string, number>();
  for (const { served } of sessions)
    for (const address of served) systems.set(address, (systems.get(address) ?? 0) + 1);
  return systems;
}

/** How many systems have paused an agent. */
function pausedIn(systems: readonly SystemStatus[], name: string): number {
  return systems.filter(({ look }) => look?.paused.includes(name as Address)).length;
}

const breaker = z.object({
  system: z.string(),
  agent: z.string(),
  state: z.enum(["closed", "open", "half-open"]),
  forced: z.boolean(),
  deliveries: z.number(),
  failures: z.number(),
  openedAt: fields.time.optional(),
  retryAt: fields.time.optional(),
});

function breakersOf(systems: readonly SystemStatus[]) {
  return systems.flatMap(({ system, look }) =>
    (look?.breakers ?? []).map((status) => ({
      ...withTimes(status, "openedAt", "retryAt"),
      ...{ system, agent: status.agent },
    })),
  );
}

interface Child {
  readonly name: string;
  readonly children?: readonly Child[];
}
const child: z.ZodType<Child> = z.looseObject({
  name: z.string(),
  type: z.enum(["agent", "pool", "supervisor"]),
  state: z.string(),
  get children() {
    return z.array(child).optional();
  },
}) as never;

function showChild(status: ChildStatus): unknown {
  const { children } = status;
  return { ...withTimes(status, "restartedAt"), ...(children && { children: children.map(showChild) }) };
}

const systemStatus = z.object({
  system: z.string(),
  client: z.string().optional().describe("What it calls itself"),
  answers: z.boolean().describe("Whether it has answered within two seconds"),
  tree: z.array(child).optional(),
});

function showSystem({ system, client, look }: SystemStatus): object {
  const tree = look && { tree: look.tree.map(showChild) };
  return { system, ...(client !== undefined && { client }), answers: look !== undefined, ...tree };
}

export const directory = [
  route("directory", "get /v1/agents", {
    does: "The agents that are known, with how many systems serve and have paused each, and what waits for it.",
    needs: "read or send, of the agent; others are left out",
    answer: z.object({ items: z.array(agent) }),
    serve: async ({ principal }, { system, store, hosting, pulls }) => {
      const systems = servedBy(hosting);
      const looks = await lookAll(system, hosting);
      const { items } = await store.read({ type: "counts" });
      const counts = new Map<string, MailboxCounts>(items.map((each) => [each.mailbox, each]));
      const names = (await store.directory()).filter(
        (name) => !name.startsWith("~") && maySee(principal, name),
      );
      return {
        items: names.map((name) => {
          const known = principal.may("read", name) ? counts.get(name) : undefined;
          return {
            ...{ name, systems: systems.get(name) ?? 0, pulled: pulls.has(name) },
            ...(principal.may("read", name) && { paused: pausedIn(looks, name) }),
            ...(known && { mailbox: showCounts(known) }),
          };
        }),
      };
    },
  }),
  route("directory", "get /v1/systems", {
    does: "The systems behind the hub, its own included, with what runs in each: supervisors and pools above their children.",
    needs: "read, of everything",
    answer: z.object({ items: z.array(systemStatus) }),
    serve: async ({ principal }, { system, hosting }) => {
      demand(principal, "read", EVERYTHING);
      return { items: (await lookAll(system, hosting)).map(showSystem) };
    },
  }),
  route("directory", "get /v1/breakers", {
    does: "The circuit breakers of all agents behind the hub, each with its system.",
    needs: "read, of the agent; others are left out",
    answer: z.object({ items: z.array(breaker) }),
    serve: async ({ principal }, { system, hosting }) => ({
      items: breakersOf(await lookAll(system, hosting)).filter((each) =>
        principal.may("read", subjectOf(each.agent)),
      ),
    }),
  }),
  route("directory", "post /v1/breakers/:name", {
    does: "Forces the breakers of an agent, wherever it runs: open, closed, or auto to let them decide again.",
    needs: "administer, of the agent",
    params: z.strictObject({ name: fields.address }),
    body: z.strictObject({ state: z.enum(["open", "closed", "auto"]) }),
    answer: z.object({ items: z.array(breaker) }),
    serve: async ({ principal, params: { name }, body: { state } }, { system, hosting }) => {
      demand(principal, "administer", subjectOf(name), `breaker ${state}`);
      const act = state === "closed" ? "close" : state;
      const running = (await lookAll(system, hosting)).filter(({ look }) =>
        look?.agents.includes(name as Address),
      );
      if (running.length === 0) throw new NoAgentError(`no system behind the hub runs "${name}"`);
      for (const each of running) await system.call(each.system, "breaker", { agent: name, act });
      return {
        items: breakersOf(await lookAll(system, hosting)).filter(
          ({ agent: of }) => of === name || of.startsWith(`${name}/`),
        ),
      };
    },
  }),
  route("directory", "post /v1/supervision/:name", {
    does: "Pauses, resumes, drains or restarts an agent, a pool or a member, wherever it runs; each system says how it went.",
    needs: "administer, of the agent",
    params: z.strictObject({ name: fields.address }),
    body: z.strictObject({
      act: z.enum(acts),
      timeout: fields
        .duration(MOST_DRAIN)
        .optional()
        .describe("Of a drain: how long it waits until nothing runs any more; default and most 5 s"),
    }),
    answer: z.object({ items: z.array(overseen) }),
    serve: async ({ principal, params: { name }, body: { act, timeout } }, { system, hosting }) => {
      demand(principal, "administer", subjectOf(name), act);
      return { items: await oversee(system, hosting, name, act, timeout) };
    },
  }),
  route("directory", "get /v1/statistics", {
    does: "The hub's numbers since it began.",
    needs: "read, of everything",
    answer: z.object({
      store: z.object({
        name: z.string(),
        durable: z.boolean(),
        file: z.string().optional().describe("Its real path on the hub's machine, where a file holds it"),
      }),
      sessions: z.number(),
      readers: z.number(),
      held: z.number(),
      system: z.looseObject({}),
    }),
    serve: async ({ principal }, { system, store, hosting, feed, pulls }) => {
      demand(principal, "read", EVERYTHING);
      const { mailboxes: _, ...numbers } = await system.stats();
      return {
        store: { ...store.level, ...(store.file !== undefined && { file: store.file }) },
        ...{ sessions: hosting.sessions.length, readers: feed.readers, held: pulls.size, system: numbers },
      };
    },
  }),
];
