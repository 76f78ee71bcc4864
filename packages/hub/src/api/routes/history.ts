/** History: what was said, with what became of it. */
import { historyOrders } from "hermod";
import * as z from "zod";
import { listed } from "../listing.ts";
import { pageOf, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { showSeen } from "../seen.ts";
import type { MessageRecord } from "hermod";
import { cutPayload, showRecord } from "../../shown.ts";
import { isFound } from "../filters.ts";
import type { Redaction } from "../../redaction.ts";

const query = {
  where: fields.where.optional(),
  order: z.enum(historyOrders).optional().describe("Which messages come first; default the oldest"),
  ...{ ...fields.paging, cut: fields.cut },
};
const needs = "read, of the sender, the recipient or the topic; others are left out";

export const history = [
  route("history", "get /v1/history", {
    does: "Messages with what became of them, oldest or newest first: all, of a conversation, or of what an agent sent or got.",
    needs,
    query: z.strictObject({
      conversation: fields.text.optional(),
      agent: fields.party.optional(),
      ...query,
    }),
    answer: pageOf(fields.record),
    serve: ({ principal, query: { cut, ...asked } }, { system, redaction }) =>
      showSeen(
        (from) => system.history({ ...defined(asked), ...from }),
        principal,
        shownBy(redaction, cut),
        isFound(asked.where, redaction),
      ),
  }),
  route("history", "get /v1/conversations", {
    does: "Conversations in short, those first that something was last said in; with a filter, those with a message that it lets through.",
    needs,
    query: z.strictObject({
      where: fields.where.optional(),
      after: fields.paging.after,
      limit: fields.count(200).optional().describe("Most items; default 50"),
    }),
    answer: pageOf(fields.conversation),
    serve: ({ principal, query: { where = "", limit = 50, after } }, { system, redaction }) => {
      const found = isFound(where, redaction);
      return listed({ system, principal, where, limit, after, found, redaction });
    },
  }),
  route("history", "get /v1/conversations/:id", {
    does: "The messages of one conversation, in order.",
    needs,
    params: z.strictObject({ id: fields.id }),
    query: z.strictObject(query),
    answer: pageOf(fields.record),
    serve: ({ principal, params: { id }, query: { cut, ...asked } }, { system, redaction }) =>
      showSeen(
        (from) => system.history({ conversation: id, ...defined(asked), ...from }),
        principal,
        shownBy(redaction, cut),
        isFound(asked.where, redaction),
      ),
  }),
];

const shownBy =
  (redaction: Redaction, cut: number | undefined) =>
  (record: MessageRecord): unknown =>
    cutPayload(showRecord(redaction.record(record)), cut);

/** Without what is absent: options are checked by their names. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
