/** Messages: what is kept of how one was worked on. */
import { HermodError, logLevels } from "hermod";
import * as z from "zod";
import { isSeen } from "../newest.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { withTimes } from "../../shown.ts";

const whose = { at: fields.time, agent: z.string(), attempt: z.number() };
const note = z.discriminatedUnion("type", [
  z.object({
    ...{ type: z.literal("log"), ...whose, level: z.enum(logLevels), text: z.string() },
    data: fields.json.optional(),
  }),
  z.object({
    ...{ type: z.literal("model"), ...whose, model: z.string(), simulated: z.boolean().optional() },
    ...{ inputTokens: z.number(), outputTokens: z.number(), cost: z.number().optional() },
    ms: z.number().describe("How long it took, what it `waited` for its rate limits included"),
    ...{ waited: z.number(), finish: z.string().optional() },
    error: z.object({ code: z.string(), message: z.string() }).optional(),
  }),
]);

export const messages = [
  route("history", "get /v1/messages/:id/notes", {
    does: "What is kept of how a message was worked on: lines of log, and calls of language models without their words.",
    needs: "read, of the sender, the recipient or the topic",
    params: z.strictObject({ id: fields.id }),
    answer: z.object({
      notes: z.array(note),
      cut: z
        .array(z.object({ agent: z.string(), attempt: z.number(), count: z.number() }))
        .describe("How many more there were than are kept"),
    }),
    serve: async ({ principal, params: { id } }, { system, redaction }) => {
      const { items } = await system.history({ where: `id:${JSON.stringify(id)}`, limit: 100 });
      if (!items.some((record) => isSeen(principal, record)))
        throw new HermodError("HERMOD_NOT_FOUND", `there is no message ${JSON.stringify(id.slice(0, 80))}`);
      const { notes, cut } = redaction.notes(await system.notes(id));
      return { notes: notes.filter(isWhole).map((each) => withTimes(each, "at")), cut };
    },
  }),
];

/** Who records a part may write into it what it likes. */
const isWhole = (each: object): boolean =>
  note.safeParse(withTimes(each as { readonly at: number }, "at")).success;
