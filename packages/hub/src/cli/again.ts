/** Again: what was said once is said again, as a message of its own, to whom it was said then. */
import type { Envelope, HandMessage, System } from "hermod";
import { given } from "./options.ts";
import { Usage } from "./problem.ts";

/** What came of it: the message's id, or the reply to a call. */
export type Again = { readonly sent: string } | { readonly sent?: undefined; readonly reply: unknown };

/** Says it again in its conversation. @throws Usage for replies and notices; what the agent of a call answers with. */
export async function sentAgain(system: System, envelope: Envelope, signal: AbortSignal): Promise<Again> {
  const { conversationId, id: causeId } = envelope;
  if (envelope.verb === "call") return { reply: (await askAgain(system, envelope, signal)) ?? null };
  return { sent: (await stateAgain(system, envelope, { conversationId, causeId })).id };
}

/** A call is asked again, in its conversation. */
export function askAgain(system: System, envelope: Envelope, signal: AbortSignal): Promise<unknown> {
  const { to, topic, operation, payload, priority, conversationId: conversation } = envelope;
  const terms = { priority, conversation, signal };
  const ask = system.call as (...said: readonly unknown[]) => Promise<unknown>;
  return topic === undefined ? ask(to, operation, payload, terms) : ask(topic, payload, terms);
}

/** Anything else is stored again. @throws Usage for replies and notices. */
export function stateAgain(
  system: System,
  envelope: Envelope,
  more: Pick<HandMessage, "conversationId" | "causeId"> = {},
): Promise<Envelope> {
  const { id, verb, type, operation, to, topic, payload, priority, delivery, orderKey, task, metadata } =
    envelope;
  if (verb === "reply" || verb === "info")
    throw new Usage(
      `${JSON.stringify(id)} is a ${verb}: it was for whoever waited then`,
      "Send again what it answered.",
    );
  // A copy of what was published goes to all who listen, as the first one did.
  const target = topic === undefined ? { to } : { topic };
  const said = { verb, type, operation, orderKey, task, delivery, priority, metadata, ...target, ...more };
  return system.send({ ...given(said), payload });
}
