/** History: what was said, with what became of it. */
import { historyOrders } from "hermod";
import * as z from "zod";
import { pageOf, route } from "../route.ts";
import * as fields from "../schemas.ts";
import { showSeen } from "../seen.ts";
import { showRecord } from "../../shown.ts";

const query = {
  where: fields.where.optional(),
  order: z.enum(historyOrders).optional().describe("Which messages come first; default the oldest"),
  ...fields.paging,
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
    serve: ({ principal, query: asked }, { system }) =>
      showSeen((from) => system.history({ ...defined(asked), ...from }), principal, showRecord),
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

/** Without what is absent: options are checked by their names. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
