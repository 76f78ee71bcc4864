/** Conversations: messages that belong together, listed and drawn. */
import type { MessageRecord } from "hermod";
import { drawSequence } from "../../drawing/sequence.ts";
import { nameOf } from "../../drawing/events.ts";
import type { Paint } from "../../drawing/canvas.ts";
import type { Answer, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { drawTimeline, toMermaid } from "../drawings.ts";
import { choiceOf, durationOf, isSet, numberOf, textOf } from "../options.ts";
import { Missing } from "../problem.ts";
import { eachPage, isControl, narrowed, quoted, recipientOf, since } from "../records.ts";
import { showRecord } from "../../shown.ts";
import { commandLine, moment, preview, span, table, toJson, type Look } from "../text.ts";

/** A conversation in short. */
interface Summary {
  readonly id: string;
  readonly first: string;
  readonly participants: readonly string[];
  readonly messages: number;
  readonly state: "open" | "done" | "failed";
  readonly startedAt: number;
  readonly ms: number;
}

const DAY = 86_400_000;

export const ls: Run = async (asked) => {
  const { options } = asked;
  const where = narrowed(textOf(options, "where"), since(durationOf(options, "since") ?? DAY));
  const limit = numberOf(options, "limit", 1, 10_000) ?? 50;
  const all = isSet(options, "system");
  return withHub(asked, async ({ system }) => {
    const groups = new Map<string, MessageRecord[]>();
    await eachPage(
      (after) => system.history({ where, limit: 1000, ...after }),
      (items) => {
        for (const record of items) if (all || !isControl(record)) gather(groups, record);
      },
    );
    const found = [...groups].map(([id, records]) => summary(id, records));
    const shown = found.sort((a, b) => b.startedAt - a.startedAt).slice(0, limit);
    return {
      data: shown.map((each) => ({ ...each, startedAt: moment(each.startedAt) })),
      text: (look) => list(shown, look),
      ...(shown[0] && { suggest: commandLine("conversations show", shown[0].id) }),
    };
  });
};

function gather(groups: Map<string, MessageRecord[]>, record: MessageRecord): void {
  const id = record.envelope.conversationId;
  const known = groups.get(id);
  if (known) known.push(record);
  else groups.set(id, [record]);
}

function summary(id: string, records: readonly MessageRecord[]): Summary {
  const [first] = records as [MessageRecord];
  const names = records.flatMap(({ envelope }) => [nameOf(envelope.from), recipientOf(envelope)]);
  const ends = records.map(({ envelope, attempts }) => attempts.at(-1)?.endedAt ?? envelope.sentAt);
  const { operation, type, payload, sentAt } = first.envelope;
  return {
    id,
    first: `${operation || type} ${preview(payload, 40)}`.trim(),
    participants: [...new Set(names)],
    messages: records.length,
    state: stateOf(records),
    startedAt: sentAt,
    ms: Math.max(0, ends.reduce((most, each) => Math.max(most, each), sentAt) - sentAt),
  };
}

function stateOf(records: readonly MessageRecord[]): Summary["state"] {
  if (records.some(({ state }) => state === "waiting" || state === "running")) return "open";
  return records.some(({ state }) => state === "failed" || state === "dead") ? "failed" : "done";
}

function list(shown: readonly Summary[], look: Look): string {
  return table(
    shown,
    [
      ["ID", ({ id }) => id],
      ["STARTED", ({ startedAt }) => moment(startedAt)],
      ["STATE", ({ state }) => state],
      ["MESSAGES", ({ messages }) => messages],
      ["TOOK", ({ ms }) => span(ms)],
      ["PARTICIPANTS", ({ participants }) => participants.join(", ")],
      ["FIRST", ({ first }) => first],
    ],
    look,
  );
}

const forms = ["sequence", "timeline", "mermaid", "json"] as const;

export const show: Run = async (asked) => {
  const [id = ""] = asked.args;
  const form = choiceOf(asked.options, "as", forms) ?? "sequence";
  return withHub(asked, async ({ system }): Promise<Answer> => {
    const records = await system.conversation(id);
    if (records.length === 0)
      throw new Missing(`no conversation ${quoted(id)} is remembered`, "hermod conversations ls lists them.");
    const data = records.map(showRecord);
    return { data, text: (look) => (form === "json" ? `${toJson(data, 2)}\n` : drawn(records, form, look)) };
  });
};

const styles = { good: "green", bad: "red", warn: "yellow", quiet: "dim", strong: "bold" } as const;

/** Where nobody says how wide it may be. */
const WIDTH = 120;

function drawn(
  records: readonly MessageRecord[],
  form: "sequence" | "timeline" | "mermaid",
  look: Look,
): string {
  const width = look.isTerminal ? look.width : WIDTH;
  const paint: Paint = (tone, text) => look.paint(styles[tone], text);
  if (form === "sequence") return `${drawSequence(records, width, paint)}\n`;
  return form === "timeline" ? drawTimeline(records, width, look) : toMermaid(records);
}
