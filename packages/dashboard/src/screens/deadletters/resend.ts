/** Resend: a dead letter's message sent anew with another payload: a new message, in the same conversation. */
import { ask } from "../../api/client.ts";
import { HIDDEN } from "../../parts/hidden.ts";
import type { DeadLetter } from "../../api/types.ts";

/** What the hub gave: the id of what was sent, or the reply of a call. */
export type Sent =
  | { readonly id: string; readonly conversation: string }
  | { readonly reply: unknown; readonly conversation: string };

/** Where it goes; undefined for what can only be sent by systems. */
export function placeOf({ envelope, mailbox }: DeadLetter): string | undefined {
  const { verb, topic, operation } = envelope;
  const to = envelope.to ?? (topic === undefined ? mailbox : undefined);
  if (to?.startsWith("~") || verb === "reply" || verb === "info") return undefined;
  if (to === undefined) return topic === undefined ? undefined : `/v1/topics/${encodeURIComponent(topic)}`;
  const known = verb === "call" || verb === "task" ? verb : "cast";
  const name = operation === "" ? envelope.type : operation;
  return `/v1/agents/${encodeURIComponent(to)}/${encodeURIComponent(name)}?verb=${known}`;
}

/** The payload as it is written; an error in words where it cannot be read. */
export function readPayload(text: string): { readonly value: unknown } | { readonly wrong: string } {
  if (text.includes(HIDDEN))
    return { wrong: `write what stands where it says ${HIDDEN}: nobody is shown that` };
  if (text.trim() === "") return { value: undefined };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : "it cannot be read as JSON" };
  }
}

export async function resend(letter: DeadLetter, payload: unknown, signal: AbortSignal): Promise<Sent> {
  const place = placeOf(letter) ?? "";
  const { verb, conversationId: conversation } = letter.envelope;
  const asked = `post ${place}${place.includes("?") ? "&" : "?"}conversation=${encodeURIComponent(conversation)}`;
  const said = await ask<unknown>(asked, { signal, ...(payload !== undefined && { body: payload }) });
  if (verb === "call") return { reply: said, conversation };
  return { id: (said as { readonly id: string }).id, conversation };
}
