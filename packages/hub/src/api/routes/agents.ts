/** Agents: who is there, how each of them does, and what one of them can be asked. */
import {
  NoAgentError,
  suggestion,
  type Address,
  type AgentOffer,
  type MailboxCounts,
  type System,
} from "hermod";
import type { Hosting } from "hermod/remote";
import * as z from "zod";
import { demand, type Principal } from "../../auth/principal.ts";
import { Running, type Place } from "../../running.ts";
import type { SystemStatus } from "../../systems.ts";
import { maySee } from "../absent.ts";
import { breaker, breakersOf, child, showChild } from "../places.ts";
import { route, type Api } from "../route.ts";
import * as fields from "../schemas.ts";
import { subjectOf } from "../seen.ts";
import { showCounts } from "../../shown.ts";

const numbers = z.object({
  processed: z.number(),
  failed: z.number(),
  retried: z.number(),
  dead: z.number(),
  averageMs: z.number().optional().describe("Handling time, waiting aside"),
});

const agent = z.object({
  name: z.string(),
  systems: z.number().describe("How many systems that are connected serve it"),
  pulled: z.boolean().describe("Whether it is pulled from over HTTP"),
  paused: z.number().optional().describe("How many systems have paused it; absent without the right to read"),
  clients: z.array(z.string()).optional().describe("What the systems that run it call themselves"),
  state: z.string().optional().describe("Where several systems run it, the one that says the most"),
  restarts: z.number().optional().describe("How often it was started again, its members too"),
  breaker: breaker.shape.state
    .optional()
    .describe(
      "Closed where one system serves it, open where all rest; of a pool the member that lets the least through",
    ),
  numbers: numbers.optional().describe("What became of its messages since its systems started"),
  mailbox: fields.counts.optional(),
});

const operation = z.object({
  name: z.string(),
  kind: z.enum(["call", "cast", "event"]),
  description: z.string().optional(),
  in: fields.json.optional().describe("JSON Schema of the input, where its schema can say it"),
  out: fields.json.optional().describe("JSON Schema of the reply"),
});

const offer = z.object({
  agent: z.string(),
  contract: z.string().optional(),
  operations: z.array(operation),
  types: z.array(z.string()).describe("Message types that it takes, where it has no contract"),
  topics: z.array(z.string()),
  keyed: z.boolean(),
  concurrency: z.number(),
  version: z.string().describe("Another one where its schemas are others"),
  config: z.looseObject({}).describe("How it was set up, its defaults too; times in milliseconds"),
});

const place = z.object({
  system: z.string(),
  client: z.string().optional(),
  above: z.array(z.string()).describe("The supervisors and pools above it, the nearest last"),
  place: child,
});

/** How many systems serve each address. */
function servedBy({ sessions }: Hosting): ReadonlyMap<string, number> {
  const systems = new Map<string, number>();
  for (const { served } of sessions)
    for (const address of served) systems.set(address, (systems.get(address) ?? 0) + 1);
  return systems;
}

/** What all rows are made from. */
interface Ground {
  readonly systems: ReadonlyMap<string, number>;
  readonly running: Running;
  readonly counts: ReadonlyMap<string, MailboxCounts>;
  readonly pulls: Api["pulls"];
}

function showAgent(name: string, principal: Principal, { systems, running, counts, pulls }: Ground) {
  const named = { name, systems: systems.get(name) ?? 0, pulled: pulls.has(name) };
  if (!principal.may("read", subjectOf(name))) return named;
  const known = counts.get(name);
  const places = running.places(name);
  const said = { state: running.state(name), breaker: running.breaker(name), numbers: running.numbers(name) };
  return {
    ...{ ...named, paused: running.paused(name), clients: places.map(clientOf) },
    ...(places.length > 0 && { restarts: running.restarts(name) }),
    ...Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)),
    ...(known && { mailbox: showCounts(known) }),
  };
}

const clientOf = ({ system: { client, system } }: Place): string => client ?? system;

