/** Timeline: where the time went, drawn to scale, and said in words. */
import type { MessageRecord } from "../../api/types.ts";
import { useNow } from "../../parts/now.ts";
import { clockText, spanText } from "../../parts/text.ts";
import type { TalkLine } from "./asked.ts";
import { placeOf, scaleOf, spansOf, type Span } from "./spans.ts";

export interface TimelineProps {
  readonly record: MessageRecord;
  readonly replies: readonly TalkLine[];
}

export function Timeline(props: TimelineProps) {
  const { record } = props;
  return record.state === "waiting" || record.state === "running" ? (
    <Moving {...props} />
  ) : (
    <Still {...props} now={Date.now()} />
  );
}

function Moving(props: TimelineProps) {
  return <Still {...props} now={useNow(500)} />;
}

function Still({ record, replies, now }: TimelineProps & { readonly now: number }) {
  const spans = spansOf(record, replies, now);
  const { deadline, sentAt } = record.envelope;
  if (spans.length === 0) return <p className="text-small text-soft">Nothing has become of it yet.</p>;
  const scale = scaleOf(spans, now);
  const end = deadline === undefined ? undefined : Date.parse(deadline);
  return (
    <div className="grid gap-1.5 text-small">
      <ol aria-label="Where the time went" className="grid gap-px">
        <li className="text-tiny text-soft">{clockText(Date.parse(sentAt))} sent and stored</li>
        {spans.map((span, at) => (
          <Bar key={at} span={span} now={now} {...placeOf(span, scale, now)} />
        ))}
      </ol>
      <p className="flex flex-wrap justify-between gap-2 border-t border-line pt-1 text-tiny text-soft">
        <span>{spanText(scale.to - scale.from)} in all</span>
        {end !== undefined && (
          <span className={end < scale.to ? "text-bad" : ""}>
            deadline {clockText(end)},{" "}
            {end < scale.to
              ? `${spanText(scale.to - end)} before the end`
              : `${spanText(end - scale.to)} to spare`}
          </span>
        )}
      </p>
    </div>
  );
}

interface BarProps {
  readonly span: Span;
  readonly now: number;
  readonly left: number;
  readonly width: number;
}

function Bar({ span, now, left, width }: BarProps) {
  const { what, from, to, attempt, outcome, isBad } = span;
  const took = spanText((to ?? now) - from);
  const words = what === "handled" ? `attempt ${attempt}${outcome === "acked" ? "" : `, ${outcome}`}` : what;
  return (
    <li
      className="grid grid-cols-[11rem_minmax(0,1fr)_5rem] items-center gap-2"
      title={`${words}: ${clockText(from)} to ${to === undefined ? "now" : clockText(to)}`}
    >
      <span className={`truncate ${isBad ? "text-bad" : ""}`}>{words}</span>
      <span aria-hidden className="relative h-3 rounded-chip bg-paper">
        <span
          className={`absolute h-full rounded-chip ${lookOf(span)}`}
          style={{ left: `min(${left}%, calc(100% - 2px))`, width: `max(${width}%, 2px)` }}
        />
      </span>
      <span className="text-right text-soft">{to === undefined ? `${took} …` : took}</span>
    </li>
  );
}

/** Waiting is an outline, work is filled. */
function lookOf({ what, isBad }: Span): string {
  if (what === "handled") return isBad ? "bg-bad" : "bg-accent";
  if (what === "answer on its way") return "border border-good bg-goodwash";
  return "border border-dashed border-warn bg-warnwash";
}
