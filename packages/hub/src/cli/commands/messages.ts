/** Messages: the history, listed, looked at, taken away as a file, and said again. */
import { randomUUID } from "node:crypto";
import type { AttemptNote, MessageNotes, MessageRecord } from "hermod";
import { holdsHidden } from "../../redaction.ts";
import { askAgain, stateAgain } from "../again.ts";
import type { Answer, Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { exported } from "../exporting.ts";
import { durationOf, given, numberOf, textOf } from "../options.ts";
import { readPayload } from "../payload.ts";
import { Usage } from "../problem.ts";
import { narrowed, recipientOf, recordsOf, recordTable, since, tookMs } from "../records.ts";
import { stored } from "../sending.ts";
import { showRecord, withTimes } from "../../shown.ts";
import { commandLine, fields, moment, plain, span, table, toJson, type Look } from "../text.ts";

export const ls: Run = async (asked) => {
  const { options } = asked;
  const query = given({
    ...part(asked),
    where: narrowed(textOf(options, "where"), since(durationOf(options, "since"))),
    limit: numberOf(options, "limit", 1, 1000),
    after: textOf(options, "after"),
  });
  return withHub(asked, async ({ system }) => {
    const { items, next } = await system.history(query);
    return { data: items.map(showRecord), next, text: (look) => recordTable(items, look) };
  });
};

/** Of one conversation or one agent. @throws Usage. */
function part({ options }: Given): { readonly conversation?: string; readonly agent?: string } {
  const [conversation, agent] = [textOf(options, "conversation"), textOf(options, "agent")];
  if (conversation !== undefined && agent !== undefined)
    throw new Usage(
      "--conversation and --agent do not go together",
      "Narrow a conversation by --where from:NAME.",
    );
  return given({ conversation, agent });
}

export const show: Run = async (asked) => {
  const [id = ""] = asked.args;
  return withHub(asked, async ({ system }): Promise<Answer> => {
    const records = await recordsOf(system, id);
    const told = await system.notes(records[0].envelope.id);
    const data = records.map((record) => ({ ...showRecord(record), ...toldOf(told) }));
    return {
      data: data.length === 1 ? data[0] : data,
      text: (look) =>
        [...records.map((record) => recordText(record, look)), ...noteTexts(told, look)].join("\n"),
      suggest: commandLine("conversations show", records[0].envelope.conversationId),
    };
  });
};

function recordText(record: MessageRecord, look: Look): string {
  const { envelope, mailbox, state, attempts } = record;
  const {
    id,
    verb,
    operation,
    from,
    priority,
    delivery,
    conversationId,
    causeId,
    sentAt,
    deadline,
    payload,
  } = envelope;
  const head = fields({
    ...{ id, verb, operation, from, to: recipientOf(envelope), mailbox, state, took: span(tookMs(record)) },
    ...{ priority, delivery, conversation: conversationId, cause: causeId, sent: moment(sentAt) },
    ...{
      deadline: deadline === undefined ? undefined : moment(deadline),
      payload: payload === undefined ? "" : payload,
    },
  });
  if (attempts.length === 0) return head;
  const columns = [
    ["ATTEMPT", (attempt: (typeof attempts)[number]) => attempt.number],
    ["OUTCOME", (attempt: (typeof attempts)[number]) => attempt.outcome],
    ["BEGAN", (attempt: (typeof attempts)[number]) => moment(attempt.startedAt)],
    ["TOOK", (attempt: (typeof attempts)[number]) => span(attempt.endedAt - attempt.startedAt)],
    ["ERROR", (attempt: (typeof attempts)[number]) => attempt.error?.message ?? ""],
  ] as const;
  // The newest attempt says what is the matter now.
  return `${head}\n${table(attempts.toReversed(), columns, look)}`;
}

const toldOf = ({ notes, cut }: MessageNotes) => ({ notes: notes.map((note) => withTimes(note, "at")), cut });

/** The calls of models and the lines of log, each as a table of its own where there are any. */
function noteTexts({ notes, cut }: MessageNotes, look: Look): string[] {
  const calls = notes.filter((note) => note.type === "model");
  const lines = notes.filter((note) => note.type === "log");
  return [
    ...(calls.length > 0 ? [table(calls, callColumns, look)] : []),
    ...(lines.length > 0 ? [table(lines, lineColumns, look)] : []),
    ...cut.map(
      ({ agent, attempt, count }) => `${count} more of attempt ${attempt} of ${plain(agent)} were not kept\n`,
    ),
  ];
}

type Of<T extends AttemptNote["type"]> = Extract<AttemptNote, { readonly type: T }>;

const callColumns = [
  ["MODEL", ({ model, simulated }: Of<"model">) => (simulated ? `${model} (simulated)` : model)],
  ["ATTEMPT", ({ attempt }: Of<"model">) => attempt],
  ["ENDED", ({ at }: Of<"model">) => moment(at)],
  ["TOOK", ({ ms }: Of<"model">) => span(ms)],
  ["IN", ({ inputTokens }: Of<"model">) => inputTokens],
  ["OUT", ({ outputTokens }: Of<"model">) => outputTokens],
  ["COST", ({ cost }: Of<"model">) => cost ?? ""],
  ["END", ({ finish, error }: Of<"model">) => error?.message ?? finish ?? ""],
] as const;

const lineColumns = [
  ["LOGGED", ({ at }: Of<"log">) => moment(at)],
  ["ATTEMPT", ({ attempt }: Of<"log">) => attempt],
  ["LEVEL", ({ level }: Of<"log">) => level],
  ["TEXT", ({ text }: Of<"log">) => text],
  ["DATA", ({ data }: Of<"log">) => (data === undefined ? "" : toJson(data))],
] as const;

/** All of them, a line each. */
export const exportAll: Run = async (asked) => {
  const query = given({ ...part(asked), where: textOf(asked.options, "where"), limit: 1000 });
  await withHub(asked, ({ system }) =>
    exported(asked, "messages", (after) => system.history({ ...query, ...after }), showRecord),
  );
  return undefined;
};

/** What is sent again keeps what it says and to whom, and is a message of its own; a call is asked again. */
export const resend: Run = async (asked) => {
  const [id = ""] = asked.args;
  const typed = textOf(asked.options, "payload");
  const other = typed === undefined ? undefined : { payload: await readPayload(typed, asked.io) };
  const conversation = randomUUID();
  return withHub(
    asked,
    async ({ system }): Promise<Answer> => {
      const [{ envelope }] = await recordsOf(system, id);
      const said = { ...envelope, ...other };
      if (!other && holdsHidden(said.payload)) throw hidden(id);
      if (envelope.verb !== "call") return stored(await stateAgain(system, said));
      const reply = await askAgain(system, { ...said, conversationId: conversation }, asked.io.signal);
      return {
        data: { reply: reply ?? null, conversation },
        text: ({ isTerminal }) => `${toJson(reply, isTerminal ? 2 : undefined)}\n`,
        suggest: commandLine("conversations show", conversation),
      };
    },
    { isPatient: true },
  );
};

function hidden(id: string): Usage {
  return new Usage(
    `${JSON.stringify(id)} holds what this hub hides: it cannot be sent again as it is shown`,
    "Say the whole of it by --payload; a dead letter goes back whole by dlq redrive.",
  );
}
