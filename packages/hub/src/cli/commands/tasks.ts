/** Tasks: long work: what there is, how it stands, its parts as they come, and its end. */
import type { System, Task, TaskStatus } from "hermod";
import type { Answer, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { exits } from "../exit.ts";
import { durationOf, given, numberOf, textOf } from "../options.ts";
import { Missing } from "../problem.ts";
import { narrowed, quoted, recordsOf, recordTable, since } from "../records.ts";
import { showRecord } from "../../shown.ts";
import { commandLine, fields, moment, toJson } from "../text.ts";

const DAY = 86_400_000;

export const ls: Run = async (asked) => {
  const { options } = asked;
  const query = given({
    where: narrowed("type:task", textOf(options, "where"), since(durationOf(options, "since") ?? DAY)),
    limit: numberOf(options, "limit", 1, 1000),
    after: textOf(options, "after"),
  });
  return withHub(asked, async ({ system }) => {
    const { items, next } = await system.history(query);
    return { data: items.map(showRecord), next, text: (look) => recordTable(items, look) };
  });
};

/** The task of an id, wherever it was started. @throws Missing. */
async function taskOf(system: System, id: string): Promise<Task> {
  const [{ envelope }] = await recordsOf(system, id);
  if (envelope.type !== "task" || envelope.to === undefined)
    throw new Missing(`message ${quoted(id)} is no task`, "hermod tasks ls lists them.");
  return system.taskById(envelope.to, id);
}

function statusData({ progress, ...rest }: TaskStatus, agent: string) {
  return { agent, ...rest, ...(progress && { progress: { ...progress, at: moment(progress.at) } }) };
}

export const show: Run = (asked) =>
  withHub(asked, async ({ system }): Promise<Answer> => {
    const task = await taskOf(system, asked.args[0] ?? "");
    const data = statusData(await task.status(), task.agent);
    return { data, text: () => fields(data), suggest: commandLine("tasks follow", task.id) };
  });

export const cancel: Run = (asked) =>
  withHub(asked, async ({ system }) => {
    const task = await taskOf(system, asked.args[0] ?? "");
    const outcome = await task.cancel(textOf(asked.options, "reason"));
    const exit = { "already-finished": exits.refused, unknown: exits.missing }[outcome as string] ?? exits.ok;
    return { data: { id: task.id, outcome }, text: () => `${outcome}\n`, exit };
  });

/** A line for each part, the result as the last; the wait has no end but its own. */
export const follow: Run = async (asked) => {
  const { args, options, io } = asked;
  const after = numberOf(options, "after", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  await withHub(
    asked,
    async ({ system }) => {
      const task = await taskOf(system, args[0] ?? "");
      for await (const part of task.parts({ after, signal: io.signal }))
        asked.emit({ part }, `${toJson(part.value)}\n`);
      const result = await task.result({ signal: io.signal });
      asked.emit({ result }, `${toJson(result)}\n`);
    },
    { isPatient: true },
  );
  return undefined;
};
