/** Sending: the options that all verbs have, and what is said of a message that was stored. */
import { toMap, type Envelope, type PriorityName } from "hermod";
import type { Answer } from "./command.ts";
import { choiceOf, durationOf, given, isSet, textOf, type Options } from "./options.ts";
import { commandLine, preview } from "./text.ts";

const priorities: readonly PriorityName[] = ["low", "normal", "high", "urgent"];

/** Options of any message. @throws Usage. */
export function sendOptions(options: Options) {
  return given({
    key: textOf(options, "key"),
    priority: choiceOf(options, "priority", priorities),
    conversation: textOf(options, "conversation"),
    trace: textOf(options, "trace"),
  });
}

/** Options of a message that may wait. @throws Usage. */
export function laterOptions(options: Options) {
  return given({ delay: durationOf(options, "delay"), hold: isSet(options, "hold") || undefined });
}

/** A message that was stored. */
export function stored(envelope: Envelope): Answer {
  const { id, to, topic, operation, payload, conversationId } = envelope;
  return {
    data: toMap(envelope),
    text: () => `${id}\n`,
    aside:
      `stored for ${to ?? topic ?? "nobody"}  ${[operation, preview(payload)].filter(Boolean).join("  ")}`.trimEnd(),
    suggest: commandLine("conversations show", conversationId),
  };
}
