/** Sentence: the state of a breaker, explained with its numbers. */
import type { BreakerChange, BreakerStatus } from "../../api/types.ts";
import { clockText, countText, spanText } from "../../parts/text.ts";

export function toneOf({ state, forced }: BreakerStatus): "good" | "warn" | "bad" {
  if (state === "closed") return forced ? "warn" : "good";
  return state === "open" ? "bad" : "warn";
}

/** What is let through now, why, and what comes next. */
export function sentenceOf(breaker: BreakerStatus, now: number): string {
  const { state, forced } = breaker;
  if (forced) return byHand(state);
  if (state === "closed") return `lets everything through; ${outcomes(breaker)} in its window`;
  const since =
    breaker.openedAt === undefined ? "" : ` since ${clockText(Date.parse(breaker.openedAt)).slice(0, 8)}`;
  if (state === "half-open")
    return `lets a few through to try, after it was open${since}: ${outcomes(breaker)}`;
  return `lets nothing through${since}: ${outcomes(breaker)}${nextOf(breaker, now)}`;
}

function outcomes({ deliveries, failures }: BreakerStatus): string {
  if (deliveries === 0) return "no deliveries";
  return `${failures} of ${countText(deliveries)} ${deliveries === 1 ? "delivery" : "deliveries"} failed`;
}

function byHand(state: BreakerStatus["state"]): string {
  if (state === "open")
    return "held open by hand: lets nothing through until somebody closes it or leaves it to itself";
  return "held closed by hand: lets everything through, however often it fails";
}

/** Milliseconds until it tries again; undefined where that is not known. */
export function untilRetry({ state, retryAt }: BreakerStatus, now: number): number | undefined {
  if (state !== "open" || retryAt === undefined) return undefined;
  return Math.max(0, Date.parse(retryAt) - now);
}

function nextOf(breaker: BreakerStatus, now: number): string {
  const left = untilRetry(breaker, now);
  if (left === undefined) return "";
  return left === 0 ? "; half-open now" : `; half-open in ${spanText(Math.ceil(left / 1000) * 1000)}`;
}

/** A change of a breaker, with whose it is. */
export interface Change extends BreakerChange {
  readonly system: string;
  readonly agent: string;
}

/** What breakers did last, as their systems remember it: the newest first. */
export function changesOf(breakers: readonly BreakerStatus[]): readonly Change[] {
  return breakers
    .flatMap(({ system, agent, changes }) => changes.map((change) => ({ ...change, system, agent })))
    .toSorted((a, b) => (a.at < b.at ? 1 : -1));
}

/** Whether there is anything to undo: one that is closed by itself and has counted nothing begins so. */
export const canBegin = ({ state, forced, deliveries }: BreakerStatus): boolean =>
  forced || state !== "closed" || deliveries > 0;

export const wordOf = ({ state, forced }: Pick<BreakerStatus, "state" | "forced">): string =>
  forced ? `${state} by hand` : state;
