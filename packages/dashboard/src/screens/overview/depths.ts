/** Depths: in whose mailboxes most waits. */
import type { AgentStatus } from "../../api/types.ts";

/** The agents for which most waits, the deepest first; of equals the one whose oldest has waited longer. */
export function deepest(agents: readonly AgentStatus[], most: number): readonly AgentStatus[] {
  return agents
    .filter(({ mailbox }) => (mailbox?.waiting ?? 0) > 0)
    .toSorted(
      (a, b) =>
        (b.mailbox?.waiting ?? 0) - (a.mailbox?.waiting ?? 0) ||
        (a.mailbox?.oldestSentAt ?? "").localeCompare(b.mailbox?.oldestSentAt ?? ""),
    )
    .slice(0, most);
}
