/**
 * Code review: three critics look at a change, each for one thing. It is merged when two of them approve; the third is not waited for.
 *   npm run story -- code-review
 */
import { HermodError, agent, contract, llmAgent, start, type MessageRecord, type System } from "hermod";
import { fanOut } from "hermod/patterns";
import * as z from "zod";
import { check } from "../shared/check.ts";
import { taleOf, tellStory, type Scene, type Told } from "../shared/story.ts";

const change = z.object({ code: z.string() });
const review = { in: change, out: z.object({ ok: z.boolean(), note: z.string() }) };

const Gate = contract("gate", {
  calls: { merge: { in: change, out: z.object({ merged: z.boolean(), notes: z.array(z.string()) }) } },
});
const Security = contract("security", { calls: { review } });
const Style = contract("style", { calls: { review } });
const Tests = contract("tests", { calls: { review } });

const QUORUM = 2;
const critics = [
  [Security, "review", { timeout: "2m" }],
  [Style, "review", { timeout: "2m" }],
  [Tests, "review", { timeout: "2m" }],
] as const;

const instructions = (what: string) =>
  `You review a change of code for ${what} and nothing else. "ok" says whether it may be merged, "note" says why in one sentence.`;

const agents = [
  agent(Gate, {
    on: {
      merge: async (code, ctx) => {
        try {
          const { answers } = await fanOut(ctx, critics, code, { quorum: QUORUM, good: ({ ok }) => ok });
          return { merged: true, notes: answers.map(({ note }) => note) };
        } catch (error) {
          if (!(error instanceof HermodError && error.code === "HERMOD_QUORUM")) throw error;
          return { merged: false, notes: [error.message] };
        }
      },
    },
  }),
  llmAgent(Security, { instructions: instructions("security") }),
  llmAgent(Style, { instructions: instructions("style") }),
  llmAgent(Tests, { instructions: instructions("tests") }),
];

const bad = { code: 'run("rm -rf " + folder)' };
const good = { code: "await rm(folder, { recursive: true }); // tested in rm.test.ts" };
const says = (ok: boolean, note: string) => JSON.stringify({ ok, note });

process.exitCode = await tellStory(
  [
    // The one for tests never comes to an end: nobody has to wait for it.
    { agent: "tests", when: "", say: says(true, "There is a test, and it is a good one."), fault: "stall" },
    { agent: "security", when: "rm -rf", say: says(false, "The folder can hold a command.") },
    { agent: "style", when: "rm -rf", say: says(false, "Use rm of node:fs.") },
    { agent: "security", when: "await rm", say: says(true, "No shell.") },
    { agent: "style", when: "await rm", say: says(true, "Plain.") },
  ],
  tell,
);

async function tell({ model, scripted }: Scene): Promise<Told> {
  await using system = await start({ agents, model });
  const terms = { timeout: "5m", budget: { tokens: 50_000 } } as const;
  const replies = {
    bad: await system.call(Gate, "merge", bad, { ...terms, conversation: "bad change" }),
    good: await system.call(Gate, "merge", good, { ...terms, conversation: "good change" }),
  };
  // Those who are cancelled come to their end too, and the history tells it.
  await system.drain({ timeout: "10s" });
  const first = await look(system, "bad change", replies.bad);
  const second = await look(system, "good change", replies.good);
  return {
    tales: [first.tale, second.tale],
    checks: [
      ...first.checks,
      ...second.checks,
      ...(scripted ? [...words(first, false), ...words(second, true)] : []),
    ],
  };
}

/** What came of a change, and what holds whatever the critics say. */
async function look(system: System, id: string, reply: { merged: boolean; notes: string[] }) {
  const records = await system.conversation(id);
  const verdicts = verdictsOf(records);
  const approved = verdicts.filter(({ ok }) => ok).length;
  const about = "The gate asks three critics at once, and needs two of them to approve.";
  const ending = [`merged: ${reply.merged}`, ...reply.notes];
  return {
    reply,
    verdicts,
    tale: await taleOf(system, { id, title: `A review: ${id}`, about }, ending),
    checks: [
      check(`${id}: all three were asked, once each`, askedIn(records), ["security", "style", "tests"]),
      check(`${id}: it is merged exactly where two have approved`, reply.merged, approved >= QUORUM),
    ],
  };
}

function words({ reply, verdicts, tale: { id } }: Awaited<ReturnType<typeof look>>, merged: boolean) {
  return [
    check(`${id}: merged`, reply.merged, merged),
    check(`${id}: the critic who goes on for ever was not waited for`, verdicts.length, 2),
  ];
}

function askedIn(records: readonly MessageRecord[]): unknown[] {
  return records.flatMap(({ envelope: { from, to, type } }) =>
    from === "gate" && type === "request" ? [to] : [],
  );
}

function verdictsOf(records: readonly MessageRecord[]): readonly { readonly ok: boolean }[] {
  const replies = records.filter(
    ({ envelope }) => envelope.type === "response" && envelope.operation === "review",
  );
  return replies.map(({ envelope }) => envelope.payload as { ok: boolean });
}
