/** Itself: what the hub tells of itself and of whoever asks: its figures over time, its version and bounds, its audit, and what one may. */
import { readFileSync } from "node:fs";
import type { Store } from "hermod";
import * as z from "zod";
import type { Upkeep } from "../../upkeep/upkeep.ts";
import { withTimes } from "../../shown.ts";
import { demand, rights, type Principal, type Right } from "../../auth/principal.ts";
import { MOST_REQUESTS, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { ranges } from "../series.ts";
import { EVERYTHING } from "../seen.ts";
import { maySeeEdge, REACH } from "../traffic.ts";
import { MOST_READERS } from "./live.ts";

const right = z.enum(rights);
const figure = z.array(z.number().nullable());
const quantile = z.number().nullable().describe("Milliseconds");
const end = z.object({
  kind: z.enum(["agent", "person", "topic", "system"]),
  name: z.string().describe("Empty of systems, which stand for one"),
  keyed: z.literal(true).optional().describe("Present of instances of an agent, which go by a key"),
});
const counts = { stored: z.number(), done: z.number(), failed: z.number(), retried: z.number() };
const asked = { calls: z.number(), inputTokens: z.number(), outputTokens: z.number() };

const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
};

/** The subjects of each right; of a principal that does not list them, whether it is everything. */
function rightsOf(principal: Principal): Readonly<Partial<Record<Right, readonly string[]>>> {
  const everything = rights.filter((each) => principal.may(each, EVERYTHING));
  return principal.scopes ?? Object.fromEntries(everything.map((each) => [each, [EVERYTHING]]));
}

/** What is known of a store besides its kind and size. */
function aboutStore({ file, bounds }: Store, { logBytes, lastBackup }: Upkeep): object {
  return {
    ...(file !== undefined && { file }),
    ...(logBytes !== undefined && { logBytes }),
    ...(bounds && { bounds }),
    ...(lastBackup && { backup: withTimes(lastBackup, "at") }),
  };
}

