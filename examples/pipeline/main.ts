/**
 * Pipeline: a researcher finds out, a writer writes with that as context, an editor has the last word.
 *   npm run story -- pipeline
 */
import { agent, contract, llmAgent, start } from "hermod";
import { pipeline } from "hermod/patterns";
import * as z from "zod";
import { check } from "../shared/check.ts";
import { hasText, taleOf, tellStory, type Scene, type Told } from "../shared/story.ts";

const topic = z.object({ topic: z.string() });

const Desk = contract("desk", { calls: { publish: { in: topic, out: z.string() } } });
const Researcher = contract("researcher", { calls: { research: { in: topic, out: z.string() } } });
const Writer = contract("writer", {
  calls: { write: { in: z.object({ task: z.string(), context: z.string() }), out: z.string() } },
});
const Editor = contract("editor", { calls: { edit: { in: z.string(), out: z.string() } } });

const agents = [
  // Long work goes out as a task, short work as a call: the pipeline is the same.
  agent(Desk, {
    on: {
      publish: ({ topic: wanted }, ctx) =>
        pipeline(
          ctx,
          [
            [Researcher, "research", { as: "task" }],
            (context) => ({ task: `Two sentences on ${wanted}.`, context }),
            [Writer, "write", { as: "task" }],
            [Editor, "edit", { timeout: "1m" }],
          ],
          { topic: wanted },
        ),
    },
  }),
  llmAgent(Researcher, { instructions: "You find facts. Answer with one plain sentence." }),
  llmAgent(Writer, { instructions: "You write what the task says, from the facts of the context alone." }),
  llmAgent(Editor, { instructions: "You correct texts. Answer with the corrected text and nothing else." }),
];

const story = {
  id: "pipeline",
  title: "A pipeline",
  about: "The desk sends a topic through researcher, writer and editor: what one gives, the next one takes.",
};
const found = "The moon pulls the sea.";
const written = "the moon pulls the sea. So it rises twice a day.";
const edited = "The moon pulls the sea. So it rises twice a day.";

process.exitCode = await tellStory(
  [
    { agent: "researcher", when: "the tides", say: found },
    { agent: "writer", when: found, say: written },
    { agent: "editor", when: written, say: edited },
  ],
  tell,
);

async function tell({ model, scripted }: Scene): Promise<Told> {
  await using system = await start({ agents, model });
  const terms = { conversation: story.id, timeout: "5m", budget: { tokens: 50_000, messages: 20 } } as const;
  const text = await system.call(Desk, "publish", { topic: "the tides" }, terms);
  const said = (await system.conversation(story.id)).map(({ envelope }) => envelope);
  const asked = said.filter(({ from, verb }) => from === "desk" && verb !== "reply");
  const context = asked.map(({ payload }) => (payload as { context?: string }).context).find(Boolean);
  const research = await system.taskById(Researcher, asked[0]?.id ?? "").result();
  const { tokens = 0, messages } = await system.spent(story.id);
  return {
    tales: [await taleOf(system, story, [`reply: ${text}`])],
    checks: [
      check(
        "each stage was asked once, in order: two by tasks, one by a call",
        asked.map(({ to, verb }) => `${verb} ${to}`),
        ["task researcher", "task writer", "call editor"],
      ),
      check("the writer had the research as its context", context, research),
      hasText("a text came back", text),
      check("the models' tokens were counted", tokens > 0 && tokens <= 50_000, true),
      check("so were the messages: one from outside, three between the agents", messages, 4),
      ...(scripted ? [check("the text is the editor's", text, edited)] : []),
    ],
  };
}
