/** Messages: the history, listed, looked at, taken away as a file, and said again. */
import { randomUUID } from "node:crypto";
import type { Envelope, HandMessage, MessageRecord, System } from "hermod";
import type { Answer, Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { durationOf, given, numberOf, textOf } from "../options.ts";
import { readPayload } from "../payload.ts";
import { Usage } from "../problem.ts";
import { Progress } from "../progress.ts";
import { eachPage, narrowed, recipientOf, recordsOf, recordTable, since, tookMs } from "../records.ts";
import { stored } from "../sending.ts";
import { showRecord } from "../../shown.ts";
import { commandLine, fields, moment, span, table, toJson, type Look } from "../text.ts";

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
    return {
      data: records.length === 1 ? showRecord(records[0]) : records.map(showRecord),
      text: (look) => records.map((record) => recordText(record, look)).join("\n"),
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

/** All of them, a line each. */
export const exportAll: Run = async (asked) => {
  const { options, io } = asked;
  const query = given({ ...part(asked), where: textOf(options, "where"), limit: 1000 });
  await withHub(asked, async ({ system }) => {
    const progress = new Progress(asked, "export");
    let done = 0;
    await eachPage(
      (after) => system.history({ ...query, ...after }),
      (items) => {
        for (const each of items.map(showRecord)) asked.emit(each, `${toJson(each)}\n`);
        progress.tell((done += items.length));
      },
    );
    progress.end();
    if (!asked.isJson) io.err(`${done} messages\n`);
  });
  return undefined;
};

/** What is sent again keeps what it says and to whom, and is a message of its own; a call is asked again. */
export const resend: Run = async (asked) => {
  const [id = ""] = asked.args;
  const typed = textOf(asked.options, "payload");
  const other = typed === undefined ? undefined : { payload: await readPayload(typed, asked.io) };
  return withHub(asked, async ({ system }) => {
    const [{ envelope }] = await recordsOf(system, id);
    const payload = other ? other.payload : envelope.payload;
    return envelope.verb === "call"
      ? callAgain(system, { ...envelope, payload }, asked.io.signal)
      : stored(await system.send(again({ ...envelope, payload })));
  });
};

async function callAgain(system: System, envelope: Envelope, signal: AbortSignal): Promise<Answer> {
  const { to, topic, operation, payload, priority } = envelope;
  const conversation = randomUUID();
  const terms = { priority, conversation, signal };
  const asked = system.call as (...given: readonly unknown[]) => Promise<unknown>;
  const reply =
    topic === undefined ? await asked(to, operation, payload, terms) : await asked(topic, payload, terms);
  return {
    data: { reply: reply ?? null, conversation },
    text: ({ isTerminal }) => `${toJson(reply, isTerminal ? 2 : undefined)}\n`,
    suggest: commandLine("conversations show", conversation),
  };
}

function again({
  id,
  verb,
  type,
  operation,
  to,
  topic,
  payload,
  priority,
  delivery,
  orderKey,
  task,
  metadata,
}: Envelope): HandMessage {
  if (verb === "reply" || verb === "info")
    throw new Usage(
      `${JSON.stringify(id)} is a ${verb}: it was for whoever waited then`,
      "Send again what it answered.",
    );
  // A copy of what was published goes to all who listen, as the first one did.
  const target = topic === undefined ? { to } : { topic };
  return {
    ...given({ verb, type, operation, orderKey, task, delivery, priority, metadata, ...target }),
    payload,
  };
}
