/** LLM agents at a real endpoint: what it takes of contracts whose inputs and answers are anything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, agentTool, contract, llmAgent, start } from "hermod";
import * as z from "zod";
import { modelAt } from "./ai.kit.ts";
import { openAiServer } from "./server.kit.ts";

const Sorter = contract("sorter", { calls: { sort: { in: z.array(z.string()), out: z.array(z.string()) } } });
const Asker = contract("asker", { calls: { ask: { in: z.string(), out: z.enum(["yes", "no"]) } } });

test("a list is a tool's input and an agent's answer, and a word one of a few, though the endpoint takes objects alone", async () => {
  await using server = await openAiServer();
  const asker = llmAgent(Asker, { instructions: "You ask.", tools: [agentTool(Sorter, "sort")] });
  const sorter = agent(Sorter, { on: { sort: (words) => words.toSorted() } });
  const call = { name: "sorter_sort", arguments: '{"input":["b","a"]}' };
  server.next({ calls: [call] }, { say: '{"answer":"yes"}' });
  await using system = await start({ agents: [asker, sorter], model: modelAt(server) });
  assert.equal(await system.call(Asker, "ask", "sorted?"), "yes");
  const told = server.requests[1]?.body.messages.at(-1);
  assert.equal(told?.content, '<message from="sorter">\n["a","b"]\n</message>');
  server.next({ say: '{"answer":["a"]}' });
  await using other = await start({
    agents: [llmAgent(Sorter, { instructions: "You sort." })],
    model: modelAt(server),
  });
  assert.deepEqual(await other.call(Sorter, "sort", ["a"]), ["a"]);
});
