/**
 * A small knowledge graph of skills: what is a kind of what, what needs what, and who has which. Whoever has the general
 * skill can do the special one, less well with each step; whoever has all that a skill needs can do it too.
 */

/** What is known of one skill. */
export interface Skill {
  /** More general skills. */
  readonly kindOf?: readonly string[];
  /** Skills that together make it up. */
  readonly needs?: readonly string[];
  /** Words by which a text asks for it, besides its name. */
  readonly words?: readonly string[];
}

export class SkillGraph {
  readonly #skills: ReadonlyMap<string, Skill>;
  readonly #agents: readonly (readonly [name: string, skills: ReadonlySet<string>])[];

  /** @throws Error when an edge or an agent names a skill that is not in the graph. */
  constructor(skills: Readonly<Record<string, Skill>>, agents: Readonly<Record<string, readonly string[]>>) {
    this.#skills = new Map(Object.entries(skills));
    this.#agents = Object.entries(agents).map(([name, own]) => [name, new Set(own)]);
    for (const [name, { kindOf = [], needs = [] }] of this.#skills) this.#check(name, [...kindOf, ...needs]);
    for (const [name, own] of this.#agents) this.#check(name, own);
  }

  /** The skills that a text asks for, by name or by word. */
  skillsIn(text: string): string[] {
    const words = new Set(text.toLowerCase().match(/[\p{L}\p{N}]+/gu));
    const asks = ([name, skill]: readonly [string, Skill]): boolean =>
      [name, ...(skill.words ?? [])].some((word) => words.has(word));
    return [...this.#skills].filter(asks).map(([name]) => name);
  }

  /** The agents who can do all of these skills, nearest first; those equally near in the order they were named. */
  agentsFor(skills: readonly string[]): string[] {
    if (skills.length === 0) return [];
    return this.#agents
      .map(([name, own]) => ({ name, far: Math.max(...skills.map((skill) => this.#distance(own, skill))) }))
      .filter(({ far }) => far < Infinity)
      .toSorted((a, b) => a.far - b.far)
      .map(({ name }) => name);
  }

  /** Steps from what somebody can do to a skill, by the shortest way; infinite where there is none. `passed` ends circles. */
  #distance(own: ReadonlySet<string>, skill: string, passed: readonly string[] = []): number {
    if (own.has(skill)) return 0;
    const known = this.#skills.get(skill);
    if (known === undefined || passed.includes(skill)) return Infinity;
    const { kindOf = [], needs = [] } = known;
    const from = (other: string): number => this.#distance(own, other, [...passed, skill]);
    const general = Math.min(Infinity, ...kindOf.map(from));
    const parts = needs.length === 0 ? Infinity : Math.max(...needs.map(from));
    return 1 + Math.min(general, parts);
  }

  #check(who: string, named: Iterable<string>): void {
    for (const skill of named)
      if (!this.#skills.has(skill)) throw new Error(`${who} names the unknown skill "${skill}"`);
  }
}
