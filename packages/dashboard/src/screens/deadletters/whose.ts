/** Whose: the one agent that a filter speaks of. Whoever may not see everything may see, and mend, what is of that one. */
import { parseFilter } from "hermod";

export function agentIn(where: string): string | undefined {
  try {
    const terms = parseFilter(where).filter(({ field }) => field === "to");
    const term = terms.length === 1 ? terms[0] : undefined;
    return term?.operator === "is" && !term.negated ? String(term.value) : undefined;
  } catch {
    return undefined;
  }
}
