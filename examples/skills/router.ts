/** A router of our own: it reads which skill a message asks for, and lets the graph say who can do it. */
import type { Address, Envelope, Router } from "hermod";
import type { SkillGraph } from "./graph.ts";

export class SkillRouter implements Router {
  readonly #graph: SkillGraph;
  readonly #running = new Set<string>();

  constructor(graph: SkillGraph) {
    this.#graph = graph;
  }

  /** Who can do what the message asks for and runs now, nearest first; nobody is an empty list. */
  route(envelope: Envelope): string[] {
    return this.#graph.agentsFor(this.#skills(envelope)).filter((name) => this.#running.has(name));
  }

  register(agent: Address): void {
    this.#running.add(agent);
  }

  unregister(agent: Address): void {
    this.#running.delete(agent);
  }

  /** `metadata.skill` says it plainly; else the words of a text do. */
  #skills({ metadata, payload }: Envelope): string[] {
    const { skill } = metadata;
    if (typeof skill === "string") return [skill];
    return typeof payload === "string" ? this.#graph.skillsIn(payload) : [];
  }
}
