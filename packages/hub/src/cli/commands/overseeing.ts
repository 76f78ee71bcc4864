/** Overseeing: an agent paused, drained, resumed or restarted by an operator, wherever it runs behind the hub. */
import type { Answer, Run } from "../command.ts";
import { exits } from "../exit.ts";
import { itemsOf, rest } from "../rest.ts";
import { plain, table } from "../text.ts";

/** How one system took it, as it travels. */
interface Told {
  readonly system: string;
  readonly client?: string;
  readonly answers: boolean;
  readonly idle?: boolean;
  readonly error?: { readonly code: string; readonly message: string };
}

const asking =
  (act: "pause" | "resume" | "drain" | "restart"): Run =>
  async ({ args: [name = ""], settings, io: { signal } }) => {
    const path = `/v1/supervision/${encodeURIComponent(name)}`;
    const known = await settings();
    for (;;) {
      const told = itemsOf<Told>(await rest(known, path, "POST", { act }));
      // The hub answers after a while where something still runs.
      const runsOn = act === "drain" && told.every(isDone) && told.some(({ idle }) => idle === false);
      if (!runsOn || signal.aborted) return shown(told);
    }
  };

export const pause = asking("pause");
export const resume = asking("resume");
export const drain = asking("drain");
export const restart = asking("restart");

function isDone({ answers, error }: Told): boolean {
  return answers && error === undefined;
}

function shown(told: readonly Told[]): Answer {
  return {
    data: told,
    text: (look) =>
      table(
        told,
        [
          ["SYSTEM", ({ system }) => system],
          ["CLIENT", ({ client }) => client],
          ["OUTCOME", outcomeOf],
        ],
        look,
      ),
    ...(!told.every(isDone) && { exit: exits.partly }),
  };
}

function outcomeOf({ answers, idle, error }: Told): string {
  if (error !== undefined) return plain(`${error.code}: ${error.message}`);
  if (!answers) return "does not answer";
  return idle === false ? "done, something still runs" : "done";
}
