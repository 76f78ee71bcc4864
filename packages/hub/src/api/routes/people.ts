/** People: the questions that agents have for persons. */
import { HermodError, type Question, type System } from "hermod";
import { PEOPLE } from "hermod/remote";
import * as z from "zod";
import { demand, type Principal } from "../../auth/principal.ts";
import { route } from "../route.ts";
import * as fields from "../schemas.ts";
import { isSender } from "../sender.ts";
import { withTimes } from "../../shown.ts";

const params = z.strictObject({ id: fields.id });

const question = z.object({
  id: fields.id,
  person: z.string(),
  question: z.string(),
  options: z.array(z.string()).optional(),
  details: fields.json.optional(),
  from: z.string(),
  conversation: z.string(),
  askedAt: fields.time,
  deadline: fields.time.optional(),
});

/** @throws HermodError HERMOD_NOT_FOUND for a question that is not there, or that the principal may not know of. */
async function find(system: System, id: string, principal: Principal): Promise<Question> {
  const found = (await system.people.list()).find((each) => each.id === id);
  if (found && (maySee(principal, found) || isOwn(principal, found))) return found;
  throw new HermodError("HERMOD_NOT_FOUND", `there is no question ${JSON.stringify(id.slice(0, 80))}`, {
    hint: "It may be answered, taken back or over by its time: list those that wait with GET /v1/questions.",
  });
}

const isOwn = (principal: Principal, { from }: Question): boolean => isSender(principal, from);

function maySee(principal: Principal, { person }: Question): boolean {
  return principal.may("answer", person) || principal.may("read", `${PEOPLE}/${person}`);
}

export const people = [
  route("people", "get /v1/questions", {
    does: "The questions that wait for people, oldest first.",
    needs: "answer or read, of the person; others are left out",
    query: z.strictObject({ person: fields.name.optional() }),
    answer: z.object({ items: z.array(question) }),
    serve: async ({ principal, query: { person } }, { system }) => {
      const all = await system.people.list(person);
      const seen = all.filter((each) => maySee(principal, each) || isOwn(principal, each));
      return { items: seen.map((each) => withTimes(each, "askedAt", "deadline")) };
    },
  }),
  route("people", "post /v1/questions/:id/answer", {
    does: "Answers a question in the name of its person.",
    needs: "answer, of the person",
    params,
    body: z.strictObject({ answer: fields.json }),
    answer: z.object({ ok: z.literal(true) }),
    serve: async ({ principal, params: { id }, body: { answer } }, { system }) => {
      const { person } = await find(system, id, principal);
      demand(principal, "answer", person);
      await system.people.answer(id, answer);
      return { ok: true };
    },
  }),
  route("people", "delete /v1/questions/:id", {
    does: "Takes a question back.",
    needs: "administer, of the person; or that the question is one's own",
    params,
    query: z.strictObject({ reason: fields.text.optional() }),
    answer: z.object({ withdrawn: z.boolean() }),
    serve: async ({ principal, params: { id }, query: { reason } }, { system }) => {
      const found = await find(system, id, principal);
      if (!isOwn(principal, found)) demand(principal, "administer", `${PEOPLE}/${found.person}`, "withdraw");
      return { withdrawn: await system.people.withdraw(id, reason) };
    },
  }),
];
