/** Letters: the dead letters of a cause, oldest first; more come as one scrolls. Only the rows on the screen are drawn. */
import { RotateCcw } from "lucide-react";
import { useEffect, useRef } from "react";
import type { DeadLetter } from "../../api/types.ts";
import { AgentName, MessageId } from "../../parts/links.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { useWindow } from "../../parts/window.ts";

const ROW = 28;
const COLUMNS =
  "grid grid-cols-[1.5rem_6.5rem_6rem_minmax(8rem,15rem)_minmax(5rem,9rem)_4rem_6.5rem_minmax(8rem,1fr)] items-center gap-x-3 px-3";

export interface LettersProps {
  readonly letters: readonly DeadLetter[];
  readonly chosen: string | undefined;
  readonly picked: ReadonlySet<string>;
  readonly onChoose: (id: string) => void;
  readonly onPick: (ids: readonly string[], on: boolean) => void;
  /** More are wanted. */
  readonly onEnd: () => void;
}

export function Letters({ letters, chosen, picked, onChoose, onPick, onEnd }: LettersProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow(scroller, letters.length, ROW);
  const last = view.rows.at(-1) ?? 0;
  useEffect(() => {
    if (last >= letters.length - 1) onEnd();
  }, [last, letters.length, onEnd]);
  const at = letters.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    const box = scroller.current;
    if (!box || at < 0) return;
    const top = at * ROW;
    if (top < box.scrollTop) box.scrollTo({ top });
    else if (top + ROW > box.scrollTop + box.clientHeight)
      box.scrollTo({ top: top + ROW - box.clientHeight });
  }, [at]);
  const isAll = letters.length > 0 && letters.every(({ id }) => picked.has(id));
  return (
    <div
      role="grid"
      aria-label="Dead letters"
      aria-rowcount={letters.length}
      className="flex min-h-0 grow flex-col overflow-x-auto text-small"
    >
      <div className="flex min-h-0 min-w-[54rem] grow flex-col">
        <div role="row" className={`${COLUMNS} border-b border-line py-1 text-tiny text-soft`}>
          <span role="columnheader">
            <input
              type="checkbox"
              aria-label="Pick all that are loaded"
              checked={isAll}
              onChange={() =>
                onPick(
                  letters.map(({ id }) => id),
                  !isAll,
                )
              }
            />
          </span>
          {["died", "message", "from → to", "operation", "attempts", "", "error"].map((name) => (
            <span
              role="columnheader"
              key={name}
              className={name === "attempts" ? "text-right" : ""}
              aria-label={name === "" ? "redriven" : undefined}
            >
              {name}
            </span>
          ))}
        </div>
        <div
          ref={scroller}
          role="rowgroup"
          tabIndex={0}
          className="min-h-0 grow overflow-auto outline-none"
          onScroll={() => view.scrolled(onEnd, true)}
        >
          <div role="presentation" className="relative" style={{ height: letters.length * ROW }}>
            {view.rows.map((row) => {
              const letter = letters[row];
              return (
                letter && (
                  <div
                    key={letter.id}
                    role="row"
                    aria-rowindex={row + 1}
                    aria-selected={letter.id === chosen}
                    className={`${COLUMNS} absolute right-0 left-0 border-b border-line/60 hover:bg-hover aria-selected:bg-chosen [&>*]:truncate`}
                    style={{ height: ROW, transform: `translateY(${row * ROW}px)` }}
                    onClick={() => onChoose(letter.id)}
                  >
                    <Cells
                      letter={letter}
                      isPicked={picked.has(letter.id)}
                      onPick={(on) => onPick([letter.id], on)}
                    />
                  </div>
                )
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

function Cells({
  letter: { envelope, diedAt, attempts, error, reason, generation, mailbox },
  isPicked,
  onPick,
}: {
  readonly letter: DeadLetter;
  readonly isPicked: boolean;
  readonly onPick: (on: boolean) => void;
}) {
  return (
    <>
      <span role="gridcell" onClick={(event) => event.stopPropagation()}>
        <input
          type="checkbox"
          aria-label={`Pick ${envelope.id}`}
          checked={isPicked}
          onChange={(event) => onPick(event.target.checked)}
        />
      </span>
      <span role="gridcell" className="text-soft">
        <Time at={diedAt} ago />
      </span>
      <span role="gridcell">
        <MessageId id={envelope.id} />
      </span>
      <span role="gridcell">
        <AgentName address={envelope.from} /> <span className="text-soft">→</span>{" "}
        <AgentName address={mailbox ?? envelope.to} />
      </span>
      <span role="gridcell">{plain(envelope.operation)}</span>
      <span role="gridcell" className="text-right">
        {attempts.length}
      </span>
      <span role="gridcell">
        <Redriven generation={generation} />
      </span>
      <span role="gridcell" className="font-mono text-tiny text-bad">
        {plain((error?.message ?? reason).slice(0, 300))}
      </span>
    </>
  );
}

/** How often it came back from the dead letters before. */
export function Redriven({ generation }: { readonly generation: number }) {
  if (generation === 0) return null;
  return (
    <span className="inline-flex items-center gap-1 rounded-chip bg-warnwash px-1.5 text-tiny text-warn">
      <RotateCcw size={11} aria-hidden />
      redriven ×{generation}
    </span>
  );
}
