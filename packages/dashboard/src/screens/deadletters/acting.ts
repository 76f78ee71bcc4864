/**
 * Acting: giving dead letters back, or forgetting them, some at a time, so that it can be watched and stopped. What cannot be given back stays the
 * first in its list: the next request has to reach beyond it.
 */

export type Act = "redrive" | "drop";

/** What the hub says of one redrive. */
export interface Redriven {
  readonly matched: number;
  readonly redriven: number;
  readonly skipped: Readonly<Record<string, number>>;
}

/** How far it is. */
export interface Progress {
  readonly done: number;
  /** What stays, by why. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly isOver: boolean;
}

export interface Terms {
  /** Most letters in all. */
  readonly cap: number;
  /** Letters a second. */
  readonly rate: number;
}

/** Most letters that one request may reach. */
export const MOST = 10_000;
/** Beyond so many the count has to be typed. */
export const TYPED = 10;

export const none: Progress = Object.freeze({ done: 0, skipped: Object.freeze({}), isOver: false });

export const sum = (skipped: Progress["skipped"]): number =>
  Object.values(skipped).reduce((total, count) => total + count, 0);

/** How many letters the next request may reach. */
export function reachOf({ done, skipped }: Progress, { cap, rate }: Terms): number {
  return Math.min(MOST, sum(skipped) + Math.min(rate, cap - done));
}

/** How far it is after a redrive that could reach so many letters. */
export function afterRedrive(before: Progress, said: Redriven, reach: number, { cap }: Terms): Progress {
  const done = before.done + said.redriven;
  const isStuck = said.redriven === 0 && reach >= MOST;
  return { done, skipped: said.skipped, isOver: said.matched < reach || done >= cap || isStuck };
}

/** How far it is after so many letters of so many were dropped. */
export function afterDrop(before: Progress, dropped: number, reach: number, { cap }: Terms): Progress {
  const done = before.done + dropped;
  return { done, skipped: {}, isOver: dropped < reach || done >= cap };
}

/** What has to be typed before many are acted on. */
export const wordsFor = (act: Act, count: number): string => `${act} ${count.toLocaleString("en")}`;

/** Whether that was typed; how the count is grouped does not matter. */
export function isTyped(act: Act, count: number, typed: string): boolean {
  return (
    count <= TYPED ||
    typed
      .trim()
      .toLowerCase()
      .replaceAll(/[\s,.'’_]+/g, "") === `${act}${count}`
  );
}

const reasons: Readonly<Record<string, string>> = {
  "needs-force": "died three times already, and are only given back by force",
  expired: "are past their deadline, and would expire at once",
  "no-recipient": "have no mailbox that would take them",
  full: "have a mailbox that is full",
  missing: "are there no more",
  stays: "could not be dropped",
};

/** Why letters stay: "3 are past their deadline, …". */
export const whyNot = (reason: string): string => reasons[reason] ?? reason;
