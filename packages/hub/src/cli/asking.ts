/** Asking: what cannot be taken back is confirmed first; where nobody can be asked, by a flag alone. */
import type { Given } from "./command.ts";
import { isSet } from "./options.ts";
import { Usage } from "./problem.ts";

/** Resolves when it is confirmed. @throws Usage when it is not. */
export async function confirmed({ io, options }: Given, question: string): Promise<void> {
  if (isSet(options, "yes")) return;
  if (!io.canAsk) throw new Usage(`${question} Nobody can be asked here.`, "Say so by --yes.");
  const { confirm } = await import("@clack/prompts");
  const answer = await confirm({
    message: question,
    initialValue: false,
    output: process.stderr,
    signal: io.signal,
  });
  if (answer !== true) throw new Usage("Nothing was done.");
}
