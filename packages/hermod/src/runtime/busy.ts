/** Busy: what becomes of a message that is taken while its agent works. Pure. */
import type { BusyRule } from "../agent/work.ts";
import { expectsAnswer, type Envelope } from "../core/envelope.ts";
import { HermodError, OverloadedError } from "../core/errors.ts";

/** "begin": it runs now. "wait": until there is a place. The others are about the handler that runs for its like. */
export type Meeting = "begin" | "wait" | "follow" | "refuse" | "interrupt" | "steer";

/** Decides by the agent's rule; `running` is the message of its conversation, key or agent that is handled now. */
export function meet(
  rule: BusyRule,
  envelope: Envelope,
  running: Envelope | undefined,
  isFree: boolean,
): Meeting {
  if (running === undefined) return isFree ? "begin" : "wait";
  if (rule === "reject") return "refuse";
  if (rule === "interrupt") return "interrupt";
  return rule === "steer" && canSteer(envelope, running) ? "steer" : "follow";
}

/** A message that wants an answer can only join one that gives the same; an exactly-once one is settled by itself. */
function canSteer(envelope: Envelope, running: Envelope): boolean {
  if (envelope.delivery === "exactly-once") return false;
  return (
    !expectsAnswer(envelope) || (envelope.operation === running.operation && envelope.type === running.type)
  );
}

/** What a handler is told that has to make room, and the asker of its message. */
export function interruptedBy(envelope: Envelope, agent: string): HermodError {
  return new HermodError("HERMOD_INTERRUPTED", `${agent} was interrupted by message ${envelope.id}`, {
    details: { agent, by: envelope.id },
  });
}

/** What the asker of a message is told that came at a bad time. */
export function busyWith(running: Envelope, agent: string): OverloadedError {
  return new OverloadedError(`${agent} is busy with message ${running.id}, and takes no other meanwhile`, {
    details: { agent, with: running.id },
    hint: 'Try again later, or choose another busy rule: "queue", "interrupt", "steer".',
  });
}
