/** Breaker: which agents rest, as the hub knows it; forced open or closed by an operator, or left to itself again. */
import type { BreakerStatus } from "hermod";
import type { Answer, Run } from "../command.ts";
import { given, textOf } from "../options.ts";
import { itemsOf, rest } from "../rest.ts";
import { plain, span, table } from "../text.ts";

/** A breaker as it travels: times are text. */
type Told = Omit<BreakerStatus, "openedAt" | "retryAt"> & { readonly retryAt?: string };

export const ls: Run = async ({ settings }) => shown(await rest(await settings(), "/v1/breakers"));

const forcing =
  (state: "open" | "closed" | "auto"): Run =>
  async ({ args: [name = ""], options, settings }) => {
    const body = { state, ...given({ reason: textOf(options, "reason") }) };
    return shown(await rest(await settings(), `/v1/breakers/${encodeURIComponent(name)}`, "POST", body));
  };

export const open = forcing("open");
export const close = forcing("closed");
export const reset = forcing("auto");

function shown(answer: unknown): Answer {
  const breakers = itemsOf<Told>(answer);
  const now = Date.now();
  const left = (at: string | undefined) => (at === undefined ? undefined : Math.max(0, Date.parse(at) - now));
  return {
    data: breakers,
    text: (look) =>
      table(
        breakers,
        [
          ["AGENT", ({ agent }) => agent],
          ["STATE", ({ state, forced }) => (forced ? `${state} (forced)` : state)],
          ["FAILURES", ({ failures }) => failures],
          ["DELIVERIES", ({ deliveries }) => deliveries],
          ["TRIES AGAIN IN", ({ retryAt }) => span(left(retryAt))],
          ["WHY", ({ changes: [last] }) => plain(last?.reason ?? "")],
        ],
        look,
      ),
  };
}
