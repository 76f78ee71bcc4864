/** Traces: how long conversations took, and where the time of each went: its messages without what they say. */
import type { MessageRecord } from "hermod";
import * as z from "zod";
import { lineOf } from "../../drawing/spans.ts";
import type { Redaction } from "../../redaction.ts";
import { withTimes, type Plain } from "../../shown.ts";
import { traced } from "../../tracing.ts";
import { isFound } from "../filters.ts";
import { isSeen, newest } from "../newest.ts";
import { pageOf, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { showSeen } from "../seen.ts";
import { summaryOf } from "../summary.ts";

const needs = "read, of the sender, the recipient or the topic; others are left out";

/** Most messages of one answer, and how many are read at a time. */
const MOST = 10_000;
const PAGE = 1000;
/** How often it is looked for more traces that take as long as is wanted. */
const LOOKS = 5;

const line = z.object({
  ...fields.envelope.pick({ id: true, verb: true, type: true, operation: true, from: true, to: true }).shape,
  ...{ topic: z.string().optional(), mailbox: z.string().optional(), conversationId: z.string() },
  ...{ causeId: z.string().optional(), inReplyTo: z.string().optional(), trace: z.string().optional() },
  sentAt: fields.time,
  state: fields.record.shape.state,
  attempts: z.array(
    z.object({
      startedAt: fields.time,
      endedAt: fields.time,
      outcome: z.string(),
      error: z.string().optional(),
    }),
  ),
});

export const traces = [
  route("history", "get /v1/traces", {
    does: "Traces in short, those first that something was last said in: with a filter those with a message that it lets through, and those that took as long as is asked.",
    needs,
    query: z.strictObject({
      where: fields.where.optional(),
      longer: fields.duration().optional().describe("Those that took at least so long"),
      shorter: fields.duration().optional().describe("Those that took at most so long"),
      after: fields.paging.after,
      limit: fields.count(200).optional().describe("Most items; default 50"),
    }),
    answer: pageOf(fields.conversation),
    serve: async ({ principal, query }, { system, redaction }) => {
      const { where = "", longer = 0, shorter = Infinity, limit = 50 } = query;
      const found = isFound(where, redaction);
      const items: object[] = [];
      let after = query.after;
      for (let look = 0; look < LOOKS && items.length < limit; look++) {
        const page = await newest({ system, principal, where, limit: limit - items.length, after, found });
        for (const { conversation, at } of page.items) {
          const summary = await summaryOf(system, conversation, at, { principal, redaction });
          if (summary && isBetween(summary, longer, shorter)) items.push(summary);
        }
        after = page.next;
        if (after === undefined) break;
      }
      return { items, ...(after !== undefined && { next: after }) };
    },
  }),
  route("history", "get /v1/traces/:id", {
    does: "The messages of one trace without what they say, in order: by the id of a conversation, of one of its messages, or of a W3C trace.",
    needs,
    params: z.strictObject({ id: fields.id }),
    query: z.strictObject({
      after: fields.paging.after,
      limit: fields.count(MOST).optional().describe("Most items; default 10000"),
    }),
    answer: pageOf(line),
    serve: async (
      { principal, params: { id }, query: { after: begin, limit = MOST } },
      { system, redaction },
    ) => {
      const found = await traced(system, id, (record) => isSeen(principal, record));
      const items: unknown[] = [];
      if (found === undefined) return { items };
      let after = begin;
      do {
        const query = {
          ...found,
          limit: Math.min(PAGE, limit - items.length),
          ...(after !== undefined && { after }),
        };
        const page = await showSeen(
          (from) => system.history({ ...query, ...from }),
          principal,
          (record) => showLine(record, redaction),
        );
        items.push(...(page["items"] as unknown[]));
        after = page["next"] as string | undefined;
      } while (after !== undefined && items.length < limit);
      return { items, ...(after !== undefined && { next: after }) };
    },
  }),
];

function isBetween(
  { startedAt, endedAt }: { readonly startedAt: string; readonly endedAt: string },
  longer: number,
  shorter: number,
): boolean {
  const took = Date.parse(endedAt) - Date.parse(startedAt);
  return took >= longer && took <= shorter;
}

function showLine(record: MessageRecord, redaction: Redaction): Plain {
  const shown = lineOf(record);
  const attempts = shown.attempts.map((attempt) => redaction.value(attempt, new Set(["error"])));
  return {
    ...withTimes(shown, "sentAt"),
    attempts: attempts.map((attempt) => withTimes(attempt, "startedAt", "endedAt")),
  };
}
