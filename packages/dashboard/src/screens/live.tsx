/** Live: every message as it is sent and settled. It follows while nobody reads; who scrolls or chooses a row is left in peace. */
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../app/keys.ts";
import { useView } from "../app/view.ts";
import { live, useLive } from "../live/live.ts";
import type { Entry, Message } from "../live/log.ts";
import { Command, Empty } from "../parts/empty.tsx";
import { Button } from "../parts/button.tsx";
import { FilterBox } from "../parts/filterbox.tsx";
import { Kind } from "../parts/kind.tsx";
import { Problem } from "../parts/problem.tsx";
import { Status } from "../parts/status.tsx";
import { clockText, countText, nameOf, plain, sizeText, spanText } from "../parts/text.ts";
import { useWindow } from "../parts/window.ts";

const ROW = 26;
const COLUMNS = "grid grid-cols-[7rem_5rem_14rem_9rem_6rem_4.5rem_4.5rem_minmax(8rem,1fr)] gap-x-3";

export function LiveScreen() {
  const [{ where = "", id }, change] = useView();
  const { log, link } = useLive(where);
  // Where the log ended when it was paused; undefined while it is followed.
  const [end, setEnd] = useState<number>();
  const scroller = useRef<HTMLDivElement>(null);
  const last = Math.min(end ?? log.next, log.next);
  const first = Math.min(log.first, last);
  const view = useWindow(scroller, last - first, ROW);
  const pause = useCallback(() => setEnd((before) => before ?? log.next), [log]);
  const follow = useCallback(() => setEnd(undefined), []);
  useEffect(() => {
    if (end === undefined) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  });
  const choose = useCallback(
    (chosen: string | undefined) => (pause(), change({ id: chosen })),
    [pause, change],
  );
  useKeys(
    useMemo(() => {
      const step = (by: number): void => {
        const from = (id === undefined ? undefined : live.log.numberOf(id)) ?? live.log.next;
        for (let at = from + by; at >= live.log.first && at < live.log.next; at += by) {
          const entry = live.log.at(at);
          if (entry?.kind === "message") return choose(entry.id);
        }
      };
      return [
        { keys: " ", does: "Pause or follow", run: () => (end === undefined ? pause() : follow()) },
        { keys: "G", does: "Follow the newest", run: follow },
        { keys: "j", does: "Next message", run: () => step(1) },
        { keys: "k", does: "Message before", run: () => step(-1) },
        { keys: "Escape", does: "Choose nothing", run: () => change({ id: undefined }) },
      ];
    }, [id, end, pause, follow, choose, change]),
  );
  if (link.state === "refused") return <Problem error={link.error} again={() => live.again()} />;
  return (
    <section aria-label="Live" className="flex h-full flex-col">
      <div className="flex items-center gap-2 border-b border-line bg-panel px-3 py-2">
        <FilterBox where={where} onWhere={(next) => change({ where: next })} />
        <Button onClick={end === undefined ? pause : follow}>{end === undefined ? "Pause" : "Follow"}</Button>
      </div>
      <div
        role="grid"
        aria-label="Messages"
        aria-rowcount={last - first}
        className="relative flex min-h-0 grow flex-col text-small"
      >
        <div role="row" className={`${COLUMNS} border-b border-line bg-panel px-3 py-1 text-tiny text-soft`}>
          {["time", "kind", "from → to", "operation", "state", "took", "size", "payload"].map((name) => (
            <span role="columnheader" key={name}>
              {name}
            </span>
          ))}
        </div>
        {last === first && (
          <Empty title={where === "" ? "Nothing has been said yet" : "Nothing fits the filter yet"}>
            {where === "" ? (
              <>
                Say something: <Command>npx hermod call writer draft</Command>
              </>
            ) : (
              "Only what comes from now on is shown here; what was said before is under Messages."
            )}
          </Empty>
        )}
        <div
          ref={scroller}
          tabIndex={0}
          className="min-h-0 grow overflow-auto outline-none"
          onWheel={(event) => event.deltaY < 0 && pause()}
          onScroll={() => view.scrolled(() => follow(), end !== undefined)}
        >
          <div className="relative" style={{ height: (last - first) * ROW }}>
            {view.rows.map((row) => {
              const entry = log.at(first + row);
              return (
                entry && (
                  <div
                    key={first + row}
                    role="row"
                    aria-rowindex={row + 1}
                    aria-selected={entry.kind === "message" && entry.id === id}
                    className="absolute right-0 left-0 flex items-center border-b border-line/60 px-3 hover:bg-hover aria-selected:bg-chosen"
                    style={{ height: ROW, transform: `translateY(${row * ROW}px)` }}
                    onClick={() => entry.kind === "message" && choose(entry.id)}
                  >
                    <EntryCells entry={entry} />
                  </div>
                )
              );
            })}
          </div>
        </div>
        {end !== undefined && (
          <button
            type="button"
            className="absolute bottom-3 left-1/2 -translate-x-1/2 rounded-box border border-accent bg-raised px-3 py-1 text-small shadow-float"
            onClick={follow}
          >
            Paused, {countText(Math.max(0, log.next - end))} new (G to resume)
          </button>
        )}
      </div>
    </section>
  );
}

function EntryCells({ entry }: { readonly entry: Entry }) {
  return entry.kind === "message" ? <MessageCells message={entry} /> : <GapCell missed={entry.missed} />;
}

function GapCell({ missed }: { readonly missed: number | null }) {
  return (
    <span role="gridcell" className="text-warn">
      ⋯ {missed === null ? "some messages were" : `${countText(missed)} events were`} missed here: the page
      was too slow or cut off
    </span>
  );
}

function MessageCells({ message }: { readonly message: Message }) {
  const { sentAt, verb, type, from, to, topic, operation, state, ms, size, preview, error } = message;
  return (
    <div className={`${COLUMNS} w-full items-center [&>*]:truncate`}>
      <span role="gridcell" className="font-mono text-tiny text-soft">
        {clockText(sentAt)}
      </span>
      <span role="gridcell">
        <Kind verb={verb} type={type} />
      </span>
      <span role="gridcell">
        {nameOf(from)} <span className="text-soft">→</span> {to === undefined ? (topic ?? "") : nameOf(to)}
      </span>
      <span role="gridcell">{operation}</span>
      <span role="gridcell">
        <Status state={state} />
      </span>
      <span role="gridcell" className="text-right text-soft">
        {ms === undefined ? "" : spanText(ms)}
      </span>
      <span role="gridcell" className="text-right text-soft">
        {sizeText(size)}
      </span>
      <span
        role="gridcell"
        className={`font-mono text-tiny ${error === undefined ? "text-soft" : "text-bad"}`}
      >
        {plain(error ?? preview)}
      </span>
    </div>
  );
}
