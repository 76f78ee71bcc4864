/** Sending: messages to agents and topics. */
import type { CallOptions, HandMessage, SendOptions, TaskOptions } from "hermod";
import * as z from "zod";
import { demand, type Auth } from "../../auth/principal.ts";
import { route, type Api, type Asked } from "../route.ts";
import * as fields from "../schemas.ts";
import { subjectOf } from "../seen.ts";
import { keyOf, replyToOf, voiceOf } from "../sender.ts";

const sent = z.object({ id: fields.id, conversation: z.string() });
const toSent = ({ id, conversationId }: { id: string; conversationId: string }) => ({
  id,
  conversation: conversationId,
});

/** Options of a message, as a query says them. */
const options = {
  timeout: fields
    .duration()
    .optional()
    .describe("Longest wait for the reply, default 30s; of a cast or task: not begun later"),
  delay: fields.duration().optional().describe("Not handed out before; of casts, tasks and topics"),
  key: fields.text.optional().describe("Idempotency key; also as header idempotency-key"),
  orderKey: fields.text.optional(),
  priority: fields.priority.optional(),
  delivery: fields.delivery.optional(),
  conversation: fields.text.optional(),
  trace: fields.text.optional().describe("W3C traceparent; also as header traceparent"),
  from: fields.address
    .optional()
    .describe("Only for systems: the agent of theirs that sends. Default whoever asks"),
  "budget.messages": fields.count(1e9).optional(),
  "budget.tokens": fields.count(1e15, 0).optional(),
  "budget.cost": z.coerce.number().min(0).optional(),
  "budget.time": fields.duration().optional(),
};
const headers = { "idempotency-key": "Idempotency key of the message", traceparent: "W3C trace context" };
type Options = z.output<z.ZodObject<typeof options>>;

type Sends = Pick<Asked<unknown, Options>, "query" | "request" | "principal">;

/** The options that a query and headers say; those that are absent are left out. */
function optionsOf({ query, request: { headers: said }, principal }: Sends, auth: Auth): SendOptions {
  const { from: _, ...given } = query;
  const wanted = given.key ?? said.get("idempotency-key") ?? undefined;
  const key = wanted === undefined ? undefined : keyOf(auth, principal, wanted);
  const trace = given.trace ?? said.get("traceparent") ?? undefined;
  const budget = Object.fromEntries(
    (["messages", "tokens", "cost", "time"] as const).flatMap((name) => {
      const amount = given[`budget.${name}`];
      return amount === undefined ? [] : [[name, amount]];
    }),
  );
  const plain = Object.entries({ ...given, key, trace }).filter(
    ([name, value]) => value !== undefined && !name.startsWith("budget.") && name !== "verb",
  );
  return { ...Object.fromEntries(plain), ...(Object.keys(budget).length > 0 && { budget }) };
}

const agentParams = z.strictObject({ name: fields.address, operation: fields.text });
const agentQuery = z.strictObject({
  verb: z.enum(["call", "cast", "task"]).default("call"),
  hold: fields.flag.optional().describe("Keeps a cast or task for an agent that is not there yet"),
  idle: fields.duration().optional().describe("Of a task: longest time without a sign of progress"),
  ...options,
});
type ToAgent = Asked<z.output<typeof agentParams>, z.output<typeof agentQuery>>;

async function toAgent(asked: ToAgent, { system, auth }: Api): Promise<unknown> {
  const { principal, params, query, body, request } = asked;
  demand(principal, "send", subjectOf(params.name));
  const voice = voiceOf(system, principal, query.from);
  const given = optionsOf(asked, auth);
  const { name, operation } = params;
  if (query.verb === "cast") return accepted(toSent(await voice.cast(name, operation, body, given)));
  if (query.verb === "task") {
    const task = await voice.task(name, operation, body, given as TaskOptions);
    return accepted({ id: task.id, agent: task.agent });
  }
  // With a key whoever was cut off asks again, and is to find the reply, not that it has cancelled it.
  const signal = given.key === undefined ? request.signal : request.revoked;
  return voice.call(name, operation, body, { ...given, signal } as CallOptions);
}

/** What was stored, and is not done yet. */
const accepted = (body: object): Response => Response.json(body, { status: 202 });

const envelope = z.strictObject({
  id: fields.id.optional(),
  verb: z.enum(["call", "cast", "task", "publish"]).optional(),
  type: z.enum(["request", "notification", "task"]).optional(),
  operation: z.string().max(512).optional(),
  from: fields.address.optional(),
  to: fields.address.optional(),
  topic: fields.topic.optional(),
  payload: fields.json.optional(),
  priority: fields.priority.optional(),
  delivery: fields.delivery.optional(),
  retry: fields.retry.optional(),
  replyTo: fields.address
    .optional()
    .describe("Where answers go: a mailbox of the sender's own; default its own"),
  correlationId: fields.text.optional(),
  causeId: fields.text.optional(),
  conversationId: fields.text.optional(),
  idempotencyKey: fields.text.optional(),
  orderKey: fields.text.optional(),
  notBefore: z.union([fields.time, z.number()]).optional(),
  deadline: z.union([fields.time, z.number()]).optional(),
  trace: fields.text.optional(),
  metadata: z.record(z.string(), z.unknown()).optional(),
  hold: z.boolean().optional(),
});

export const sending = [
  route("sending", "post /v1/send", {
    does: "Sends a message that is written field by field; what is absent has the default of its type.",
    needs: "send, to the agent or topic",
    body: envelope,
    answer: sent,
    status: 202,
    serve: async (
      { principal, body: { hold, from, replyTo, idempotencyKey: key, ...message } },
      { system, auth },
    ) => {
      const { to, topic } = message;
      if (to !== undefined) demand(principal, "send", subjectOf(to));
      if (topic !== undefined || to === undefined) demand(principal, "send", topic ?? "*");
      const own = replyTo === undefined ? {} : { replyTo: replyToOf(principal, replyTo) };
      const stored = await voiceOf(system, principal, from).send(
        {
          ...message,
          ...own,
          ...(key !== undefined && { idempotencyKey: keyOf(auth, principal, key) }),
        } as HandMessage,
        hold === undefined ? {} : { hold },
      );
      return toSent(stored);
    },
  }),
  route("sending", "post /v1/agents/:name/:operation", {
    does: "Calls an agent and gives its reply; or casts, or hands out a task. The body is the input.",
    needs: "send, to the agent",
    params: agentParams,
    query: agentQuery,
    headers,
    body: fields.json.optional(),
    answer: fields.json.describe("The reply; of a cast and a task, with status 202, its id"),
    serve: toAgent,
  }),
  route("sending", "post /v1/topics/:topic", {
    does: "Publishes to a topic: every subscriber gets a copy. The body is the event.",
    needs: "send, to the topic",
    params: z.strictObject({ topic: fields.topic }),
    query: z.strictObject(options),
    headers,
    body: fields.json.optional(),
    answer: sent,
    status: 202,
    serve: async ({ params: { topic }, body, ...asked }, { system, auth }) => {
      const { principal, query } = asked;
      demand(principal, "send", topic);
      const voice = voiceOf(system, principal, query.from);
      return toSent(await voice.publish(topic, body, optionsOf(asked, auth)));
    },
  }),
];
