/**
 * The LLM agents of the demo: a writer that asks another model about the tide while it writes, two that would talk for ever, and a press desk
 * that lets nothing out before a person has said so. What each model is told stands here; what it hears from others is marked as theirs.
 */
import { agent, agentTool, contract, llmAgent, type AgentDefinition } from "hermod";
import * as z from "zod";

const topic = z.object({ topic: z.string() });
const said = z.object({ said: z.string() });

export const Almanac = contract("almanac", {
  calls: {
    tide: { in: z.object({ port: z.string() }), out: z.object({ high: z.string(), low: z.string() }) },
  },
});
export const Columnist = contract("columnist", {
  calls: { write: { in: topic, out: z.string(), chunk: z.string() } },
});
export const Optimist = contract("optimist", { calls: { answer: { in: said, out: z.string() } } });
export const Pessimist = contract("pessimist", { calls: { answer: { in: said, out: z.string() } } });
export const Debate = contract("debate", { calls: { hold: { in: topic, out: z.string() } } });
export const Press = contract("press", {
  calls: { release: { in: topic, out: z.object({ text: z.string(), sent: z.boolean() }) } },
});

/** Answers with data: what the model says is checked by the contract. */
const almanac = llmAgent(Almanac, { instructions: "You are an almanac of tides. Times are like 06:10." });

/** As a task it gives its text in parts; the almanac is one of its tools. */
const columnist = llmAgent(Columnist, {
  instructions: "You write one sentence for the harbour's newspaper. Look into the almanac first.",
  tools: [agentTool(Almanac, "tide", { description: "The next high and low water at a port." })],
});

const terms = { maxTokens: 200, memory: 500 } as const;
const optimist = llmAgent(Optimist, {
  ...terms,
  instructions: "You see the good in all. Answer in one sentence.",
});
const pessimist = llmAgent(Pessimist, {
  ...terms,
  instructions: "You see the bad in all. Answer in one sentence.",
});

/** Has no end of its own: it goes on as long as somebody answers. */
const debate = agent(Debate, {
  on: {
    hold: async ({ topic: first }, ctx) => {
      for (let words = first; ;) {
        words = await ctx.call(Optimist, "answer", { said: words });
        words = await ctx.call(Pessimist, "answer", { said: words });
      }
    },
  },
});

/** A person has the last word, however long that takes: the question is kept by the store. */
const press = agent(Press, {
  on: {
    release: async ({ topic: about }, ctx) => {
      const text = await ctx.call(Columnist, "write", { topic: about }, { timeout: "2m" });
      const answer = await ctx.ask("ana", "Print this?", { options: ["print", "drop"], details: { text } });
      return { text, sent: answer === "print" };
    },
  },
});

export function createLlmAgents(): AgentDefinition[] {
  return [almanac, columnist, optimist, pessimist, debate, press];
}
