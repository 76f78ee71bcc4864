/** Dead letters: what could not be handled, seen, given back or forgotten. */
import { HermodError, type DeadLetter, type System } from "hermod";
import * as z from "zod";
import { demand, type Principal, type Right } from "../../auth/principal.ts";
import { pageOf, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { EVERYTHING, maySee, showSeen, subjectOf } from "../seen.ts";
import { cutPayload, showLetter, withTimes } from "../../shown.ts";
import { isFoundDead } from "../filters.ts";

const cause = fields.text.optional().describe("Those of one group, by its cause");
const choice = {
  where: fields.where.optional(),
  cause,
  id: fields.id.optional().describe("One dead letter"),
  agent: fields.name.optional().describe("Those that were for one agent"),
};
type Choice = { readonly [K in "where" | "cause" | "id" | "agent"]?: string | undefined } & {
  readonly ids?: readonly string[] | undefined;
};
/** What is meant, as the library takes it. */
interface Chosen {
  where?: string;
  readonly cause?: string;
  readonly id?: string | readonly string[];
}
const ids = z
  .array(fields.id)
  .min(1)
  .max(1000)
  .optional()
  .describe("Several dead letters; those that are not there are left out");

/** Which letters are meant, once it is clear that the principal may do this to them. */
async function chosen(
  { where, cause, id, ids, agent }: Choice,
  principal: Principal,
  right: Right,
  system: System,
): Promise<Chosen> {
  const named = id === undefined ? ids : [id];
  const found = named && (await lettersOf(system, new Set(named), principal));
  if (id !== undefined && found?.length === 0) throw noLetter(id);
  const whose = found ? new Set(found.map(recipientOf)) : [agent ?? EVERYTHING];
  for (const each of whose) demand(principal, right, each);
  const narrowed = [where, agent && `to:${JSON.stringify(agent)}`].filter(Boolean).join(" ");
  const one = {
    ...(found && { id: found.map((letter) => letter.id) }),
    ...(cause !== undefined && { cause }),
  };
  return { ...one, ...(narrowed !== "" && { where: narrowed }) };
}

/** Those of the letters that are there, as far as the principal may see them. */
async function lettersOf(
  system: System,
  named: ReadonlySet<string>,
  principal: Principal,
): Promise<readonly DeadLetter[]> {
  const found: DeadLetter[] = [];
  let after: string | undefined;
  do {
    const page = await system.deadLetters.list({ limit: 1000, ...(after !== undefined && { after }) });
    found.push(...page.items.filter(({ id, envelope }) => named.has(id) || named.has(envelope.id)));
    // To the end: a message has a letter in each mailbox that it died in.
    after = page.next;
  } while (after !== undefined);
  return found.filter(({ envelope }) => maySee(principal, envelope));
}

function noLetter(id: string): HermodError {
  return new HermodError("HERMOD_NOT_FOUND", `there is no dead letter ${JSON.stringify(id.slice(0, 80))}`);
}

function recipientOf({ mailbox, envelope: { to, topic } }: DeadLetter): string {
  const address = mailbox ?? to;
  return address === undefined ? (topic ?? EVERYTHING) : subjectOf(address);
}

const group = z.object({
  cause: z.string(),
  reason: z.string(),
  count: z.number(),
  firstAt: fields.time,
  lastAt: fields.time,
  mailboxes: z.array(z.string()),
  example: z.string(),
});

export const deadLetters = [
  route("dead letters", "get /v1/dead-letters", {
    does: "Dead letters, oldest first.",
    needs: "read, of the sender, the recipient or the topic; others are left out",
    query: z.strictObject({ where: fields.where.optional(), cause, ...fields.paging, cut: fields.cut }),
    answer: pageOf(fields.letter),
    serve: ({ principal, query: { where, cause, after, limit, cut } }, { system, redaction }) => {
      const asked = {
        ...(where !== undefined && { where }),
        ...(cause !== undefined && { cause }),
        ...(after !== undefined && { after }),
        ...(limit !== undefined && { limit }),
      };
      return showSeen(
        (from) => system.deadLetters.list({ ...asked, ...from }),
        principal,
        (letter) => cutPayload(showLetter(redaction.letter(letter)), cut),
        isFoundDead(where ?? "", redaction),
      );
    },
  }),
  route("dead letters", "get /v1/dead-letters/count", {
    does: "How many dead letters there are. The store keeps their number: it costs the same however many there are.",
    needs: "read, of everything",
    answer: z.object({ count: z.number() }),
    serve: async ({ principal }, { system }) => {
      demand(principal, "read", EVERYTHING);
      return { count: await system.deadLetters.count() };
    },
  }),
  route("dead letters", "get /v1/dead-letters/groups", {
    does: "Dead letters grouped by cause, the most frequent first.",
    needs: "read, of the agent; without one, of everything",
    query: z.strictObject({ where: choice.where, agent: choice.agent }),
    answer: z.object({ items: z.array(group) }),
    serve: async ({ principal, query }, { system }) => {
      const groups = await system.deadLetters.groups(await chosen(query, principal, "read", system));
      return { items: groups.map((each) => withTimes(each, "firstAt", "lastAt")) };
    },
  }),
  route("dead letters", "post /v1/dead-letters/redrive", {
    does: "Gives dead letters back to their mailboxes with new attempts.",
    needs: "redrive, of the letter's mailbox or the agent; without either, of everything",
    body: z.strictObject({
      ...{ ...choice, ids },
      limit: z.number().int().min(1).max(10_000).default(1000),
      rate: z.number().int().min(1).max(10_000).default(1000).describe("Letters a second"),
      dryRun: z.boolean().default(false),
      force: z.boolean().default(false),
    }),
    answer: z.object({
      matched: z.number(),
      redriven: z.number(),
      skipped: z.record(z.string(), z.number()),
    }),
    serve: async ({ principal, body: { limit, rate, dryRun, force, ...choice } }, { system }) => {
      const which = await chosen(choice, principal, "redrive", system);
      return system.deadLetters.redrive({ ...which, limit, rate, dryRun, force });
    },
  }),
  route("dead letters", "post /v1/dead-letters/discard", {
    does: "Forgets dead letters for good; one of `where`, `cause`, `id`, `ids` and `agent` is needed.",
    needs: "redrive, of the letter's mailbox or the agent; without either, of everything",
    body: z.strictObject({ ...choice, ids, limit: z.number().int().min(1).max(10_000).default(1000) }),
    answer: z.object({ discarded: z.number() }),
    serve: async ({ principal, body: { limit, ...choice } }, { system }) => {
      const which = await chosen(choice, principal, "redrive", system);
      if (choice.where === "") which.where = "";
      return { discarded: await system.deadLetters.discard({ ...which, limit }) };
    },
  }),
];
