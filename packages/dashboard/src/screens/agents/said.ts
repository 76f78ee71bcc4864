/** Said: how a system took what was done to an agent, in words. */
import type { Overseen } from "../../api/types.ts";

export function said({ answers, idle, error }: Overseen): {
  readonly tone: "good" | "warn" | "bad";
  readonly word: string;
} {
  if (error) return { tone: "bad", word: `${error.message} (${error.code})` };
  if (!answers) return { tone: "bad", word: "no answer: what it has done is unknown" };
  if (idle === false) return { tone: "warn", word: "done; something of it still runs" };
  return { tone: "good", word: idle ? "done; nothing of it runs" : "done" };
}
