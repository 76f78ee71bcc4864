/** Mailboxes: what waits, seen and taken. */
import type { Address, DelayedMessage, Envelope, MailboxCounts } from "hermod";
import { HermodError, parseFilter } from "hermod";
import * as z from "zod";
import { demand } from "../../auth/principal.ts";
import type { HeldDelivery } from "../pulls.ts";
import { MOST_LEASE } from "../pulls.ts";
import { pageOf, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { showPage } from "../seen.ts";
import { filterOf, foundBy } from "../filters.ts";
import { cutEnvelope, cutPayload, showCounts, showDelayed, showEnvelope } from "../../shown.ts";

const params = z.strictObject({ name: fields.name });
const token = z.strictObject({ token: z.string().regex(/^[0-9a-f]{32}$/, "is no token of a delivery") });
const lease = fields.duration(MOST_LEASE, 1000);
const done = z.object({ ok: z.literal(true) });
const ok = { ok: true } as const;

const delivery = z.object({
  token: z.string(),
  attempt: z.number(),
  leaseUntil: fields.time,
  envelope: fields.envelope,
});

function showHeld({ token, delivery: { attempt, leaseUntil, envelope } }: HeldDelivery): unknown {
  return { token, attempt, leaseUntil: new Date(leaseUntil).toISOString(), envelope: showEnvelope(envelope) };
}

const look = z.strictObject({ where: fields.where.optional(), ...fields.paging, cut: fields.cut });

/** A page of what waits in a mailbox. */
function pageTerms({ where, cut: _, ...page }: z.output<typeof look>) {
  return { ...page, ...(where !== undefined && { where: parseFilter(where) }) } as object;
}

/** What is given of a mailbox that nobody may know of. */
const isAgent = ({ mailbox }: MailboxCounts): boolean => !mailbox.startsWith("~");

export const mailboxes = [
  route("mailboxes", "get /v1/mailboxes", {
    does: "The mailboxes of agents with what waits in them.",
    needs: "read; others are left out",
    answer: z.object({ items: z.array(fields.counts) }),
    serve: async ({ principal }, { store }) => {
      const { items } = await store.read({ type: "counts" });
      return showPage({ items }, (each) => isAgent(each) && principal.may("read", each.mailbox), showCounts);
    },
  }),
  route("mailboxes", "get /v1/mailboxes/:name", {
    does: "The messages that wait in a mailbox, in order; takes none.",
    needs: "read, of the mailbox",
    params,
    query: look,
    answer: pageOf(fields.envelope),
    serve: async ({ principal, params: { name }, query }, { store, redaction }) => {
      demand(principal, "read", name);
      const page = await store.read({ type: "waiting", mailbox: name as Address, ...pageTerms(query) });
      const found = foundBy(filterOf(query.where ?? "", redaction), redaction);
      const isFound = (envelope: Envelope): boolean => found({ envelope });
      return showPage<Envelope>(page, isFound, (each) =>
        cutEnvelope(showEnvelope(redaction.envelope(each)), query.cut),
      );
    },
  }),
  route("mailboxes", "get /v1/mailboxes/:name/delayed", {
    does: "The messages that wait for a time: for their next attempt, or because they were sent for later.",
    needs: "read, of the mailbox",
    params,
    query: look,
    answer: pageOf(
      z.object({ envelope: fields.envelope, dueAt: fields.time, attempts: z.array(fields.attempt) }),
    ),
    serve: async ({ principal, params: { name }, query }, { store, redaction }) => {
      demand(principal, "read", name);
      const page = await store.read({ type: "delayed", mailbox: name as Address, ...pageTerms(query) });
      const found = foundBy(filterOf(query.where ?? "", redaction), redaction);
      return showPage(
        page,
        ({ envelope }) => found({ envelope }),
        (each) => cutPayload(showDelayed(redaction.delayed(each)), query.cut),
      );
    },
  }),
  route("mailboxes", "get /v1/delayed", {
    does: "The messages of all mailboxes that wait for a time, the earliest first: retries, and what was sent for later.",
    needs: "read, of the mailbox; others are left out",
    query: z.strictObject({
      where: fields.where.optional(),
      limit: fields.count(1000).default(100),
      cut: fields.cut,
    }),
    answer: z.object({
      items: z.array(
        z.object({
          mailbox: z.string(),
          envelope: fields.envelope,
          dueAt: fields.time,
          attempts: z.array(fields.attempt),
        }),
      ),
      total: z.number().describe("How many wait, the filter aside"),
    }),
    serve: async ({ principal, query: { where, limit, cut } }, { store, redaction }) => {
      const filter = filterOf(where ?? "", redaction);
      const isFound = foundBy(filter, redaction);
      const { items } = await store.read({ type: "counts" });
      const having = items.filter(
        (each) => each.delayed > 0 && isAgent(each) && principal.may("read", each.mailbox),
      );
      const terms = { limit, ...(where !== undefined && { where: filter }) };
      const found: (DelayedMessage & { readonly mailbox: string })[] = [];
      // One after the other: thousands of mailboxes must not be read at once.
      for (const { mailbox } of having) {
        const page = await store.read({ type: "delayed", mailbox, ...terms });
        found.push(
          ...page.items
            .filter(({ envelope }) => isFound({ envelope }))
            .map((each) => ({ ...redaction.delayed(each), mailbox })),
        );
        if (found.length > 2 * limit) earliest(found, limit);
      }
      earliest(found, limit);
      const total = having.reduce((sum, { delayed }) => sum + delayed, 0);
      const shown = found.map((each) => ({
        ...cutPayload(showDelayed(each), cut),
        mailbox: each.mailbox,
      }));
      return { items: shown, total };
    },
  }),
  route("mailboxes", "post /v1/mailboxes/:name/delayed/:id", {
    does: "Lets a message that waits for a time run now, or cancels it: a dead letter, of which its asker hears.",
    needs: "redrive, of the mailbox",
    params: z.strictObject({ name: fields.name, id: fields.id }),
    body: z.strictObject({ act: z.enum(["run", "cancel"]) }),
    answer: z.object({ ok: z.literal(true) }),
    serve: async ({ principal, params: { name, id }, body: { act } }, { store }) => {
      demand(principal, "redrive", name, `${act === "run" ? "run now" : "cancel"} ${id}`);
      const type = act === "run" ? "hasten" : "cancel";
      const { status } = await store.operate({ type, mailbox: name as Address, id });
      if (status === "done") return ok;
      throw new HermodError("HERMOD_NOT_FOUND", `no message ${id} waits for a time in ${name}`, {
        hint: "It may have begun, or been taken out: list what waits with GET /v1/delayed.",
      });
    },
  }),
  route("mailboxes", "post /v1/mailboxes/:name/pull", {
    does: "Takes messages under a lease, waiting for the first one; each comes back unless it is settled in time.",
    needs: "serve, of the mailbox",
    params,
    body: z
      .strictObject({
        max: z.number().int().min(1).max(100).default(1),
        wait: fields.duration(60_000).default(0),
        lease: lease.default(30_000),
        where: fields.where.optional(),
      })
      .prefault({}),
    answer: z.object({ deliveries: z.array(delivery) }),
    serve: async ({ principal, params: { name }, body, request }, { pulls, ending }) => {
      demand(principal, "serve", name);
      const taken = await pulls.take(principal, name, body, AbortSignal.any([request.signal, ending]));
      return { deliveries: taken.map(showHeld) };
    },
  }),
  route("mailboxes", "post /v1/deliveries/:token/ack", {
    does: "Done: the message is gone. With `reply` it is answered in the same step.",
    needs: "that it was handed to the same principal",
    params: token,
    body: z.strictObject({ reply: fields.json.optional() }).prefault({}),
    answer: done,
    serve: async ({ principal, params, body }, { pulls }) => {
      const held = pulls.find(principal, params.token);
      await pulls.settle(held, (taken) => ("reply" in body ? taken.reply(body.reply) : taken.ack()));
      return ok;
    },
  }),
  route("mailboxes", "post /v1/deliveries/:token/nack", {
    does: "Failed: tried again after `delay` or by the retry policy, and a dead letter after the last attempt.",
    needs: "that it was handed to the same principal",
    params: token,
    body: z
      .strictObject({ delay: fields.duration().optional(), error: z.string().max(4096).optional() })
      .prefault({}),
    answer: done,
    serve: async ({ principal, params, body: { delay, error } }, { pulls }) => {
      const why = {
        ...(delay !== undefined && { delay }),
        ...(error !== undefined && { error: named(error) }),
      };
      await pulls.settle(pulls.find(principal, params.token), (taken) => taken.nack(why));
      return ok;
    },
  }),
  route("mailboxes", "post /v1/deliveries/:token/reject", {
    does: "Refused for good: a dead letter; a waiting caller is told.",
    needs: "that it was handed to the same principal",
    params: token,
    body: z.strictObject({ reason: z.string().min(1).max(4096) }),
    answer: done,
    serve: async ({ principal, params, body: { reason } }, { pulls }) => {
      await pulls.settle(pulls.find(principal, params.token), (taken) => taken.reject(reason));
      return ok;
    },
  }),
  route("mailboxes", "post /v1/deliveries/:token/extend", {
    does: "Lets the lease run anew from now.",
    needs: "that it was handed to the same principal",
    params: token,
    body: z.strictObject({ lease: lease.default(30_000) }).prefault({}),
    answer: z.object({ leaseUntil: fields.time }),
    serve: async ({ principal, params, body }, { pulls }) => {
      const { delivery: taken } = pulls.find(principal, params.token);
      await taken.extend(body.lease);
      return { leaseUntil: new Date(taken.leaseUntil).toISOString() };
    },
  }),
];

/** Leaves the earliest, in order. */
function earliest(found: DelayedMessage[], most: number): void {
  found.sort((one, other) => one.dueAt - other.dueAt).splice(most);
}

/** Somebody else's error, without a place in this program. */
function named(message: string): Error {
  const error = new Error(message);
  delete error.stack;
  return error;
}
