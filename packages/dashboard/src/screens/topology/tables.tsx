/** Tables: all that the picture tells, and what it leaves out, in rows. */
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import type { AgentStatus, Edge } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Box } from "../../parts/screen.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { countText, counted, plain, rateText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { placeOf } from "../agents/rows.ts";
import { amountOf, idOf, labelOf, tintOf, whereOf } from "./ends.ts";
import { EndName } from "./endname.tsx";
import { wordOf } from "./words.ts";
import { toPicture, type Dot } from "./picture.ts";

/** Each for itself, however many. */
const apart = { grouping: "nothing", open: new Set<string>(), most: Infinity } as const;

/** Rows that are drawn at a time. */
const STEP = 300;

export interface TablesProps {
  readonly agents: readonly AgentStatus[];
  readonly edges: readonly Edge[];
  readonly seconds: number;
  readonly words: string;
}

export function Tables({ agents, edges, seconds, words }: TablesProps) {
  const { dots } = useMemo(() => toPicture(agents, edges, [], apart), [agents, edges]);
  const wanted = words.trim().toLowerCase();
  const fits = (text: string): boolean => text.toLowerCase().includes(wanted);
  const traffic = edges.filter(({ from, to }) => fits(labelOf(from)) || fits(labelOf(to)));
  const alone = dots.filter(({ label }) => fits(label));
  const columns = useMemo(() => trafficColumns(seconds), [seconds]);
  return (
    <div className="grid gap-4 p-4">
      <Box title={`Traffic of the last 5 minutes: ${counted(traffic.length, "pair")}`}>
        <Part
          items={traffic}
          label="Who sent how much to whom in the last 5 minutes"
          columns={columns}
          keyOf={edgeKey}
        />
      </Box>
      <Box title={`Who is there: ${countText(alone.length)}`}>
        <Part items={alone} label="Agents, people, topics and systems" columns={dotColumns} keyOf={dotKey} />
      </Box>
    </div>
  );
}

function Part<T>({
  items,
  ...rest
}: {
  readonly items: readonly T[];
  readonly label: string;
  readonly columns: readonly Column<T>[];
  readonly keyOf: (item: T) => string;
}) {
  const [most, setMost] = useState(STEP);
  const shown = useMemo(() => items.slice(0, most), [items, most]);
  if (items.length === 0) return <p className="text-small text-soft">None.</p>;
  return (
    <div className="overflow-x-auto">
      <Table items={shown} {...rest} />
      {items.length > most && (
        <p className="flex items-center gap-3 pt-2 text-small text-soft">
          <Button onClick={() => setMost(most + STEP)}>Show more</Button>
          {countText(most)} of {countText(items.length)} are shown.
        </p>
      )}
    </div>
  );
}

const edgeKey = ({ from, to }: Edge): string =>
  `${idOf(from)}${from.keyed ? "#" : ""}\n${idOf(to)}${to.keyed ? "#" : ""}`;
const dotKey = ({ id }: Dot): string => id;

const tints = { plain: "text-soft", warn: "text-warn", bad: "text-bad" } as const;

function trafficColumns(seconds: number): readonly Column<Edge>[] {
  return [
    { name: "from", cell: ({ from }) => <EndName end={from} />, by: ({ from }) => labelOf(from) },
    { name: "to", cell: ({ to }) => <EndName end={to} />, by: ({ to }) => labelOf(to) },
    {
      name: "per second",
      cell: (edge) => rateText(amountOf(edge) / seconds),
      by: amountOf,
      isFigure: true,
    },
    { name: "messages", cell: (edge) => countText(amountOf(edge)), by: amountOf, isFigure: true },
    {
      name: "failed",
      cell: (edge) => <span className={tints[tintOf(edge)]}>{countText(edge.failed)}</span>,
      by: ({ failed }) => failed,
      isFigure: true,
    },
    {
      name: "tried again",
      from: 44,
      cell: ({ retried }) => countText(retried),
      by: ({ retried }) => retried,
      isFigure: true,
    },
    { name: "last", from: 36, cell: ({ lastAt }) => <Time at={lastAt} ago />, by: ({ lastAt }) => lastAt },
    {
      name: "messages of it",
      cell: (edge) => (
        <Link
          to="/live"
          search={{ where: whereOf(edge) }}
          className="underline decoration-line underline-offset-2"
        >
          Live
          <span className="sr-only">
            : {plain(labelOf(edge.from))} to {plain(labelOf(edge.to))}
          </span>
        </Link>
      ),
    },
  ];
}

const dotColumns: readonly Column<Dot>[] = [
  { name: "name", cell: ({ ends: [end] }) => end && <EndName end={end} />, by: ({ label }) => label },
  { name: "kind", cell: ({ kind }) => kind, by: ({ kind }) => kind },
  { name: "how it does", cell: wordOf, by: wordOf },
  {
    name: "runs in",
    cell: ({ agent }) => agent && plain(placeOf(agent)),
    by: ({ agent }) => (agent ? placeOf(agent) : ""),
  },
  {
    name: "waiting",
    cell: ({ agent }) => agent?.mailbox && countText(agent.mailbox.waiting),
    by: ({ agent }) => agent?.mailbox?.waiting ?? 0,
    isFigure: true,
  },
];
