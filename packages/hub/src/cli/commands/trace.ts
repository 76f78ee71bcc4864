/** Trace: where the time of a conversation went, drawn. */
import { drawWaterfall } from "../../drawing/waterfall.ts";
import { criticalPath } from "../../drawing/criticalpath.ts";
import {
  endOf,
  extentOf,
  isInFlight,
  lineOf,
  spansOf,
  type SpanLine,
  type Spans,
} from "../../drawing/spans.ts";
import { traced } from "../../tracing.ts";
import type { Answer, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { Missing } from "../problem.ts";
import { eachPage, quoted } from "../records.ts";
import { commandLine, moment, span, type Look } from "../text.ts";

/** Where nobody says how wide it may be. */
const WIDTH = 120;
const styles = { good: "green", bad: "red", warn: "yellow", quiet: "dim", strong: "bold" } as const;

export const show: Run = async (asked) => {
  const [id = ""] = asked.args;
  return withHub(asked, async ({ system }): Promise<Answer> => {
    const found = await traced(system, id);
    const lines: SpanLine[] = [];
    if (found)
      await eachPage(
        (after) => system.history({ ...found, limit: 1000, ...after }),
        (items) => void lines.push(...items.map(lineOf)),
      );
    if (lines.length === 0)
      throw new Missing(
        `no trace ${quoted(id)} is remembered`,
        "hermod conversations ls lists what is there.",
      );
    const spans = spansOf(lines);
    const now = Date.now();
    return {
      data: toData(spans, now),
      text: (look) => toText(spans, now, look),
      suggest: commandLine("conversations show", lines[0]?.conversationId ?? id),
    };
  });
};

/** What stands in each line, and when, in the order of the drawing. */
function toData(spans: Spans, now: number): readonly object[] {
  const { share } = criticalPath(spans, now);
  return spans.ids.map((id, at) => ({
    ...{
      id,
      verb: spans.verbs[at],
      operation: spans.operations[at],
      from: spans.senders[at],
      to: spans.receivers[at],
    },
    ...{
      state: spans.states[at],
      depth: spans.depth[at],
      cause: spans.ids[spans.parent[at] as number] ?? null,
    },
    ...{
      sentAt: timeOf(spans.sent[at]),
      startedAt: timeOf(spans.begun[at]),
      endedAt: timeOf(spans.ended[at]),
    },
    ...{ ms: endOf(spans, at, now) - (spans.sent[at] as number), criticalMs: share[at] },
    ...{ attempts: (spans.tries[at + 1] as number) - (spans.tries[at] as number) },
    conversation: spans.conversations[at],
  }));
}

const timeOf = (at = NaN): string | null => (Number.isNaN(at) ? null : moment(at));

function toText(spans: Spans, now: number, look: Look): string {
  const { from, to } = extentOf(spans, now);
  const width = look.isTerminal ? look.width : WIDTH;
  const drawing = drawWaterfall(spans, now, width, (tone, text) => look.paint(styles[tone], text));
  const open = isInFlight(spans) ? ", some in flight" : "";
  return `${drawing}\n${look.paint("dim", `${spans.count} messages in ${span(to - from)}${open}; ░ waits, █ is handled, * is on the critical path`)}\n`;
}
