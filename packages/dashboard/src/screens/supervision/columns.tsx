/** Columns of the tree: how wide each is, which of them go first where it is narrow, and what stands in them. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { ConditionWord } from "../../parts/condition.tsx";
import type { Column } from "../../parts/grid/columns.ts";
import { AgentName } from "../../parts/links.tsx";
import { useNow } from "../../parts/now.ts";
import { countText, dateText, plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { childTone, childWord, restartsText, type Line } from "./places.ts";

export type OnFold = (id: string, isOpen: boolean) => void;

export const columnsFor = (onFold: OnFold): readonly Column<Line>[] => [
  {
    ...{ name: "name", least: 12, most: "1.4fr" },
    cell: (line) => <Name line={line} onFold={onFold} />,
  },
  { name: "type", least: 5.5, worth: 1, look: "text-soft", cell: ({ place }) => place?.type ?? "system" },
  { name: "strategy", least: 6.5, worth: 2, look: "text-soft", cell: ({ place }) => place?.strategy },
  { name: "state", least: 6, worth: 7, cell: (line) => <State line={line} /> },
  {
    ...{ name: "restarts", least: 7, worth: 5, isFigure: true },
    cell: ({ place }) => place && <Restarts place={place} />,
  },
  {
    ...{ name: "runs for", least: 5.5, worth: 4, look: "text-soft" },
    cell: ({ place }) => place?.startedAt !== undefined && <Uptime since={place.startedAt} />,
  },
  {
    ...{ name: "last restart", least: 6, worth: 3, look: "text-soft" },
    cell: ({ place }) => place?.restartedAt !== undefined && <Time at={place.restartedAt} ago />,
  },
  {
    ...{ name: "last exit", least: 10, most: "2fr", worth: 6, look: "text-bad" },
    cell: ({ place }) =>
      place?.error && (
        <span title={plain(place.error.message)}>
          {plain(`${place.error.message} (${place.error.code})`)}
        </span>
      ),
  },
];

function Name({ line, onFold }: { readonly line: Line; readonly onFold: OnFold }) {
  const { place, name, system, level, ill, isOpen } = line;
  return (
    <span className="flex min-w-0 items-center gap-1" style={{ paddingLeft: (level - 1) * 18 }}>
      <Fold line={line} onFold={onFold} />
      <span
        className={`truncate ${place ? "" : "font-semibold"}`}
        title={plain(place ? name : `${name} ${system}`)}
      >
        {place && place.type !== "supervisor" ? <AgentName address={place.name} /> : plain(name)}
      </span>
      {ill > 0 && !isOpen && <span className="text-tiny text-warn">{countText(ill)} below not well</span>}
    </span>
  );
}

function State({ line: { place, answers } }: { readonly line: Line }) {
  if (place) return <ConditionWord tone={childTone(place)} word={childWord(place)} />;
  return <ConditionWord tone={answers ? "good" : "bad"} word={answers ? "answers" : "silent"} />;
}

function Restarts({ place }: { readonly place: NonNullable<Line["place"]> }) {
  const hasSome = (place.restarts ?? 0) + (place.intensity?.used ?? 0) > 0;
  return <span className={hasSome ? "text-warn" : "text-soft"}>{restartsText(place)}</span>;
}

function Uptime({ since }: { readonly since: string }) {
  const now = useNow(1000);
  return (
    <time dateTime={since} title={dateText(Date.parse(since))}>
      {spanText(Math.max(0, now - Date.parse(since)))}
    </time>
  );
}

function Fold({
  line: { id, hasChildren, isOpen, name },
  onFold,
}: {
  readonly line: Line;
  readonly onFold: OnFold;
}) {
  if (!hasChildren) return <span className="w-4 shrink-0" />;
  const Icon = isOpen ? ChevronDown : ChevronRight;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={`${isOpen ? "Close" : "Open"} ${plain(name)}`}
      className="shrink-0 rounded-chip text-soft hover:text-ink"
      onClick={(event) => (event.stopPropagation(), onFold(id, !isOpen))}
    >
      <Icon size={16} aria-hidden />
    </button>
  );
}
