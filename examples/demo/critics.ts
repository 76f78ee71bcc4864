/** The critics: a pool of three behind one address, each with a place to work at, and the jury that asks them. */
import { agent, crash, pool, type Definition } from "hermod";
import { Critic, Jury } from "./contracts.ts";
import { asMaterial, materialRule } from "./material.ts";

/** The critic at whose place the dictionary is missing. */
export const FAILING = "critic/2";

/** Where the critics work: what one needs may be missing at its place. */
export interface Workplaces {
  /** True where the message is worked on without a dictionary. */
  lacksDictionary(messageId: string): boolean;
}

/** Asks for all reviews at once. */
const jury = agent(Jury, {
  on: {
    judge: ({ drafts }, ctx) =>
      Promise.all(drafts.map((text, at) => ctx.call(Critic, "review", { draft: at + 1, text }))),
  },
});

function createCritic(workplaces: Workplaces) {
  return agent(Critic, {
    breaker: { least: 2 },
    on: {
      review: ({ draft, text }, ctx) => {
        if (workplaces.lacksDictionary(ctx.envelope.id)) throw crash("the dictionary is gone");
        const material = asMaterial({ from: "author", text });
        const { signal } = ctx;
        return ctx.model.text(`Review draft ${draft}.\n${materialRule}\n${material}`, { signal });
      },
    },
  });
}

export function createCritics(workplaces: Workplaces): Definition[] {
  return [jury, pool(createCritic(workplaces), { size: 3 })];
}
