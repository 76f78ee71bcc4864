/** List: the messages as a table, for who wants figures, and for who cannot see the diagram. */
import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import type { MessageRecord } from "../../api/types.ts";
import { Cells, Heads, LINE, placeAt, ROW, useFitting, type Fitting } from "../../parts/grid/cells.tsx";
import type { Column } from "../../parts/grid/columns.ts";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { clockText, plain, sizeText, spanText } from "../../parts/text.ts";
import { useWindow } from "../../parts/window.ts";
import { useFollow } from "./follow.ts";
import { NewBar } from "./newbar.tsx";
import type { Scene } from "./scene.ts";
import { sinceText } from "./shapes.ts";
import { chosenOf, saidIn, type Said } from "./shownrecords.ts";
import { useSaidBeside, useSteps } from "./steps.ts";

/** Characters of a payload that a row shows. */
const PREVIEW = 200;

export function ListView({ scene }: { readonly scene: Scene }) {
  const { records, choice, until, chosen, choose, begins, start } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const all = useMemo(() => saidIn(records), [records]);
  const said = useMemo(() => chosenOf(all, choice, until), [all, choice, until]);
  const view = useWindow(scroller, said.length, ROW);
  const shown = useFitting(columns, view.width);
  const following = useFollow(scroller, said.length, begins, until !== undefined, said.length * ROW);
  const { pause } = following;
  const pick = useCallback(
    (id: string) => {
      pause();
      choose(id);
    },
    [pause, choose],
  );
  useSteps(useSaidBeside(said, chosen), pick, following, scene.isOpen);
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
        <Heads {...shown} />
        <div role="rowgroup" className="relative" style={{ height: said.length * ROW }}>
          {view.rows.map((number) => {
            const each = said[number];
            return (
              each && (
                <Row
                  // Rows that scroll out are used again for those that scroll in.
                  key={number % view.slots}
                  {...{ said: each, number, start, shown, pick }}
                  isChosen={each.record.envelope.id === chosen}
                />
              )
            );
          })}
        </div>
      </div>
      <NewBar following={following} />
    </div>
  );
}

interface RowProps {
  readonly said: Said;
  readonly number: number;
  readonly start: number;
  readonly shown: Fitting<Column<Told>>;
  readonly isChosen: boolean;
  readonly pick: (id: string) => void;
}

const Row = memo(function Row({ said, number, start, shown, isChosen, pick }: RowProps) {
  const told = { ...said, number: number + 1, since: said.at - start };
  return (
    <div
      role="row"
      aria-rowindex={number + 2}
      aria-selected={isChosen}
      className={`${LINE} cursor-pointer [contain:strict]`}
      style={{ ...placeAt(number), gridTemplateColumns: shown.template }}
      onClick={() => pick(said.record.envelope.id)}
    >
      <Cells columns={shown.columns} item={told} />
    </div>
  );
});

interface Told extends Said {
  readonly number: number;
  readonly since: number;
}

const columns: readonly Column<Told>[] = [
  { name: "#", least: 3.5, worth: 5, look: "text-soft", cell: ({ number }) => number },
  { name: "time", least: 6.5, worth: 9, look: "font-mono text-tiny", cell: ({ at }) => clockText(at) },
  {
    ...{ name: "since", least: 5.5, worth: 1, look: "font-mono text-tiny text-soft" },
    cell: ({ since }) => sinceText(since),
  },
  {
    ...{ name: "kind", least: 5, worth: 4 },
    cell: ({ record: { envelope } }) => <Kind verb={envelope.verb} type={envelope.type} />,
  },
  {
    ...{ name: "from → to", least: 9, most: "14rem" },
    cell: ({ from, to }) => (
      <>
        {plain(from)} <span className="text-soft">→</span> {plain(to)}
      </>
    ),
  },
  {
    ...{ name: "operation", least: 6, most: "10rem", worth: 8 },
    cell: ({ record: { envelope } }) => plain(envelope.operation || envelope.type),
  },
  { name: "state", least: 5.5, worth: 10, cell: ({ record }) => <Status state={record.state} /> },
  {
    ...{ name: "attempts", least: 4, worth: 2, isFigure: true, look: "text-soft" },
    cell: ({ record }) => record.attempts.length,
  },
  {
    ...{ name: "took", least: 4.5, worth: 6, isFigure: true, look: "text-soft" },
    cell: ({ record }) => tookText(record),
  },
  {
    ...{ name: "payload or reason", least: 8, most: "1fr", worth: 7, look: "font-mono text-tiny" },
    cell: ({ record }) => <Payload record={record} />,
  },
];

function Payload({ record: { envelope, attempts } }: Pick<Said, "record">) {
  const error = attempts.at(-1)?.error;
  return error === undefined ? (
    <span className="text-soft">{previewOf(envelope)}</span>
  ) : (
    <span className="text-bad">{plain(`✖ ${error.message}`)}</span>
  );
}

function tookText({ envelope, attempts }: MessageRecord): string {
  const end = attempts.at(-1)?.endedAt;
  return end === undefined ? "" : spanText(Math.max(0, Date.parse(end) - Date.parse(envelope.sentAt)));
}

/** A larger payload is not written out for its beginning, in bytes. */
const LARGE = 8192;

function previewOf({ payload, size = 0 }: MessageRecord["envelope"]): string {
  if (payload === undefined) return "";
  if (size > LARGE) return `${typeof payload === "string" ? "text" : "data"} of ${sizeText(size)}`;
  const text = typeof payload === "string" ? payload : JSON.stringify(payload);
  return plain(text.slice(0, PREVIEW));
}
