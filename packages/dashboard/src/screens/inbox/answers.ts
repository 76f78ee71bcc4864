/** Answers: how much time is left for one, and what somebody has written as one. */
import type { Question } from "../../api/types.ts";
import { spanText } from "../../parts/text.ts";

/** How pressing a question is: "over" cannot be answered any more. */
export type Pressing = "calm" | "soon" | "over";

const SOON = 10 * 60_000;

/** How long a question waits yet, in words; undefined for one that waits for ever. */
export function leftOf(
  { deadline }: Pick<Question, "deadline">,
  now: number,
): { readonly text: string; readonly pressing: Pressing } | undefined {
  if (deadline === undefined) return undefined;
  const left = Date.parse(deadline) - now;
  if (left <= 0) return { text: "its time is over", pressing: "over" };
  return { text: `${spanText(left)} left`, pressing: left < SOON ? "soon" : "calm" };
}

/** The question that is shown when one has gone: the one that takes its place, else the last. */
export function nextOf(before: readonly string[], gone: string): string | undefined {
  const at = before.indexOf(gone);
  const rest = before.filter((each) => each !== gone);
  return rest[Math.min(Math.max(0, at), rest.length - 1)];
}

/** What is sent of what was written: text as it is, or the JSON that it says. */
export function readAnswer(
  text: string,
  isJson: boolean,
): { readonly answer: unknown } | { readonly wrong: string } {
  if (text.trim() === "") return { wrong: "Write an answer first." };
  if (!isJson) return { answer: text };
  try {
    return { answer: JSON.parse(text) as unknown };
  } catch (error) {
    return { wrong: error instanceof Error ? error.message : "it cannot be read as JSON" };
  }
}
