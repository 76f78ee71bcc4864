/** Tasks: long work, started by one request and followed by others. */
import { HermodError, sse, type Task, type TaskOptions } from "hermod";
import * as z from "zod";
import { demand, type Principal } from "../../auth/principal.ts";
import { route, type Api, type Asked } from "../route.ts";
import * as fields from "../schemas.ts";
import { withTimes } from "../../shown.ts";
import { maySee, subjectOf } from "../seen.ts";
import { isSender, keyOf, voiceOf } from "../sender.ts";

const params = z.strictObject({ id: fields.id });
type OfTask = Asked<z.output<typeof params>>;

const start = z.strictObject({
  agent: fields.address,
  operation: fields.text,
  input: fields.json.optional(),
  key: fields.text.optional(),
  timeout: fields.duration().optional(),
  idle: fields.duration().optional(),
  ahead: z.number().int().min(1).optional(),
  delay: fields.duration().optional(),
  priority: fields.priority.optional(),
  orderKey: fields.text.optional(),
  conversation: fields.text.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  budget: fields.budget.optional(),
  hold: z.boolean().optional(),
  onDone: z
    .tuple([fields.address, fields.text])
    .optional()
    .describe("Who is told of its end: agent and operation"),
  from: fields.address.optional(),
});

const status = z.object({
  id: fields.id,
  agent: z.string(),
  state: z.enum(["waiting", "running", "done", "failed", "cancelled", "unknown"]),
  attempt: z.number(),
  parts: z.number(),
  progress: z.object({ fraction: z.number(), note: z.string().optional(), at: fields.time }).optional(),
  result: fields.json.optional(),
  error: fields.errorRecord.optional(),
});

/** The task of an id, for whoever may know of it. @throws HermodError HERMOD_NO_TASK for one that is not there, or that the principal may not see. */
async function find({ principal, params: { id } }: OfTask, { system }: Api): Promise<[Task, string]> {
  const { items } = await system.history({ where: `id:${JSON.stringify(id)} verb:task`, limit: 1 });
  const envelope = items[0]?.envelope;
  if (envelope?.to === undefined || !isKnown(principal, envelope))
    throw new HermodError("HERMOD_NO_TASK", `there is no task ${JSON.stringify(id.slice(0, 80))}`);
  return [system.taskById(envelope.to, id), envelope.from];
}

function isKnown(principal: Principal, envelope: Parameters<typeof maySee>[1]): boolean {
  return isSender(principal, envelope.from) || maySee(principal, envelope);
}

export const tasks = [
  route("tasks", "post /v1/tasks", {
    does: "Hands out long work.",
    needs: "send, to the agent and to who is told of its end",
    body: start,
    answer: z.object({ id: fields.id, agent: z.string() }),
    status: 202,
    serve: async ({ principal, body }, { system, auth }) => {
      const { agent, operation, input, from, key, ...given } = body;
      const own = key === undefined ? {} : { key: keyOf(auth, principal, key) };
      const options = { ...given, ...own };
      demand(principal, "send", subjectOf(agent));
      if (options.onDone) demand(principal, "send", subjectOf(options.onDone[0]));
      const voice = voiceOf(system, principal, from);
      const task = await voice.task(agent, operation, input, options as TaskOptions);
      return { id: task.id, agent: task.agent };
    },
  }),
  route("tasks", "get /v1/tasks/:id", {
    does: "Tells where a task stands, with its result where it is done.",
    needs: "read, of the agent; or that the task is one's own",
    params,
    answer: status,
    serve: async (asked, api) => {
      const [task] = await find(asked, api);
      const { progress, ...told } = await task.status();
      return { agent: task.agent, ...told, ...(progress && { progress: withTimes(progress, "at") }) };
    },
  }),
  route("tasks", "get /v1/tasks/:id/parts", {
    does: "The parts of a task and its end as server-sent events; goes on behind Last-Event-ID.",
    needs: "read, of the agent; or that the task is one's own",
    params,
    headers: { "last-event-id": "The last event that was seen" },
    answer: "text/event-stream",
    serve: async (asked, api) => {
      const [task] = await find(asked, api);
      const { headers, signal } = asked.request;
      return sse(task, { headers, signal: AbortSignal.any([signal, api.ending]) });
    },
  }),
  route("tasks", "delete /v1/tasks/:id", {
    does: "Wants a task to end: it is taken out where it waits, and told to stop where it runs.",
    needs: "administer, of the agent; or that the task is one's own",
    params,
    query: z.strictObject({ reason: fields.text.optional() }),
    answer: z.object({
      outcome: z.enum(["cancelled-before-start", "signalled", "already-finished", "unknown"]),
    }),
    serve: async ({ query: { reason }, ...asked }, api) => {
      const [task, owner] = await find(asked as OfTask, api);
      if (!isSender(asked.principal, owner))
        demand(asked.principal, "administer", subjectOf(task.agent), "cancel");
      return { outcome: await task.cancel(reason) };
    },
  }),
];