export const itself = [
  route("hub", "get /v1/me", {
    does: "Who asks, as the hub knows it, and what it may: for each right the subjects, `*` at the end for all that begin so.",
    needs: "any",
    answer: z.object({
      name: z.string(),
      kind: z.enum(["system", "person", "agent"]),
      tenant: z.string().optional(),
      open: z.boolean().describe("Whether the hub takes everybody on this machine for its operator"),
      rights: z.partialRecord(right, z.array(z.string())),
      hides: z.array(z.string()).describe("Names and paths of what nobody is shown of payloads"),
    }),
    serve: ({ principal }, { auth: { isOpen }, redaction }) => {
      const { name, kind, tenant } = principal;
      return {
        ...{ name, kind, open: isOpen, rights: rightsOf(principal), hides: redaction.rules },
        ...(tenant !== undefined && { tenant }),
      };
    },
  }),
  route("hub", "get /v1/hub", {
    does: "What the hub is: its version, its store and the bounds of what is asked of it, with how much of each is used.",
    needs: "read, of everything",
    answer: z.object({
      version: z.string(),
      node: z.string(),
      since: fields.time,
      memory: z.number().describe("Resident, in bytes"),
      store: z.object({
        name: z.string(),
        durable: z.boolean(),
        bytes: z.number().optional().describe("Absent where nobody knows"),
        file: z.string().optional().describe("Its real path on the hub's machine, where a file holds it"),
        logBytes: z.number().optional().describe("Bytes of the log beside the file"),
        bounds: z
          .object({
            history: z.object({ age: z.number().optional(), count: z.number(), bytes: z.number() }),
            deadLetters: z.object({ age: z.number(), count: z.number() }),
            dedupe: z.number(),
          })
          .optional()
          .describe("What it forgets by itself; times in milliseconds"),
        backup: z
          .object({ file: z.string(), bytes: z.number(), at: fields.time })
          .optional()
          .describe("The last copy that a hub has made here"),
      }),
      limits: z.array(z.object({ name: z.string(), used: z.number(), most: z.number() })),
    }),
    serve: ({ principal }, { store, series, size, feed, metrics, upkeep, exports }) => {
      demand(principal, "read", EVERYTHING);
      const bytes = size() ?? upkeep.bytes;
      return {
        ...{ version, node: process.versions.node, since: new Date(series.since).toISOString() },
        memory: process.memoryUsage.rss(),
        store: { ...store.level, ...(bytes !== undefined && { bytes }), ...aboutStore(store, upkeep) },
        limits: [
          { name: "readers", used: feed.readers, most: MOST_READERS },
          { name: "requests", used: metrics.running, most: MOST_REQUESTS },
          { name: "exports", used: exports.running, most: exports.most },
        ],
      };
    },
  }),
  route("hub", "get /v1/statistics/series", {
    does: "How many messages came, were done, failed and are tried again, how long handling took, and how often language models were called with how many tokens, over time; null from before the hub began.",
    needs: "read, of everything",
    query: z.strictObject({ range: z.enum(ranges).default("1h").describe("How far it reaches back") }),
    answer: z.object({
      range: z.enum(ranges),
      step: z.number().describe("Milliseconds that one point stands for"),
      from: fields.time,
      until: fields.time.describe("Now: the last point may not be over"),
      since: fields.time,
      ...{ stored: figure, done: figure, failed: figure, retried: figure, p50: figure, p95: figure },
      ...{ calls: figure, inputTokens: figure, outputTokens: figure },
      total: z.object({ ...counts, ...asked, p50: quantile, p95: quantile }),
    }),
    serve: ({ principal, query: { range } }, { series }) => {
      demand(principal, "read", EVERYTHING);
      const until = Date.now();
      const figures = series.read(range, until);
      return { range, ...withTimes({ ...figures, until, since: series.since }, "from", "until", "since") };
    },
  }),
  route("hub", "get /v1/statistics/edges", {
    does: "Who sent how many messages to whom in the last 5 minutes, and what became of them, the most first.",
    needs: "read, of an end of each; others are left out",
    query: z.strictObject({ limit: fields.count(5000).default(1000) }),
    answer: z.object({
      from: fields.time,
      until: fields.time,
      items: z.array(
        z.object({
          ...{ from: end, to: end },
          sent: z.number(),
          done: z.number(),
          failed: z.number().describe("For good"),
          retried: z.number(),
          lastAt: fields.time,
        }),
      ),
      others: z.number().describe("Messages between pairs that are not told"),
    }),
    serve: ({ principal, query: { limit } }, { traffic }) => {
      const until = Date.now();
      const { edges, rest } = traffic.read(until);
      const seen = edges.filter((edge) => maySeeEdge(principal, edge));
      const cut = seen.slice(limit).reduce((sum, { sent }) => sum + sent, 0);
      const items = seen.slice(0, limit).map((edge) => withTimes(edge, "lastAt"));
      const from = Math.max(traffic.since, until - REACH);
      const others = cut + (principal.may("read", EVERYTHING) ? rest : 0);
      return { ...withTimes({ from, until }, "from", "until"), items, others };
    },
  }),
  route("hub", "get /v1/audit", {
    does: "The newest acts of the audit, the newest first.",
    needs: "administer, of everything",
    query: z.strictObject({ limit: fields.count(1000).default(100) }),
    answer: z.object({
      kept: z.boolean().describe("Whether this hub keeps an audit"),
      items: z.array(
        z.object({
          at: fields.time,
          principal: z.string(),
          act: z.string(),
          subject: z.string(),
          outcome: z.enum(["done", "refused"]),
        }),
      ),
    }),
    serve: ({ principal, query: { limit } }, { audit }) => {
      // Who only looks has done nothing that is to be kept; who may not look has tried to.
      if (!principal.may("administer", EVERYTHING))
        demand(principal, "administer", EVERYTHING, "read the audit");
      return { kept: audit !== undefined, items: audit?.newest(limit) ?? [] };
    },
  }),
];
