/** Telling: whom a task names hears of an end that no delivery of it tells, once, though a process may die between end and word. */
import { amend, type Envelope } from "../core/envelope.ts";
import type { ErrorRecord } from "../core/errors.ts";
import { CANCELLED, toErrorReply, wordId } from "./answers.ts";
import { ask } from "./asking.ts";
import type { Origin, Sender } from "./send.ts";
import { missAnswer, type SettleParts } from "./settle.ts";

/** What telling needs. */
export interface TellingParts extends SettleParts {
  readonly sender: Sender;
}

/** Tells of an end. The same `occasion` is one message, however often it is told. */
export async function tellEnd(
  parts: TellingParts,
  origin: Origin,
  envelope: Envelope,
  error: ErrorRecord,
  occasion: string,
): Promise<void> {
  const output = await wordOf(parts, origin, envelope, error, occasion);
  if (output === undefined) return;
  const stored = await ask("append", () => parts.store.append(output, false));
  if (stored.status === "stored") parts.sender.stored(output);
  else if (stored.status === "full" || stored.status === "unknown")
    missAnswer(parts, { status: "refused", output, answer: stored });
}

/** What tells of an end: the same message for the same `occasion`. Undefined for a task that names nobody. */
export async function wordOf(
  parts: TellingParts,
  origin: Origin,
  envelope: Envelope,
  error: ErrorRecord,
  occasion: string,
): Promise<Envelope | undefined> {
  const id = wordId(envelope, occasion);
  if (id === undefined) return undefined;
  const answer = await toErrorReply(parts, envelope, origin, error);
  return answer && amend(answer, { id });
}

/** Tells that a task was cancelled: when that is recorded, and again when its turn comes. */
export function tellCancelled(
  parts: TellingParts,
  origin: Origin,
  envelope: Envelope,
  error: ErrorRecord,
): Promise<void> {
  return tellEnd(parts, origin, envelope, error, CANCELLED);
}
