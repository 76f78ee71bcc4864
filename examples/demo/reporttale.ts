/** The tale of the report: starts it, or goes on with one that an earlier process was killed over, and checks what came of it. */
import { start, type MessageRecord, type OpenStore, type Part, type TaskStatus } from "hermod";
import { check, type Check } from "../shared/check.ts";
import type { Tale } from "../shared/tale.ts";
import { createReporters, killable, Orchestrator } from "./report.ts";

const id = "sea-report";

/** What is looked at when the report is there. */
interface Reported {
  readonly result: { readonly text: string; readonly dropped: string };
  readonly parts: readonly Part<string>[];
  readonly status: TaskStatus;
  /** Those of the four steps, by their keys. */
  readonly steps: Readonly<Record<string, TaskStatus>>;
  readonly messages: readonly MessageRecord[];
  /** True when it was begun by an earlier process. */
  readonly isResumed: boolean;
}

/** Lets the report happen on this store. */
export async function runReport(
  store: OpenStore,
): Promise<{ readonly tale: Tale; readonly checks: readonly Check[] }> {
  await using system = await start({ agents: createReporters(), store });
  const isResumed = (await system.conversation(id)).length > 0;
  const task = await system.task(
    Orchestrator,
    "report",
    { topic: "the sea" },
    { key: id, conversation: id, retry: killable },
  );
  const result = await task.result({ timeout: "1m" });
  const parts = await Array.fromAsync(task.parts());
  const told = await settled(() => system.conversation(id));
  const steps: Record<string, TaskStatus> = {};
  for (const { envelope } of told) {
    const { verb, to, idempotencyKey } = envelope;
    if (verb !== "task" || envelope.id === task.id) continue;
    steps[idempotencyKey ?? ""] = await system.taskById(to as string, envelope.id).status();
  }
  const reported = { result, parts, status: await task.status(), steps, messages: told, isResumed };
  return { tale: taleOf(reported), checks: checksOf(reported) };
}

/** The conversation once nothing of it is under way: the desk hears of an end after the end. */
async function settled(read: () => Promise<MessageRecord[]>): Promise<MessageRecord[]> {
  for (;;) {
    const records = await read();
    if (records.every(({ state }) => state !== "waiting" && state !== "running")) return records;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function taleOf({ result, status, steps, messages, isResumed }: Reported): Tale {
  const began = isResumed ? ["an earlier process was killed over it: it went on from what was stored"] : [];
  const ends = Object.entries(steps).map(
    ([key, { state, attempt, parts }]) => `${key}: ${state}, attempt ${attempt}, ${parts} parts`,
  );
  return {
    id,
    title: "Long work",
    about:
      "The orchestrator calls the planner, then hands the steps out as tasks. One is cancelled; killed here, all of it goes on in the next process.",
    messages,
    handlings: [],
    ending: [...began, ...ends, `report after ${status.attempt} attempts: ${result.text}`],
  };
}

function checksOf({ result, parts, status, steps, messages }: Reported): Check[] {
  const state = (name: string) => steps[`${id} ${name}`]?.state;
  const last = parts.filter(({ attempt }) => attempt === status.attempt).map(({ value }) => value);
  const told = messages.filter(({ envelope }) => envelope.to === "desk");
  return [
    check(
      "report: every step is in it, once",
      result.text,
      [
        "High water at 4 m, wind 2 to 2.",
        "The moon pulls. The sea follows. Twice a day it comes. Twice a day it goes.",
        "Ships wait for water. At high tide they leave. At low tide they lie. The crane rests.",
      ].join(" "),
    ),
    check("report: four tasks, each found by its key", Object.keys(steps).toSorted(), [
      ...["harbours", "levels", "moon", "storms"].map((name) => `${id} ${name}`),
    ]),
    check(
      "report: three are done, and the one that nobody needs is cancelled",
      [...["levels", "moon", "harbours", "storms"].map(state), result.dropped],
      ["done", "done", "done", "cancelled", "cancelled"],
    ),
    check("report: its parts came in order", last, ["levels", "moon", "storms", "harbours"]),
    check(
      "report: the last sign of progress is all of it",
      [status.state, status.progress?.fraction],
      ["done", 1],
    ),
    check(
      "report: the desk was told of each end once, as a message",
      told
        .map(({ envelope, state: of }) => {
          const { key, state: how } = envelope.payload as { readonly key: string; readonly state: string };
          return `${key} ${how} ${of}`;
        })
        .toSorted(),
      [
        `${id} harbours done done`,
        `${id} levels done done`,
        `${id} moon done done`,
        `${id} storms cancelled done`,
      ],
    ),
    check(
      "report: the retriever was asked again, and its winds were taken as they mostly are",
      askedTwice(messages),
      true,
    ),
  ];
}

/** Two requests for each of the two data, in the last run of the analyst at least. */
function askedTwice(messages: readonly MessageRecord[]): boolean {
  const asked = messages.filter(
    ({ envelope }) => envelope.to === "data-retriever" && envelope.type === "request",
  );
  const about = (what: string) =>
    asked.filter(({ envelope }) => (envelope.payload as { about: string }).about === what);
  return about("water levels").length >= 2 && about("winds").length >= 2;
}
