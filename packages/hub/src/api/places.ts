/** Places: what runs in the systems, as the interface shows it: the tree, and the breakers. */
import type { BreakerStatus, ChildStatus } from "hermod";
import * as z from "zod";
import { letsMore } from "../running.ts";
import type { SystemStatus } from "../systems.ts";
import * as fields from "./schemas.ts";
import { withTimes } from "../shown.ts";

export const breaker = z.object({
  system: z.string(),
  agent: z.string(),
  state: z.enum(["closed", "open", "half-open"]),
  forced: z.boolean(),
  deliveries: z.number(),
  failures: z.number(),
  openedAt: fields.time.optional(),
  retryAt: fields.time.optional(),
  changes: z
    .array(z.object({ at: fields.time, state: z.string(), forced: z.boolean(), reason: z.string() }))
    .describe("The last ten changes of its state, the newest first"),
});

export const incident = z.object({
  at: fields.time,
  name: z.string(),
  what: z.enum(["crashed", "restarted", "escalated", "failed"]),
  why: z.string().optional(),
  message: z.string().optional().describe("The id of the message that it was working on"),
});

/** All of them, each with its system. */
export function breakersOf(systems: readonly SystemStatus[]) {
  return placedIn(systems).map(showBreaker);
}

/** One for each agent: of several systems that run it, the breaker that lets the most through is what its callers meet. */
export function breakersMet(systems: readonly SystemStatus[]) {
  const groups = Map.groupBy(placedIn(systems), ({ status }) => status.agent);
  return [...groups.values()]
    .map((each) => each.reduce((most, one) => (letsMore(one.status.state, most.status.state) ? one : most)))
    .map(showBreaker);
}

interface Placed {
  readonly system: string;
  readonly status: BreakerStatus;
}

function placedIn(systems: readonly SystemStatus[]): readonly Placed[] {
  return systems.flatMap(({ system, look }) => (look?.breakers ?? []).map((status) => ({ system, status })));
}

function showBreaker({ system, status }: Placed) {
  return {
    ...withTimes(status, "openedAt", "retryAt"),
    ...{ system, agent: status.agent },
    changes: status.changes.map((change) => withTimes(change, "at")),
  };
}

interface Child {
  readonly name: string;
  readonly children?: readonly Child[];
}
export const child: z.ZodType<Child> = z.looseObject({
  name: z.string(),
  type: z.enum(["agent", "pool", "supervisor"]),
  state: z.string(),
  get children() {
    return z.array(child).optional();
  },
}) as never;

export function showChild(status: ChildStatus): unknown {
  const { children } = status;
  return {
    ...withTimes(status, "restartedAt", "startedAt"),
    ...(children && { children: children.map(showChild) }),
  };
}
