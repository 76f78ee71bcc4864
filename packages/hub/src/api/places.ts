/** Places: what runs in the systems, as the interface shows it: the tree, and the breakers. */
import type { ChildStatus } from "hermod";
import * as z from "zod";
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

export function breakersOf(systems: readonly SystemStatus[]) {
  return systems.flatMap(({ system, look }) =>
    (look?.breakers ?? []).map((status) => ({
      ...withTimes(status, "openedAt", "retryAt"),
      ...{ system, agent: status.agent },
      changes: status.changes.map((change) => withTimes(change, "at")),
    })),
  );
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
