/** Columns: what a row of messages can show, and which of them somebody wants to see; kept in this browser. */
import { useMemo, useState, type ReactNode } from "react";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { clockText, dateText, nameOf, plain, shortId, sizeText, spanText } from "../../parts/text.ts";
import type { Line } from "./line.ts";

export interface Column {
  readonly name: string;
  /** As the grid's template says it, and the least that it needs, in rem. */
  readonly width: string;
  readonly least: number;
  readonly isFigure?: boolean;
  readonly isOff?: boolean;
  readonly look?: string;
  readonly cell: (line: Line) => ReactNode;
}

const priorities = ["", "low", "normal", "high", "urgent"];

export const columns: readonly Column[] = [
  {
    name: "time",
    width: "6rem",
    least: 6,
    look: "font-mono text-tiny text-soft",
    cell: ({ sentAt }) => clockText(sentAt),
  },
  {
    name: "date",
    width: "6rem",
    least: 6,
    isOff: true,
    look: "font-mono text-tiny text-soft",
    cell: ({ sentAt }) => dateText(sentAt).slice(0, 10),
  },
  { name: "kind", width: "5rem", least: 5, cell: ({ verb, type }) => <Kind verb={verb} type={type} /> },
  { name: "from → to", width: "minmax(10rem,14rem)", least: 10, cell: (line) => <Way line={line} /> },
  { name: "operation", width: "6.5rem", least: 6.5, cell: ({ operation }) => plain(operation) },
  { name: "type", width: "6rem", least: 6, isOff: true, look: "text-soft", cell: ({ type }) => type },
  { name: "state", width: "4.75rem", least: 4.75, cell: ({ state }) => <Status state={state} /> },
  {
    name: "attempts",
    width: "3.75rem",
    least: 3.75,
    isFigure: true,
    look: "text-soft",
    cell: ({ attempts }) => (attempts > 1 ? attempts : ""),
  },
  {
    name: "took",
    width: "4rem",
    least: 4,
    isFigure: true,
    look: "text-soft",
    cell: ({ ms }) => (ms === undefined ? "" : spanText(ms)),
  },
  {
    name: "size",
    width: "3.5rem",
    least: 3.5,
    isFigure: true,
    look: "text-soft",
    cell: ({ size }) => sizeText(size),
  },
  {
    name: "priority",
    width: "4.5rem",
    least: 4.5,
    isOff: true,
    look: "text-soft",
    cell: ({ priority }) => priorities[priority] ?? priority,
  },
  {
    name: "conversation",
    width: "7.5rem",
    least: 7.5,
    isOff: true,
    look: "font-mono text-tiny text-soft",
    cell: ({ conversation }) => plain(shortId(conversation)),
  },
  {
    name: "id",
    width: "7.5rem",
    least: 7.5,
    isOff: true,
    look: "font-mono text-tiny text-soft",
    cell: ({ id }) => plain(shortId(id)),
  },
  { name: "payload", width: "minmax(12rem,1fr)", least: 12, cell: (line) => <Said line={line} /> },
];

export interface Way {
  readonly from: string;
  readonly to?: string | undefined;
  readonly topic?: string | undefined;
}

export function Way({ line: { from, to, topic } }: { readonly line: Way }) {
  return (
    <>
      {plain(nameOf(from))} <span className="text-soft">→</span>{" "}
      {to === undefined ? <span className="text-info">{plain(topic ?? "")}</span> : plain(nameOf(to))}
    </>
  );
}

function Said({ line: { error, preview } }: { readonly line: Line }) {
  return (
    <span className={`font-mono text-tiny ${error === undefined ? "text-soft" : "text-bad"}`}>
      {plain(error ?? preview)}
    </span>
  );
}

const SHOWN = "hermod.columns";

function shownAtFirst(): readonly string[] {
  const kept = localStorage.getItem(SHOWN)?.split(",");
  const known = columns.filter(({ name, isOff }) => (kept ? kept.includes(name) : !isOff));
  return known.map(({ name }) => name);
}

/** The columns that are shown, in their order, and how to turn one on or off. */
export function useColumns(): readonly [readonly Column[], (name: string) => void] {
  const [shown, setShown] = useState(shownAtFirst);
  const toggle = (name: string): void => {
    const next = shown.includes(name) ? shown.filter((each) => each !== name) : [...shown, name];
    localStorage.setItem(SHOWN, next.join(","));
    setShown(next);
  };
  const those = useMemo(() => columns.filter(({ name }) => shown.includes(name)), [shown]);
  return [those, toggle];
}
