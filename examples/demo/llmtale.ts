/** The tales of the LLM agents: a text that streams, a debate that its budget ends, a notice that waits for a person; and what must come of them. */
import { HermodError, start, type Amounts, type MessageRecord, type OpenStore, type System } from "hermod";
import { nameOf, receiverOf } from "@hermod/hub/drawing";
import { check, checkWords, type Check } from "../shared/check.ts";
import { Columnist, createLlmAgents, Debate, Press } from "./llm.ts";
import { column, llmModel, promptsOf } from "./model.ts";
import type { Story, Tale } from "../shared/tale.ts";

const stories = {
  column: {
    id: "tide-column",
    title: "LLM agents: a text that streams",
    about:
      "The columnist's text comes in parts. On its way it asks the almanac, another LLM agent, as a tool.",
  },
  debate: {
    id: "endless-debate",
    title: "LLM agents: a debate without an end",
    about: "Two LLM agents would answer one another for ever. The budget of the conversation ends it.",
  },
  approval: {
    id: "press-approval",
    title: "LLM agents: a person has the last word",
    about:
      "What the columnist has written is printed when Ana says so. The store keeps her question until she has answered.",
  },
} as const satisfies Record<string, Story>;

/** What the debate may cost. */
const BUDGET = { tokens: 1200 } as const;
/** Words of a stream that are shown. */
const SHOWN = 12;

/** A part with the milliseconds from the start after which its reader had it. */
interface Heard {
  readonly text: string;
  readonly ms: number;
}

interface Column {
  readonly result: string;
  readonly parts: readonly Heard[];
}

interface Ended {
  readonly codes: readonly string[];
  readonly spent: Amounts;
}

interface Approval {
  readonly asked: unknown;
  /** How the task stood while the person had not answered. */
  readonly before: string;
  readonly result: { readonly text: string; readonly sent: boolean };
  readonly left: number;
}

interface Told {
  readonly column: Column;
  readonly debate: Ended;
  readonly approval: Approval;
  readonly messages: Readonly<Record<keyof typeof stories, readonly MessageRecord[]>>;
  readonly prompts: readonly string[];
}

/** Lets the LLM agents work on this store. */
export async function runLlm(
  store: OpenStore,
): Promise<{ tales: readonly Tale[]; checks: readonly Check[] }> {
  const model = llmModel();
  await using system = await start({ agents: createLlmAgents(), model, store });
  const told = {
    column: await tellColumn(system),
    debate: await tellDebate(system),
    approval: await tellApproval(system),
    messages: {
      column: await system.conversation(stories.column.id),
      debate: await system.conversation(stories.debate.id),
      approval: await system.conversation(stories.approval.id),
    },
    prompts: promptsOf(model),
  };
  return { tales: talesOf(told), checks: checksOf(told) };
}

async function tellColumn(system: System): Promise<Column> {
  const begun = performance.now();
  const topic = { topic: "the tide in Brest" };
  const task = await system.task(Columnist, "write", topic, { conversation: stories.column.id });
  const parts: Heard[] = [];
  for await (const { value } of task.parts())
    parts.push({ text: value, ms: Math.round(performance.now() - begun) });
  return { result: await task.result({ timeout: "2m" }), parts };
}

async function tellDebate(system: System): Promise<Ended> {
  const terms = { conversation: stories.debate.id, budget: BUDGET, timeout: "2m" } as const;
  const error = await system.call(Debate, "hold", { topic: "the weather" }, terms).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { codes: codesOf(error), spent: await system.spent(stories.debate.id) };
}

/** The codes of an error and of what it was caused by. */
function codesOf(error: unknown): string[] {
  return error instanceof HermodError ? [error.code, ...codesOf(error.cause)] : [];
}

async function tellApproval(system: System): Promise<Approval> {
  const topic = { topic: "the boats of Brest" };
  const task = await system.task(Press, "release", topic, { conversation: stories.approval.id });
  const question = await askedOf(system, "ana");
  const { state: before } = await task.status();
  await system.people.answer(question.id, "print");
  const result = await task.result({ timeout: "2m" });
  return { asked: question.details, before, result, left: (await system.people.list()).length };
}

