/** Allowance: more of a budget that has run out, if its person says so. However many need it, they ask one question, and it is added once. */
import { allowedName } from "../core/budget.ts";
import { CancelledError, ExpiredError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import { ask } from "./asking.ts";
import type { AskForMore } from "./budgets.ts";
import type { People } from "./people.ts";
import type { Run } from "./run.ts";

/** Asks `person` in the name of a run. */
export function askingFor(person: string, people: People, store: Store, run: Run): AskForMore {
  const { conversationId } = run.envelope;
  return async ({ name, limit, wanted, amounts, error }) => {
    const allowed = allowedName(name);
    const before = amounts[allowed] ?? 0;
    const more = Math.max(limit, wanted);
    const question = `${error.message}. Allow ${more} more?`;
    const asked = { question, options: ["allow", "stop"], details: { ...error.details, more } };
    const key = `budget ${conversationId} ${name} ${limit} ${before}`;
    if ((await people.share(run, person, asked, key).catch(unanswered)) !== "allow") return false;
    // The limit is what makes it once: whoever comes second finds it reached.
    await ask("spend", () => store.spend(conversationId, { [allowed]: more }, { [allowed]: before + more }));
    return true;
  };
}

/** Nobody in time, or a question that was taken back: the budget stays what it is. */
function unanswered(error: unknown): "stop" {
  if (error instanceof ExpiredError || error instanceof CancelledError) return "stop";
  throw error;
}
