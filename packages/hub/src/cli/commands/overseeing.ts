/** Overseeing: an agent paused, drained, resumed or restarted by an operator, wherever it runs behind the hub. */
import type { Answer, Run } from "../command.ts";
import { exits } from "../exit.ts";
import { durationOf } from "../options.ts";
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
  async ({ args: [name = ""], options, settings }) => {
    const path = `/v1/supervision/${encodeURIComponent(name)}`;
    const most = act === "drain" ? durationOf(options, "timeout") : undefined;
    const known = await settings();
    const begun = performance.now();
    for (;;) {
      const left = Math.ceil((most ?? Infinity) - (performance.now() - begun));
      const timeout = left < AT_ONCE ? { timeout: Math.max(0, left) } : {};
      const told = itemsOf<Told>(await rest(known, path, "POST", { act, ...timeout }));
      // The hub answers after a while where something still runs.
      const runsOn = act === "drain" && told.every(isDone) && told.some(({ idle }) => idle === false);
      if (!runsOn) return shown(told);
      if (left < AT_ONCE) return { ...shown(told), exit: exits.timeout };
    }
  };

/** How long the hub waits at a time, in milliseconds. */
const AT_ONCE = 5000;

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
