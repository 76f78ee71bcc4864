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
  assigned: z
    .object({ to: z.string(), by: z.string().optional(), at: fields.time })
    .optional()
    .describe("Who is to see to it: who may answer for them may answer it"),
});

function showQuestion(each: Question) {
  const { assigned } = each;
  return {
    ...withTimes(each, "askedAt", "deadline"),
    ...(assigned && { assigned: withTimes(assigned, "at") }),
  };
}

/** Who may answer a question: whoever may for its person, or for whom it was given to. */
function mayAnswer(principal: Principal, { person, assigned }: Question): boolean {
  return principal.may("answer", person) || (assigned !== undefined && principal.may("answer", assigned.to));
}

/** @throws HermodError HERMOD_NOT_FOUND for a question that is not there, or that the principal may not know of. */
async function find(system: System, id: string, principal: Principal): Promise<Question> {
  const found = (await system.people.list()).find((each) => each.id === id);
  if (found && (maySee(principal, found) || isOwn(principal, found))) return found;
  throw new HermodError("HERMOD_NOT_FOUND", `there is no question ${JSON.stringify(id.slice(0, 80))}`, {
    hint: "It may be answered, taken back or over by its time: list those that wait with GET /v1/questions.",
  });
}

const said = new Set(["question", "details"]);

const isOwn = (principal: Principal, { from }: Question): boolean => isSender(principal, from);

function maySee(principal: Principal, asked: Question): boolean {
  const { person } = asked;
  return mayAnswer(principal, asked) || principal.may("read", `${PEOPLE}/${person}`);
}

/** The right is noted in the name by which it is held. */
function demandAnswer(principal: Principal, { person, assigned }: Question, act: string): void {
  const by =
    assigned !== undefined && !principal.may("answer", person) && principal.may("answer", assigned.to);
  demand(principal, "answer", by ? assigned.to : person, act);
}

export const people = [
  route("people", "get /v1/questions", {
    does: "The questions that wait for people, oldest first.",
    needs: "answer or read, of the person; others are left out",
    query: z.strictObject({ person: fields.name.optional() }),
    answer: z.object({ items: z.array(question) }),
    serve: async ({ principal, query: { person } }, { system, redaction }) => {
      const all = await system.people.list(person);
      const seen = all.filter((each) => maySee(principal, each) || isOwn(principal, each));
      return { items: seen.map((each) => showQuestion(redaction.value(each, said))) };
    },
  }),
  route("people", "post /v1/questions/:id/answer", {
    does: "Answers a question in the name of its person.",
    needs: "answer, of the person or of whom it was given to",
    params,
    body: z.strictObject({ answer: fields.json }),
    answer: z.object({ ok: z.literal(true) }),
    serve: async ({ principal, params: { id }, body: { answer } }, { system }) => {
      demandAnswer(principal, await find(system, id, principal), "answer");
      await system.people.answer(id, answer);
      return { ok: true };
    },
  }),
  route("people", "post /v1/questions/:id/assign", {
    does: "Says who is to see to a question, or with null nobody any more; all who list it see that.",
    needs: "answer, of the person or of whom it was given to",
    params,
    body: z.strictObject({ to: fields.name.nullable() }),
    answer: z.object({ ok: z.literal(true) }),
    serve: async ({ principal, params: { id }, body: { to } }, { system }) => {
      const act = to === null ? "unassign" : `assign to ${to}`;
      demandAnswer(principal, await find(system, id, principal), act);
      await system.people.assign(id, to ?? undefined, principal.name);
      return { ok: true };
    },
  }),
  route("people", "post /v1/questions/:id/decline", {
    does: "Declines a question in the name of its person: whoever asked gets HERMOD_REJECTED with the reason.",
    needs: "answer, of the person or of whom it was given to",
    params,
    body: z.strictObject({ reason: z.string().min(1).max(500).optional() }).prefault({}),
    answer: z.object({ ok: z.literal(true) }),
    serve: async ({ principal, params: { id }, body: { reason } }, { system }) => {
      demandAnswer(principal, await find(system, id, principal), "decline");
      await system.people.decline(id, reason);
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
