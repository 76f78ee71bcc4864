/** History: what was said, with what became of it. */
import { HermodError, parseFilter } from "hermod";
import * as z from "zod";
import { newest, type Latest } from "../newest.ts";
import { pageOf, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { showRecord, showSeen } from "../shown.ts";
import { summaryOf } from "../summary.ts";

const query = {
  where: fields.where.optional(),
  ...fields.paging,
};
const needs = "read, of the sender, the recipient or the topic; others are left out";

export const history = [
  route("history", "get /v1/history", {
    does: "Messages with what became of them, oldest first: all, of a conversation, or of what an agent sent or got.",
    needs,
    query: z.strictObject({
      conversation: fields.text.optional(),
      agent: fields.address.optional(),
      ...query,
    }),
    answer: pageOf(fields.record),
    serve: ({ principal, query: asked }, { system }) =>
      showSeen((from) => system.history({ ...defined(asked), ...from }), principal, showRecord),
  }),
  route("history", "get /v1/conversations", {
    does: "Conversations in short, those first that something was last said in; with a filter, those with a message that it lets through.",
    needs,
    query: z.strictObject({
      ...query,
      limit: fields.count(200).optional().describe("Most items; default 50"),
    }),
    answer: pageOf(fields.conversation),
    serve: async ({ principal, query: { where = "", limit = 50, after } }, { system }) => {
      parseFilter(where);
      const page = await newest({ system, principal, where, limit, after: placeIn(after) });
      const items = [];
      for (const { conversation, at } of page.items)
        items.push(await summaryOf(system, conversation, at, principal));
      return { items: items.filter((item) => item !== undefined), ...cursorTo(page.next) };
    },
  }),
  route("history", "get /v1/conversations/:id", {
    does: "The messages of one conversation, in order.",
    needs,
    params: z.strictObject({ id: fields.id }),
    query: z.strictObject(query),
    answer: pageOf(fields.record),
    serve: ({ principal, params: { id }, query: asked }, { system }) =>
      showSeen(
        (from) => system.history({ conversation: id, ...defined(asked), ...from }),
        principal,
        showRecord,
      ),
  }),
];

/** `1767225600000.id`: behind which conversation the next page begins. */
function cursorTo(next: Latest | undefined): { readonly next?: string } {
  return next === undefined ? {} : { next: `${next.at}.${next.conversation}` };
}

/** @throws HermodError HERMOD_BAD_OPTION for what is no cursor. */
function placeIn(after: string | undefined): Latest | undefined {
  if (after === undefined) return undefined;
  const [, at, conversation = ""] = /^(-?\d{1,15})\.(.*)$/s.exec(after) ?? [];
  if (at !== undefined) return { at: Number(at), conversation };
  throw new HermodError("HERMOD_BAD_OPTION", "query.after: must be the `next` of the page before");
}

/** Without what is absent: options are checked by their names. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
