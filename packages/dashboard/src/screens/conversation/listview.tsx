/** List: the messages as a table, for who wants figures, and for who cannot see the diagram. */
import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import type { MessageRecord } from "../../api/types.ts";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { clockText, plain, sizeText, spanText } from "../../parts/text.ts";
import { useWindow } from "../../parts/window.ts";
import { useFollow } from "./follow.ts";
import { NewBar } from "./newbar.tsx";
import type { Scene } from "./scene.ts";
import { sinceText } from "./shapes.ts";
import { chosenOf, saidIn, type Said } from "./shownrecords.ts";
import { useSteps } from "./steps.ts";

const ROW = 28;
const COLUMNS =
  "grid grid-cols-[3.5rem_6.5rem_5.5rem_5rem_minmax(9rem,14rem)_minmax(6rem,10rem)_5.5rem_4rem_4.5rem_minmax(10rem,1fr)] gap-x-3 [&>*]:truncate";
const names = [
  "#",
  "time",
  "since",
  "kind",
  "from → to",
  "operation",
  "state",
  "attempts",
  "took",
  "payload or reason",
];
/** Characters of a payload that a row shows. */
const PREVIEW = 200;

export function ListView({ scene }: { readonly scene: Scene }) {
  const { records, choice, until, chosen, choose, begins, start } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const all = useMemo(() => saidIn(records), [records]);
  const said = useMemo(() => chosenOf(all, choice, until), [all, choice, until]);
  const view = useWindow(scroller, said.length, ROW);
  const following = useFollow(scroller, said.length, begins, until !== undefined, said.length * ROW);
  const { pause } = following;
  const pick = useCallback(
    (id: string) => {
      pause();
      choose(id);
    },
    [pause, choose],
  );
  useSteps(said, chosen, pick, following, scene.isOpen);
  const row = chosen === undefined ? -1 : said.findIndex(({ record }) => record.envelope.id === chosen);
  useEffect(() => {
    const at = scroller.current;
    if (!at || row < 0) return;
    const top = row * ROW;
    if (top < at.scrollTop || top + ROW * 2 > at.scrollTop + at.clientHeight)
      at.scrollTo({ top: top - at.clientHeight / 3 });
  }, [row]);
  return (
    <div className="relative h-full">
      <div
        ref={scroller}
        data-scroller
        role="grid"
        aria-label="Messages of the conversation, in order"
        aria-rowcount={said.length + 1}
        tabIndex={0}
        className="h-full overflow-auto text-small"
        onScroll={() => {
          view.scrolled(() => undefined, false);
          following.scrolled();
        }}
      >
        <div
          role="row"
          aria-rowindex={1}
          className={`${COLUMNS} sticky top-0 z-5 min-w-[64rem] border-b border-line bg-panel px-3 py-1 text-tiny text-soft`}
        >
          {names.map((name) => (
            <span
              role="columnheader"
              key={name}
              className={name === "attempts" || name === "took" ? "text-right" : ""}
            >
              {name}
            </span>
          ))}
        </div>
        <div role="rowgroup" className="relative min-w-[64rem]" style={{ height: said.length * ROW }}>
          {view.rows.map((number) => {
            const each = said[number];
            return (
              each && (
                <div
                  // Rows that scroll out are used again for those that scroll in.
                  key={number % view.slots}
                  role="row"
                  aria-rowindex={number + 2}
                  aria-selected={each.record.envelope.id === chosen}
                  className={`${COLUMNS} absolute right-0 left-0 cursor-pointer items-center [contain:strict] border-b border-line/60 px-3 hover:bg-hover aria-selected:bg-chosen`}
                  style={{ height: ROW, transform: `translateY(${number * ROW}px)` }}
                  onClick={() => pick(each.record.envelope.id)}
                >
                  <Cells said={each} number={number + 1} start={start} />
                </div>
              )
            );
          })}
        </div>
      </div>
      <NewBar following={following} />
    </div>
  );
}

const Cells = memo(function Cells({
  said,
  number,
  start,
}: {
  readonly said: Said;
  readonly number: number;
  readonly start: number;
}) {
  const { record, from, to, at } = said;
  const { envelope, state, attempts } = record;
  const error = attempts.at(-1)?.error;
  const took = tookOf(record);
  return (
    <>
      <span role="gridcell" className="text-soft">
        {number}
      </span>
      <span role="gridcell" className="font-mono text-tiny">
        {clockText(at)}
      </span>
      <span role="gridcell" className="font-mono text-tiny text-soft">
        {sinceText(at - start)}
      </span>
      <span role="gridcell">
        <Kind verb={envelope.verb} type={envelope.type} />
      </span>
      <span role="gridcell">
        {plain(from)} <span className="text-soft">→</span> {plain(to)}
      </span>
      <span role="gridcell">{plain(envelope.operation || envelope.type)}</span>
      <span role="gridcell">
        <Status state={state} />
      </span>
      <span role="gridcell" className="text-right text-soft">
        {attempts.length}
      </span>
      <span role="gridcell" className="text-right text-soft">
        {took === undefined ? "" : spanText(took)}
      </span>
      <span role="gridcell" className={`font-mono text-tiny ${error ? "text-bad" : "text-soft"}`}>
        {error ? plain(`✖ ${error.message}`) : previewOf(envelope)}
      </span>
    </>
  );
});

function tookOf({ envelope, attempts }: MessageRecord): number | undefined {
  const end = attempts.at(-1)?.endedAt;
  return end === undefined ? undefined : Math.max(0, Date.parse(end) - Date.parse(envelope.sentAt));
}

/** A larger payload is not written out for its beginning, in bytes. */
const LARGE = 8192;

function previewOf({ payload, size = 0 }: MessageRecord["envelope"]): string {
  if (payload === undefined) return "";
  if (size > LARGE) return `${typeof payload === "string" ? "text" : "data"} of ${sizeText(size)}`;
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return plain(text.slice(0, PREVIEW));
}