/** What the first system that tells it says; they run the same contract, or are about to. */
async function offerFrom(system: System, places: readonly Place[], name: string) {
  for (const { system: status, status: found } of places) {
    if (found.type === "supervisor") continue;
    const said = system.call(status.system, "offer", { agent: name }, { timeout: "2s" });
    const offered = await said.catch(() => undefined);
    if (offered !== undefined) return { offer: offered as AgentOffer };
  }
  return {};
}

function placesOf(running: Running, systems: readonly SystemStatus[], name: string) {
  return {
    places: running.places(name).map(({ system: { system, client }, status, above }) => ({
      ...{ system, above, place: showChild(status) },
      ...(client !== undefined && { client }),
    })),
    breakers: breakersOf(systems).filter(({ agent: of }) => of === name || of.startsWith(`${name}/`)),
  };
}

export const agents = [
  route("directory", "get /v1/agents", {
    does: "The agents that are known: who serves each, how it does, and what waits for it.",
    needs: "read or send, of the agent; others are left out, and without read what it does",
    answer: z.object({ items: z.array(agent) }),
    serve: async ({ principal }, { store, hosting, pulls, looks }) => {
      const running = new Running(await looks.shared());
      const { items } = await store.read({ type: "counts" });
      const counts = new Map<string, MailboxCounts>(items.map((each) => [each.mailbox, each]));
      const ground = { systems: servedBy(hosting), running, counts, pulls };
      const names = (await store.directory()).filter(
        (name) => !name.startsWith("~") && maySee(principal, name),
      );
      return { items: names.map((name) => showAgent(name, principal, ground)) };
    },
  }),
  route("directory", "get /v1/agents/:name", {
    does: "One agent, pool or member: what it can be asked, where it runs and below whom, its breakers, and what waits for it.",
    needs: "read or send, of the agent; without read only what it can be asked",
    params: z.strictObject({ name: fields.address }),
    answer: agent.extend({
      offer: offer.optional().describe("Absent where no system that runs it tells"),
      places: z.array(place).optional(),
      breakers: z.array(breaker).optional(),
    }),
    serve: async ({ principal, params: { name } }, { system, store, hosting, pulls, looks }) => {
      if (!maySee(principal, subjectOf(name))) demand(principal, "read", subjectOf(name));
      const mailbox = subjectOf(name) as Address;
      const systems = await looks.shared();
      const running = new Running(systems);
      const { items } = await store.read({ type: "counts", mailbox });
      const counts = new Map<string, MailboxCounts>(items.map((each) => [each.mailbox, each]));
      const ground = { systems: servedBy(hosting), running, counts, pulls };
      const places = running.places(mailbox);
      if (items.length === 0 && places.length === 0) throw absent(name, await store.directory());
      return {
        ...showAgent(mailbox, principal, ground),
        ...(await offerFrom(system, places, mailbox)),
        ...(principal.may("read", subjectOf(name)) && placesOf(running, systems, mailbox)),
      };
    },
  }),
];

export const states = [
  route("directory", "get /v1/agents/:name/state", {
    does: "The state of an agent as it was committed last; with a key that of one instance, or of one conversation.",
    needs: "administer, of the agent",
    params: z.strictObject({ name: fields.address }),
    query: z.strictObject({
      key: fields.text.optional().describe("The instance's key, or the conversation"),
    }),
    answer: z.object({
      key: z.string(),
      found: z.boolean(),
      version: z.number().optional().describe("Grows with each commit"),
      state: fields.json.optional(),
    }),
    serve: async ({ principal, params: { name }, query: { key } }, { store, redaction }) => {
      demand(principal, "administer", subjectOf(name), "read the state");
      const agent = subjectOf(name);
      for (const each of key === undefined ? [agent] : [`${agent}#${key}`, `${agent} ${key}`]) {
        const record = await store.load(each);
        if (record)
          return {
            ...{ key: each, found: true, version: record.version },
            ...redaction.value({ state: JSON.parse(record.json) as unknown }, new Set(["state"])),
          };
      }
      return { key: key === undefined ? agent : `${agent} ${key}`, found: false };
    },
  }),
];

function absent(name: string, all: readonly Address[]): NoAgentError {
  const known = all.filter((each) => !each.startsWith("~"));
  return new NoAgentError(`no agent "${name}".${suggestion(name, known)}`, { details: { to: name, known } });
}
