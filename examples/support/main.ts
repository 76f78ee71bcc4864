/**
 * Support desk: a model reads what a customer writes; a refund has to be approved by a person, who may take their time, over a restart too.
 *   npm run story -- support
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { agent, contract, llmAgent, memory, start, type Model, type Question, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import * as z from "zod";
import { check, type Check } from "../shared/check.ts";
import { hasText, taleOf, tellStory, type Scene, type Told } from "../shared/story.ts";
import type { Tale } from "../shared/tale.ts";

const ticket = z.object({ customer: z.string(), text: z.string(), amount: z.number() });
const outcome = z.object({ refunded: z.boolean(), reply: z.string() });

const Desk = contract("desk", { calls: { handle: { in: ticket, out: outcome } } });
const Reader = contract("reader", {
  calls: {
    read: { in: z.string(), out: z.object({ wants: z.enum(["refund", "answer"]), why: z.string() }) },
  },
});
const Clerk = contract("clerk", {
  calls: { reply: { in: z.object({ text: z.string(), decision: z.string() }), out: z.string() } },
});
const Bank = contract("bank", { casts: { pay: { in: ticket, delivery: "exactly-once" } } });

const REFUND = "refund";

function agents(paid: string[]) {
  return [
    agent(Desk, {
      on: {
        handle: async ({ customer, text, amount }, ctx) => {
          const { wants, why } = await ctx.call(Reader, "read", text);
          const options = ["approve", "refuse"] as const;
          const details = { customer, text, why };
          const answer =
            wants === REFUND
              ? await ctx.ask("ana", `Refund ${amount} to ${customer}?`, { options, details })
              : "none";
          const refunded = answer === "approve";
          // The key makes it one payment, however often this message is handled.
          if (refunded) await ctx.cast(Bank, "pay", { customer, text, amount }, { key: ctx.idempotencyKey });
          const decision = refunded ? `The refund of ${amount} is paid.` : "There is no refund.";
          return { refunded, reply: await ctx.call(Clerk, "reply", { text, decision }) };
        },
      },
    }),
    llmAgent(Reader, {
      instructions: 'You read what a customer writes: "refund" where money back is wanted, else "answer".',
    }),
    llmAgent(Clerk, { instructions: "You answer a customer in one friendly sentence, by the decision." }),
    agent(Bank, { on: { pay: ({ customer, amount }) => void paid.push(`${amount} to ${customer}`) } }),
  ];
}

const letter = { customer: "Bo", text: "The lamp is broken. I want my 40 back.", amount: 40 };
const script = [
  { agent: "reader", when: "money back", say: '{"wants":"refund","why":"the lamp is broken"}' },
  { agent: "clerk", when: "is paid", say: "Dear Bo, your 40 are on their way." },
  { agent: "clerk", when: "no refund", say: "Dear Bo, we are sorry: we cannot refund this one." },
];

process.exitCode = await tellStory(script, tell);

async function tell(scene: Scene): Promise<Told> {
  const refused = await atOnce(scene);
  const approved = await overRestart(scene);
  return { tales: [refused.tale, approved.tale], checks: [...refused.checks, ...approved.checks] };
}

interface Part {
  readonly tale: Tale;
  readonly checks: readonly Check[];
}

/** Everything in one process: Ana refuses. */
async function atOnce({ model, scripted }: Scene): Promise<Part> {
  const paid: string[] = [];
  await using system = await start({ agents: agents(paid), model, store: memory() });
  const task = await begin(system, "refused");
  const question = await questionOf(system);
  await system.people.answer(question.id, "refuse");
  const result = await task.result();
  const about = "The desk asks Ana, who refuses.";
  const story = { id: "refused", title: "A refund that is refused", about };
  return {
    tale: await taleOf(system, story, [`ana was asked: ${question.question}`, `reply: ${result.reply}`]),
    checks: [
      check("refused: nothing is refunded, and nothing paid", [result.refunded, paid], [false, []]),
      hasText("refused: the customer gets a reply", result.reply),
      check("refused: no question is left", await system.people.list(), []),
      ...(scripted ? [check("refused: the reply says so", result.reply, script[2]?.say)] : []),
    ],
  };
}

/** The process that asked is gone when Ana comes to it: another one on the same file goes on. */
async function overRestart({ model, scripted }: Scene): Promise<Part> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-story-"));
  const store = () => sqlite(join(folder, "support.db"));
  const paid: string[] = [];
  try {
    const { id, asked } = await firstProcess(model, store(), paid);
    await using system = await start({ agents: agents(paid), model, store: store() });
    const question = await questionOf(system);
    await system.people.answer(question.id, "approve");
    const result = await system.taskById(Desk, id).result({ timeout: "5m" });
    await system.drain({ timeout: "10s" });
    const about =
      "The desk asks Ana, and its process ends. The next one on the same file finds question and answer.";
    const story = { id: "approved", title: "A refund that is approved, over a restart", about };
    return {
      tale: await taleOf(system, story, [`ana was asked: ${question.question}`, `reply: ${result.reply}`]),
      checks: [
        check(
          "approved: the question that was asked before the restart is the one that stands after it",
          question,
          asked,
        ),
        check("approved: it is refunded, and paid once", [result.refunded, paid], [true, ["40 to Bo"]]),
        hasText("approved: the customer gets a reply", result.reply),
        ...(scripted ? [check("approved: the reply says so", result.reply, script[1]?.say)] : []),
      ],
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function firstProcess(model: Model, store: ReturnType<typeof sqlite>, paid: string[]) {
  await using system = await start({ agents: agents(paid), model, store });
  const { id } = await begin(system, "approved");
  return { id, asked: await questionOf(system) };
}

function begin(system: System, conversation: string) {
  return system.task(Desk, "handle", letter, { conversation, budget: { tokens: 50_000 } });
}

/** The question that Ana has to answer; a page or a bot would show it to her. */
async function questionOf(system: System): Promise<Question> {
  for (const until = Date.now() + 120_000; Date.now() < until;) {
    const [question] = await system.people.list("ana");
    if (question) return question;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("nobody has asked Ana");
}
