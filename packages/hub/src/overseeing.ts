/** Overseeing: what an operator does to an agent, in every system behind the hub that runs it. */
import {
  HermodError,
  NoAgentError,
  suggestion,
  type Address,
  type ChildStatus,
  type System,
  type SystemLook,
} from "hermod";
import type { Hosting } from "hermod/remote";
import { lookAll, type SystemStatus } from "./systems.ts";

export const acts = ["pause", "resume", "drain", "restart"] as const;
export type Act = (typeof acts)[number];

/** How one system took it. */
export interface Overseen {
  readonly system: string;
  readonly client?: string;
  /** False where it serves the agent and has not answered: what it has done is unknown. */
  readonly answers: boolean;
  /** Of a pause and a drain: whether nothing of the agent runs there any more. */
  readonly idle?: boolean;
  /** Why it did not. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** How long a system may take; a drain answers what stands after a while, and may be asked again. */
const PATIENCE = "8s";
export const MOST_DRAIN = 5000;

/** Does it wherever the agent runs, all at once; `timeout` in milliseconds is of a drain. @throws NoAgentError where that is nowhere. */
export async function oversee(
  system: System,
  hosting: Hosting,
  agent: string,
  act: Act,
  timeout = MOST_DRAIN,
): Promise<readonly Overseen[]> {
  const all = await lookAll(system, hosting);
  const silent = all.filter(({ look, served }) => look === undefined && served?.has(agent as Address));
  const running = all.filter(
    ({ look }) => look && (runs(look, agent) || (act === "restart" && isAbove(look, agent))),
  );
  if (running.length + silent.length === 0) throw nobodyRuns(agent, all);
  const done = await Promise.all(running.map((status) => ask(system, status, agent, act, timeout)));
  return [...done, ...silent.map((status) => ({ ...named(status), answers: false }))];
}

/** The error for an agent that no system runs, naming the nearest that one does. */
export function nobodyRuns(agent: string, all: readonly SystemStatus[]): NoAgentError {
  const known = [...new Set(all.flatMap(({ look }) => look?.agents ?? []))].sort();
  return new NoAgentError(`no system behind the hub runs "${agent}".${suggestion(agent, known)}`, {
    details: { to: agent, known },
  });
}

async function ask(
  system: System,
  status: SystemStatus,
  agent: string,
  act: Act,
  timeout: number,
): Promise<Overseen> {
  const payload = { agent, ...(act === "drain" && { timeout }) };
  try {
    const answer = await system.call(status.system, act, payload, { timeout: PATIENCE });
    const { idle } = Object(answer) as { readonly idle?: unknown };
    return { ...named(status), answers: true, ...(typeof idle === "boolean" && { idle }) };
  } catch (thrown) {
    if (!(thrown instanceof HermodError)) throw thrown;
    const { code, message } = thrown;
    return { ...named(status), answers: code !== "HERMOD_TIMEOUT", error: { code, message } };
  }
}

function named({ system, client }: SystemStatus) {
  return { system, ...(client !== undefined && { client }) };
}

/** All that a restart of a supervisor takes along, in all systems; its own name aside. */
export function namesBelow(systems: readonly SystemStatus[], supervisor: string): ReadonlySet<string> {
  const found = systems.flatMap(({ look }) => placesOf(look?.tree ?? [], supervisor));
  return new Set(found.flatMap(({ children = [] }) => children.flatMap(namesOf)));
}

function placesOf(places: readonly ChildStatus[], name: string): readonly ChildStatus[] {
  return places.flatMap((place) => (place.name === name ? [place] : placesOf(place.children ?? [], name)));
}

function namesOf({ name, children = [] }: ChildStatus): readonly string[] {
  return [name, ...children.flatMap(namesOf)];
}

/** True where a supervisor of this name stands. */
function isAbove({ tree }: SystemLook, name: string): boolean {
  return placesOf(tree, name).some(({ type }) => type === "supervisor");
}

/** True where it is served, or is a member of a pool that is. */
export function runs({ agents, tree }: SystemLook, name: string): boolean {
  return agents.includes(name as Address) || isIn(tree, name);
}

function isIn(places: readonly ChildStatus[], name: string): boolean {
  return places.some(
    ({ name: own, type, children = [] }) => (own === name && type !== "supervisor") || isIn(children, name),
  );
}
