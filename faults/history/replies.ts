/** Replies: each belongs to a call that was made, and there is one of them; the same message may come again after a restart. */
import type { Event } from "./event.ts";
import type { Findings } from "./verdict.ts";

export function judgeReplies(history: readonly Event[], findings: Findings): void {
  const answers = new Map<string, string | undefined>();
  for (const event of history) {
    if (event.kind === "call" && event.phase === "invoke") answers.set(event.id, undefined);
    if (event.kind !== "reply") continue;
    const { id, message } = event;
    const known = answers.get(id);
    if (!answers.has(id)) findings.fault("GHOST_REPLY", `${message} answers ${id}, which nobody asked`);
    else if (known !== undefined && known !== message)
      findings.fault("GHOST_REPLY", `${message} is a second answer to ${id}`);
    answers.set(id, known ?? message);
  }
}