/** The first question to a person, once there is one. */
async function askedOf(system: System, person: string) {
  for (;;) {
    const [question] = await system.people.list(person);
    if (question) return question;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function talesOf({ messages, column, debate, approval }: Told): Tale[] {
  const endings = {
    column: [`the parts as they came: ${partsOf(column)}`, `the result: ${column.result}`],
    debate: [`ended by ${debate.codes.at(-1)}: ${debate.spent["tokens"]} of ${BUDGET.tokens} tokens spent`],
    approval: [
      `ana was asked: ${JSON.stringify(approval.asked)}`,
      `ana said "print": ${approval.result.sent ? "printed" : "not printed"}`,
    ],
  } satisfies Record<keyof typeof stories, readonly string[]>;
  const names = Object.keys(stories) as (keyof typeof stories)[];
  return names.map((name) => ({
    ...stories[name],
    messages: messages[name],
    handlings: [],
    ending: endings[name],
  }));
}

function partsOf({ parts }: Column): string {
  const shown = parts.slice(0, SHOWN).map(({ text, ms }) => `${ms} ms "${text.trim()}"`);
  return [...shown, ...(parts.length > SHOWN ? [`and ${parts.length - SHOWN} more`] : [])].join(" · ");
}

function checksOf(told: Told): Check[] {
  return [...columnChecks(told), ...debateChecks(told), ...approvalChecks(told)];
}

function columnChecks({ column: { result, parts }, messages, prompts }: Told): Check[] {
  const answers = callsTo(messages.column, "almanac").map(({ state }) => state);
  const heard = prompts.filter((prompt) => prompt.includes('<message from="almanac">'));
  return [
    checkWords("column: the columnist's text is the result", result, column),
    check(
      "column: it is what came in parts",
      parts
        .map(({ text }) => text)
        .join("")
        .trim()
        .endsWith(result.trim()),
      true,
    ),
    checkWords("column: it came while it was written, not at once", spread(parts) > 0, true),
    checkWords("column: the columnist asked the almanac, over the bus", answers, ["done"]),
    check(
      "column: the almanac's answers stand in the columnist's prompts as its own words",
      heard.length >= answers.length,
      true,
    ),
  ];
}

/** Milliseconds between the first part and the last. */
function spread(parts: readonly Heard[]): number {
  return (parts.at(-1)?.ms ?? 0) - (parts[0]?.ms ?? 0);
}

function debateChecks({ debate: { codes, spent }, messages }: Told): Check[] {
  const { tokens = 0 } = spent;
  const turns = callsTo(messages.debate, "optimist", "pessimist");
  const states = turns.map(({ state }) => state);
  return [
    check("debate: the budget ended it", codes.at(-1), "HERMOD_BUDGET"),
    check(
      `debate: it spent something, and no more than ${BUDGET.tokens} tokens`,
      tokens > 0 && tokens <= BUDGET.tokens,
      true,
    ),
    check("debate: all turns but the last were answered", states, [
      ...states.slice(1).fill("done"),
      "failed",
    ]),
    checkWords("debate: it went to and fro several times", turns.length >= 4, true),
  ];
}

function approvalChecks({ approval: { asked, before, result, left }, messages }: Told): Check[] {
  const words = messages.approval.filter(({ envelope }) => nameOf(envelope.to) === "ana");
  return [
    check("approval: the work waited for Ana's answer", before, "running"),
    check("approval: Ana saw the text that was to be printed", asked, { text: result.text }),
    check("approval: it was printed once she had said so", result.sent, true),
    check(
      "approval: her question is a message of the conversation, and none is left",
      [words.length, left],
      [1, 0],
    ),
  ];
}

/** The calls to these agents. */
function callsTo(records: readonly MessageRecord[], ...names: readonly string[]): MessageRecord[] {
  const byId = new Map(records.map((record) => [record.envelope.id, record]));
  return records.filter(
    ({ envelope }) => envelope.verb === "call" && names.includes(nameOf(receiverOf(envelope, byId))),
  );
}
