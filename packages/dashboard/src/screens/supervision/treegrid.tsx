/** Tree grid: the lines that are in sight, however many there are. Arrows walk it: up and down, right opens, left closes or leads to what is above. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { useEffect, useMemo, useRef } from "react";
import type { Child } from "../../api/types.ts";
import { useKeys } from "../../app/keys.ts";
import { ConditionWord } from "../../parts/condition.tsx";
import { AgentName } from "../../parts/links.tsx";
import { useNow } from "../../parts/now.ts";
import { countText, dateText, plain, spanText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { useWindow } from "../../parts/window.ts";
import { childTone, childWord, restartsText, type Line } from "./places.ts";
import { walk } from "./walk.ts";

const HEIGHT = 28;
const LAYOUT =
  "grid w-full grid-cols-[minmax(15rem,1.4fr)_5.5rem_6.5rem_6rem_7rem_5.5rem_6rem_minmax(12rem,2fr)] gap-x-3 items-center";

export interface TreeGridProps {
  readonly lines: readonly Line[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string | undefined) => void;
  readonly onFold: (id: string, isOpen: boolean) => void;
  readonly onOpen: (place: Child | undefined) => void;
}

export function TreeGrid({ lines, chosen, onChoose, onFold, onOpen }: TreeGridProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow(scroller, lines.length, HEIGHT);
  const at = lines.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    const box = scroller.current;
    if (!box || at < 0) return;
    if (at * HEIGHT < box.scrollTop) box.scrollTop = at * HEIGHT;
    else if ((at + 2) * HEIGHT > box.scrollTop + box.clientHeight)
      box.scrollTop = (at + 2) * HEIGHT - box.clientHeight;
  }, [at]);
  useKeys(
    useMemo(() => {
      const press = (key: string): void => {
        const step = walk(lines, chosen, key);
        if (step?.fold) onFold(step.fold.id, step.fold.isOpen);
        if (step?.choose !== undefined) onChoose(step.choose);
      };
      const keys = {
        ArrowDown: "Next line",
        ArrowUp: "Line before",
        ArrowRight: "Open the branch",
        ArrowLeft: "Close the branch, or go up",
        Home: "First line",
        End: "Last line",
        j: "Next line",
        k: "Line before",
      };
      return [
        ...Object.entries(keys).map(([key, does]) => ({ keys: key, does, run: () => press(key) })),
        {
          keys: "Enter",
          does: "Open the agent",
          run: () => onOpen(lines.find(({ id }) => id === chosen)?.place),
        },
        { keys: "Escape", does: "Choose nothing", run: () => onChoose(undefined) },
      ];
    }, [lines, chosen, onChoose, onFold]),
  );
  return (
    <div
      ref={scroller}
      role="treegrid"
      aria-label="What runs"
      aria-rowcount={lines.length + 1}
      tabIndex={0}
      className="min-h-0 grow overflow-auto text-small outline-offset-[-2px]"
      onScroll={() => view.scrolled(() => undefined, false)}
    >
      <div
        role="row"
        aria-rowindex={1}
        className={`${LAYOUT} sticky top-0 min-w-[64rem] z-1 border-b border-line bg-panel px-3 py-1 text-tiny text-soft`}
      >
        {["name", "type", "strategy", "state", "restarts", "runs for", "last restart", "last exit"].map(
          (name) => (
            <span role="columnheader" key={name} className={name === "restarts" ? "text-right" : ""}>
              {name}
            </span>
          ),
        )}
      </div>
      <div role="rowgroup" className="relative min-w-[64rem]" style={{ height: lines.length * HEIGHT }}>
        {view.rows.map((row) => {
          const line = lines[row];
          return (
            line && (
              <div
                key={line.id}
                role="row"
                aria-rowindex={row + 2}
                aria-level={line.level}
                aria-posinset={line.position}
                aria-setsize={line.siblings}
                aria-expanded={line.hasChildren ? line.isOpen : undefined}
                aria-selected={line.id === chosen}
                className="absolute right-0 left-0 flex items-center border-b border-line/60 px-3 hover:bg-hover aria-selected:bg-chosen"
                style={{ height: HEIGHT, transform: `translateY(${row * HEIGHT}px)` }}
                onClick={() => onChoose(line.id)}
                onDoubleClick={() => line.hasChildren && onFold(line.id, !line.isOpen)}
              >
                <Cells line={line} onFold={onFold} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}

function Cells({ line, onFold }: { readonly line: Line; readonly onFold: TreeGridProps["onFold"] }) {
  const { place } = line;
  return (
    <div className={LAYOUT}>
      <span
        role="gridcell"
        className="flex min-w-0 items-center gap-1"
        style={{ paddingLeft: (line.level - 1) * 18 }}
      >
        <Fold line={line} onFold={onFold} />
        <span
          className={`truncate ${place ? "" : "font-semibold"}`}
          title={plain(place ? line.name : `${line.name} ${line.system}`)}
        >
          {place && place.type !== "supervisor" ? <AgentName address={place.name} /> : plain(line.name)}
        </span>
        {line.ill > 0 && !line.isOpen && (
          <span className="text-tiny text-warn">{countText(line.ill)} below not well</span>
        )}
      </span>
      <span role="gridcell" className="text-soft">
        {place?.type ?? "system"}
      </span>
      <span role="gridcell" className="text-soft">
        {place?.strategy ?? ""}
      </span>
      <span role="gridcell">
        {place ? (
          <ConditionWord tone={childTone(place)} word={childWord(place)} />
        ) : (
          <ConditionWord tone={line.answers ? "good" : "bad"} word={line.answers ? "answers" : "silent"} />
        )}
      </span>
      <span
        role="gridcell"
        className={`text-right ${place && (place.restarts ?? 0) + (place.intensity?.used ?? 0) > 0 ? "text-warn" : "text-soft"}`}
      >
        {place ? restartsText(place) : ""}
      </span>
      <span role="gridcell" className="text-soft">
        {place?.startedAt !== undefined && <Uptime since={place.startedAt} />}
      </span>
      <span role="gridcell" className="text-soft">
        {place?.restartedAt !== undefined && <Time at={place.restartedAt} ago />}
      </span>
      <span
        role="gridcell"
        className={`truncate ${place?.error ? "text-bad" : "text-soft"}`}
        title={plain(place?.error?.message ?? "")}
      >
        {place?.error ? plain(`${place.error.message} (${place.error.code})`) : ""}
      </span>
    </div>
  );
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
  readonly onFold: TreeGridProps["onFold"];
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
