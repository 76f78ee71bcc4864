/** Directory: what runs behind the hub: systems, breakers, and the hub's numbers. */
import * as z from "zod";
import { demand } from "../../auth/principal.ts";
import { acts, MOST_DRAIN, namesBelow, nobodyRuns, oversee, runs } from "../../overseeing.ts";
import type { Redaction } from "../../redaction.ts";
import type { SystemStatus } from "../../systems.ts";
import { breaker, breakersMet, child, incident, showChild } from "../places.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { withTimes } from "../../shown.ts";
import { EVERYTHING, subjectOf } from "../seen.ts";

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

const systemStatus = z.object({
  system: z.string(),
  client: z.string().optional().describe("What it calls itself"),
  answers: z.boolean().describe("Whether it has answered within two seconds"),
  tree: z.array(child).optional(),
  incidents: z
    .array(incident)
    .optional()
    .describe("What broke lately and what became of it, the oldest first; at most 200"),
});

function showSystem({ system, client, look }: SystemStatus, redaction: Redaction): object {
  const tree = look && {
    tree: look.tree.map(showChild),
    incidents: look.incidents.map((each) => withTimes(redaction.value(each, new Set(["why"])), "at")),
  };
  return { system, ...(client !== undefined && { client }), answers: look !== undefined, ...tree };
}

export const directory = [
  route("directory", "get /v1/systems", {
    does: "The systems behind the hub, its own included, with what runs in each: supervisors and pools above their children.",
    needs: "read, of everything",
    answer: z.object({ items: z.array(systemStatus) }),
    serve: async ({ principal }, { looks, redaction }) => {
      demand(principal, "read", EVERYTHING);
      return { items: (await looks.shared()).map((each) => showSystem(each, redaction)) };
    },
  }),
  route("directory", "get /v1/breakers", {
    does: "The circuit breakers of all agents behind the hub: of one that runs in several systems the one that lets the most through.",
    needs: "read, of the agent; others are left out",
    answer: z.object({ items: z.array(breaker) }),
    serve: async ({ principal }, { looks }) => ({
      items: breakersMet(await looks.shared()).filter((each) => principal.may("read", subjectOf(each.agent))),
    }),
  }),
  route("directory", "post /v1/breakers/:name", {
    does: "Forces the breakers of an agent, wherever it runs: open, closed, or auto to let them decide again.",
    needs: "administer, of the agent",
    params: z.strictObject({ name: fields.address }),
    body: z.strictObject({
      state: z.enum(["open", "closed", "auto"]),
      reason: z.string().min(1).max(500).optional().describe("Why, for those who look at it later"),
    }),
    answer: z.object({ items: z.array(breaker) }),
    serve: async ({ principal, params: { name }, body: { state, reason } }, { system, looks }) => {
      const why = reason === undefined ? "" : `: ${reason}`;
      demand(principal, "administer", subjectOf(name), `breaker ${state}${why}`);
      const act = state === "closed" ? "close" : state;
      const all = await looks.fresh();
      const running = all.filter(({ look }) => look && runs(look, name));
      if (running.length === 0) throw nobodyRuns(name, all);
      const said = { agent: name, act, ...(reason !== undefined && { reason }) };
      for (const each of running) await system.call(each.system, "breaker", said);
      return {
        items: breakersMet(await looks.fresh()).filter(
          ({ agent: of }) => of === name || of.startsWith(`${name}/`),
        ),
      };
    },
  }),
  route("directory", "post /v1/supervision/:name", {
    does: "Pauses, resumes, drains or restarts an agent, a pool or a member, wherever it runs, or restarts all below a supervisor; each system says how it went.",
    needs: "administer, of the agent; of a supervisor, of all below it too",
    params: z.strictObject({ name: fields.address }),
    body: z.strictObject({
      act: z.enum(acts),
      timeout: fields
        .duration(MOST_DRAIN)
        .optional()
        .describe("Of a drain: how long it waits until nothing runs any more; default and most 5 s"),
    }),
    answer: z.object({ items: z.array(overseen) }),
    serve: async ({ principal, params: { name }, body: { act, timeout } }, { system, hosting, looks }) => {
      demand(principal, "administer", subjectOf(name), act);
      if (act === "restart")
        for (const below of namesBelow(await looks.shared(), name))
          if (!principal.may("administer", subjectOf(below)))
            demand(principal, "administer", subjectOf(below), act);
      const items = await oversee(system, hosting, name, act, timeout);
      looks.forget();
      return { items };
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
