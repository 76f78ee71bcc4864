/**
 * Supervision: which children of a supervisor stop and start when one of them exits; the rules are those of Erlang's OTP. Pure:
 * children are known by their place in start order, and doing it is somebody else's work.
 */

export const strategies = ["one-for-one", "one-for-all", "rest-for-one"] as const;
/** Whom a restart takes along: nobody, all siblings, or those that were started after the one that exited. */
export type Strategy = (typeof strategies)[number];

export const restartKinds = ["permanent", "transient", "temporary"] as const;
/** When a child is restarted: after every exit, after a crash only, or never. */
export type RestartKind = (typeof restartKinds)[number];

/** How a child ended: it was done, or it failed. */
export type Exit = "normal" | "crashed";

/** What follows an exit, in this order: stop, remove, start. */
export interface RestartPlan {
  /** True when this exit counts as a restart against the intensity: once, however many children it takes along. */
  readonly restart: boolean;
  /** Running siblings to stop, the last started first. */
  readonly stop: readonly number[];
  /** Children to start again, in start order, the one that exited at its place. */
  readonly start: readonly number[];
  /** Children that go for good, in start order. */
  readonly remove: readonly number[];
}

/**
 * What follows when the child at place `failed` exits. A child that is not restarted goes for good and leaves its siblings
 * alone, whatever the strategy; a temporary sibling that is stopped goes for good too.
 */
export function planRestart(
  strategy: Strategy,
  kinds: readonly RestartKind[],
  failed: number,
  exit: Exit,
): RestartPlan {
  if (!comesBack(kinds[failed], exit)) return { restart: false, stop: [], start: [], remove: [failed] };
  const affected = [...kinds.keys()].filter((child) => isAffected(strategy, child, failed));
  return {
    restart: true,
    stop: affected.filter((child) => child !== failed).reverse(),
    start: affected.filter((child) => kinds[child] !== "temporary"),
    remove: affected.filter((child) => kinds[child] === "temporary"),
  };
}

function comesBack(kind: RestartKind | undefined, exit: Exit): boolean {
  return kind === "permanent" || (kind === "transient" && exit === "crashed");
}

function isAffected(strategy: Strategy, child: number, failed: number): boolean {
  if (strategy === "one-for-all") return true;
  return strategy === "rest-for-one" ? child >= failed : child === failed;
}
