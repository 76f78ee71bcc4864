/** Files: what is too long for a page, as a file: written as its reader takes it, and stopped when the reader goes. */
import { HermodError, systemClock, type MessageRecord } from "hermod";
import * as z from "zod";
import type { Principal } from "../../auth/principal.ts";
import { conversationForms, conversationTexts, conversationTypes } from "../../exports/conversation.ts";
import { everyOf, letterLines, recordLines, rowForms, rowTypes, summaryLines } from "../../exports/rows.ts";
import { isFound, isFoundDead } from "../filters.ts";
import { everyListed } from "../listing.ts";
import { route, type Api } from "../route.ts";
import * as fields from "../schemas.ts";
import { EVERYTHING } from "../seen.ts";

const needs = "read, of the sender, the recipient or the topic; others are left out";
const form = z.enum(rowForms).default("ndjson").describe("A JSON value a line, or a table");
const where = fields.where.default("");

/** Names of files are of plain letters. */
const fileName = (text: string): string => text.replaceAll(/[^\w-]+/gu, "_").slice(0, 80);

/** The messages of one conversation that a principal may see. */
function messagesOf(
  conversation: string,
  principal: Principal,
  { system, redaction }: Api,
): AsyncGenerator<MessageRecord> {
  const shown = { isFound: () => true, shown: redaction.record };
  return everyOf((from) => system.history({ conversation, ...from }), principal, shown);
}

/** The same, once the first of them is there. @throws HermodError HERMOD_NOT_FOUND. */
async function begun(
  id: string,
  records: AsyncGenerator<MessageRecord>,
): Promise<AsyncGenerator<MessageRecord>> {
  const first = await records.next();
  if (first.done)
    throw new HermodError(
      "HERMOD_NOT_FOUND",
      `no conversation ${JSON.stringify(id.slice(0, 80))} is remembered`,
    );
  return (async function* () {
    yield first.value;
    yield* records;
  })();
}

export const files = [
  route("exports", "get /v1/export/messages", {
    does: "All messages that a filter lets through as a file, oldest first, a row each: NDJSON or CSV.",
    needs,
    query: z.strictObject({
      ...{ form, where },
      conversation: fields.text.optional(),
      agent: fields.party.optional(),
    }),
    answer: "application/x-ndjson",
    serve: ({ principal, query, request: { revoked: signal } }, { system, exports, redaction }) => {
      const { conversation, agent } = query;
      const shown = { isFound: isFound(query.where, redaction), shown: redaction.record };
      const asked = {
        where: query.where,
        ...(conversation !== undefined && { conversation }),
        ...(agent !== undefined && { agent }),
      };
      const items = everyOf((from) => system.history({ ...asked, ...from }), principal, shown);
      const terms = { type: rowTypes[query.form], name: `messages.${query.form}`, signal };
      return exports.answer(recordLines(items, query.form), terms);
    },
  }),
  route("exports", "get /v1/export/dead-letters", {
    does: "All dead letters that a filter lets through as a file, oldest first, a row each; without one it says in x-hermod-total how many.",
    needs,
    query: z.strictObject({
      ...{ form, where },
      cause: fields.text.optional().describe("Those of one group, by its cause"),
    }),
    answer: "application/x-ndjson",
    serve: async ({ principal, query, request: { revoked: signal } }, { system, exports, redaction }) => {
      const { cause } = query;
      const shown = { isFound: isFoundDead(query.where, redaction), shown: redaction.letter };
      const isAll = query.where.trim() === "" && cause === undefined && principal.may("read", EVERYTHING);
      const total = isAll ? await system.deadLetters.count() : undefined;
      const asked = { where: query.where, ...(cause !== undefined && { cause }) };
      const items = everyOf((from) => system.deadLetters.list({ ...asked, ...from }), principal, shown);
      const terms = { type: rowTypes[query.form], name: `dead-letters.${query.form}`, total, signal };
      return exports.answer(letterLines(items, query.form), terms);
    },
  }),
  route("exports", "get /v1/export/conversations", {
    does: "All conversations in short that a filter lets through as a file, those first that something was last said in, a row each: NDJSON or CSV.",
    needs,
    query: z.strictObject({ form, where }),
    answer: "application/x-ndjson",
    serve: ({ principal, query, request: { revoked: signal } }, { system, exports, redaction }) => {
      const found = isFound(query.where, redaction);
      const begunAt = systemClock.now();
      const items = everyListed({ system, principal, where: query.where, found, redaction, begunAt });
      const terms = { type: rowTypes[query.form], name: `conversations.${query.form}`, signal };
      return exports.answer(summaryLines(items, query.form), terms);
    },
  }),
  route("exports", "get /v1/export/conversations/:id", {
    does: "One conversation as a file: JSON, Markdown, a picture of its sequence, or the text of one for Mermaid; pictures of at most 20,000 messages.",
    needs,
    params: z.strictObject({ id: fields.id }),
    query: z.strictObject({ form: z.enum(conversationForms).default("json") }),
    answer: "application/json",
    serve: async ({ principal, params: { id }, query, request: { revoked: signal } }, api) => {
      const { type, end } = conversationTypes[query.form];
      const texts = conversationTexts(id, await begun(id, messagesOf(id, principal, api)), query.form);
      return api.exports.answer(texts, { type, name: `conversation-${fileName(id)}.${end}`, signal });
    },
  }),
];
