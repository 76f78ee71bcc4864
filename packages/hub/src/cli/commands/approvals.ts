/** Approvals: the questions that agents have for people. */
import type { Question } from "hermod";
import type { Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { given, isSet, textOf } from "../options.ts";
import { readPayload } from "../payload.ts";
import { Missing } from "../problem.ts";
import { quoted } from "../records.ts";
import { rest } from "../rest.ts";
import { commandLine, moment, plain, span, table, type Look } from "../text.ts";

export const ls: Run = (asked) =>
  withHub(asked, async ({ system }) => {
    const questions = await system.people.list(textOf(asked.options, "person"));
    return {
      data: questions.map(questionData),
      text: (look) => list(questions, look),
      ...(questions[0] && {
        suggest: commandLine("approvals answer", questions[0].id, questions[0].options?.[0] ?? "…"),
      }),
    };
  });

function questionData({ askedAt, deadline, assigned, ...others }: Question) {
  return {
    ...{ ...others, askedAt: moment(askedAt) },
    ...(deadline !== undefined && { deadline: moment(deadline) }),
    ...(assigned && { assigned: { ...assigned, at: moment(assigned.at) } }),
  };
}

function list(questions: readonly Question[], look: Look): string {
  const now = Date.now();
  return table(
    questions,
    [
      ["ID", ({ id }) => id],
      ["PERSON", ({ person }) => person],
      ["ASSIGNED", ({ assigned }) => assigned?.to ?? "-"],
      ["FROM", ({ from }) => from],
      ["WAITS", ({ askedAt }) => span(now - askedAt)],
      ["LEFT", ({ deadline }) => (deadline === undefined ? "-" : span(Math.max(0, deadline - now)))],
      ["OPTIONS", ({ options }) => options?.join(", ") ?? ""],
      ["QUESTION", ({ question }) => question],
    ],
    look,
  );
}

export const answer: Run = async (asked) => {
  const { args, options, io } = asked;
  const [id = "", typed = ""] = args;
  const said = isSet(options, "value") ? await readPayload(typed, io) : typed;
  return withHub(asked, async ({ system }) => {
    await system.people.answer(id, said);
    return { data: { id, answer: said }, text: () => `answered ${id}\n` };
  });
};

export const withdraw: Run = (asked) =>
  withHub(asked, async ({ system }) => {
    const [id = ""] = asked.args;
    const isGone = await system.people.withdraw(id, textOf(asked.options, "reason"));
    if (!isGone)
      throw new Missing(`no question ${quoted(id)} waits`, "hermod approvals ls lists those that do.");
    return { data: { id, withdrawn: true }, text: () => `withdrawn ${id}\n` };
  });

/** Asks the hub, which knows who may. */
const telling = async (asked: Given, act: string, body: object): Promise<void> => {
  const path = `/v1/questions/${encodeURIComponent(asked.args[0] ?? "")}/${act}`;
  await rest(await asked.settings(), path, "POST", body);
};

export const assign: Run = async (asked) => {
  const [id = "", to] = asked.args;
  await telling(asked, "assign", { to: to ?? null });
  const text = to === undefined ? `nobody sees to ${id} any more\n` : `${plain(to)} sees to ${id}\n`;
  return { data: { id, assigned: to ?? null }, text: () => text };
};

export const decline: Run = async (asked) => {
  const [id = ""] = asked.args;
  await telling(asked, "decline", given({ reason: textOf(asked.options, "reason") }));
  return { data: { id, declined: true }, text: () => `declined ${id}\n` };
};
