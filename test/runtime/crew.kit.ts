/** Crew: agents that do as they are told, and what is said of their lives. */
import { agent, crash, exit, type AgentDefinition, type AgentOptions, type System } from "hermod";
import type { TestSystem } from "hermod/testing";
import { caught } from "./stage.ts";

/** Ends as ordered: "crash", "exit", "fail", or with the order itself. */
export function obey(order: unknown): unknown {
  if (order === "crash") throw crash(new Error("broken"));
  if (order === "exit") throw exit("bye");
  if (order === "fail") throw new Error("not now");
  return order;
}

/** An agent that obeys; what it is given besides comes on top. */
export function worker(name: string, options: AgentOptions<undefined> = {}): AgentDefinition {
  return agent(name, { ...options, on: { request: obey, notification: obey } });
}

/** Lets an agent crash, and everything happen that follows at once. */
export async function crashOne({ system, clock }: TestSystem, name: string): Promise<void> {
  await order(system, name, "crash");
  await clock.settle();
}

/** Orders something that fails or ends without a reply that matters. */
export async function order(system: System, name: string, what: string): Promise<void> {
  await system.call(name, "", what).catch(() => undefined);
}

/** The error of a call that makes an agent crash. */
export function crashing(system: System, name: string) {
  return caught(system.call(name, "", "crash"));
}

const lives = {
  "agent.started": "started",
  "agent.stopped": "stopped",
  "agent.crashed": "crashed",
  "agent.restarted": "restarted",
  "supervisor.escalated": "escalated",
  "system.failed": "failed",
} as const;

/** What happened to agents and supervisors from the report `since` on, in order: "crashed a", "started a". */
export function lifeOf({ spy }: TestSystem, since = 0): string[] {
  const told: string[] = [];
  for (const report of spy.all.slice(since)) {
    if (!(report.type in lives)) continue;
    const who = "agent" in report ? report.agent : "supervisor" in report ? report.supervisor : "";
    told.push(`${lives[report.type as keyof typeof lives]} ${who}`);
  }
  return told;
}
