/**
 * Research team: the lead asks a planner and waits (a call: it is short, and nothing goes on without it), hands the questions out to researchers
 * as tasks, and has the report written as a task whose text comes as it is written. What one researcher cannot find, the report leaves out.
 *   npm run story -- research
 */
import { agent, contract, llmAgent, start, type Envelope, type System } from "hermod";
import { orchestrate, type WorkDone } from "hermod/patterns";
import * as z from "zod";
import { check } from "../shared/check.ts";
import { hasText, taleOf, tellStory, type Scene, type Told } from "../shared/story.ts";

const material = z.object({
  found: z.array(z.object({ question: z.string(), fact: z.string() })),
  missing: z.array(z.string()),
});
const report = z.object({ text: z.string(), facts: z.number(), missing: z.array(z.string()) });

const Lead = contract("lead", { calls: { report: { in: z.string(), out: report, chunk: z.string() } } });
const Planner = contract("planner", { calls: { plan: { in: z.string(), out: z.array(z.string()) } } });
const Researcher = contract("researcher", { calls: { find: { in: z.string(), out: z.string() } } });
const Writer = contract("writer", { calls: { write: { in: material, out: z.string(), chunk: z.string() } } });

/** What the researchers brought, as the writer needs it. */
const gathered = ({ done, failed }: WorkDone<string, string, string>): z.infer<typeof material> => ({
  found: done.map(({ job, result }) => ({ question: job, fact: result })),
  missing: failed.map(({ job }) => job),
});

const lead = agent(Lead, {
  on: {
    report: async function* (topic, ctx) {
      const worker = [Researcher, "find", { as: "task", timeout: "5m" }] as const;
      const team = {
        plan: [Planner, "plan", { timeout: "1m" }],
        worker,
        combine: gathered,
        concurrency: 2,
      } as const;
      const { found, missing } = await orchestrate(ctx, team, topic);
      const draft = await ctx.task(Writer, "write", { found, missing });
      for await (const { value } of draft.parts()) yield value;
      return { text: await draft.result(), facts: found.length, missing };
    },
  },
});

const agents = [
  lead,
  llmAgent(Planner, { instructions: "You split a topic into two or three questions that can be looked up." }),
  // Each question stands for itself; who finds nothing is not asked again: the report says what is missing.
  llmAgent(Researcher, {
    instructions: "You answer a question with one plain sentence.",
    memory: 0,
    concurrency: 2,
    retry: { retries: 0 },
  }),
  llmAgent(Writer, {
    instructions: "You write a short report from what was found, and name what is missing.",
  }),
];

const story = {
  id: "research",
  title: "A research team",
  about:
    "The lead calls the planner, hands out the questions as tasks, and passes on the report as it is written.",
};
const questions = ["Why are there tides?", "How high do they get?", "Who measured them first?"];
const text = "The moon pulls the sea. It rises up to sixteen metres. Who measured first is not known.";

process.exitCode = await tellStory(
  [
    { agent: "planner", when: "the tides", say: JSON.stringify(questions) },
    { agent: "researcher", when: "Why are", say: "The moon pulls the sea." },
    { agent: "researcher", when: "How high", say: "Up to sixteen metres." },
    { agent: "researcher", when: "Who measured", fault: "error" },
    { agent: "writer", when: "sixteen", say: text },
  ],
  tell,
);

async function tell({ model, scripted }: Scene): Promise<Told> {
  await using system = await start({ agents, model });
  const terms = { conversation: story.id, timeout: "15m", budget: { tokens: 100_000 } } as const;
  const task = await system.task(Lead, "report", "the tides", terms);
  const pieces: string[] = [];
  for await (const { value } of task.parts()) pieces.push(value);
  const result = await task.result();
  const { asked, planned, order } = await workOf(system);
  return {
    tales: [
      await taleOf(system, story, [
        `in ${pieces.length} pieces: ${pieces.join("")}`,
        `missing: ${result.missing.join() || "nothing"}`,
      ]),
    ],
    checks: [
      check("the planner was called, the researchers and the writer had tasks", order, [
        "call planner",
        "task researcher",
        "task writer",
      ]),
      check("each question of the plan was handed out once", asked, planned),
      check("each is answered or missing", result.facts + result.missing.length, planned.length),
      hasText("a report came back", result.text),
      check(
        "it came in pieces, and they are the report",
        [pieces.length > 1, pieces.join("")],
        [true, result.text],
      ),
      ...(scripted
        ? [
            check("the report is the writer's", result.text, text),
            check("it tells what nobody found", result.missing, [questions[2]]),
          ]
        : []),
    ],
  };
}

/** What was planned, and what was handed out, as the history tells it. */
async function workOf(system: System) {
  const said = (await system.conversation(story.id)).map(({ envelope }) => envelope);
  const sent = said.filter(({ from, verb }) => from === "lead" && verb !== "reply");
  const plan = said.find(({ from, type }) => from === "planner" && type === "response");
  return {
    planned: (plan?.payload ?? []) as string[],
    asked: sent.filter(({ to }) => to === "researcher").map(({ payload }) => payload),
    order: [...new Set(sent.map(({ verb, to }: Envelope) => `${verb} ${to}`))],
  };
}
