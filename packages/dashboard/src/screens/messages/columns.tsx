/** Columns: what a row of messages can show, and which of them somebody wants to see; kept in this browser. */
import { useMemo, useState } from "react";
import type { MessageType, State, Verb } from "../../api/types.ts";
import type { Column as GridColumn } from "../../parts/grid/columns.ts";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { clockText, dateText, nameOf, plain, shortId, sizeText, spanText } from "../../parts/text.ts";
import type { Line } from "./line.ts";

export interface Column extends GridColumn<Line> {
  /** Whether it is shown only where somebody wants to see it. */
  readonly isOff?: boolean;
}

const priorities = ["", "low", "normal", "high", "urgent"];

/** What was said, or why it failed. */
export const payload = { name: "payload", least: 8, most: "1fr", worth: 5 } as const;

/** What a row knows here and in the live table. */
export interface Told extends Way {
  readonly sentAt: number;
  readonly verb: Verb;
  readonly type: MessageType;
  readonly operation: string;
  readonly state: State;
  readonly ms: number | undefined;
  readonly size: number;
}

const soft = { isFigure: true, look: "text-soft" } as const;
const small = "font-mono text-tiny text-soft";

export const told = {
  time: { name: "time", least: 6, worth: 7, look: small, cell: ({ sentAt }) => clockText(sentAt) },
  kind: { name: "kind", least: 5, worth: 4, cell: ({ verb, type }) => <Kind verb={verb} type={type} /> },
  way: { name: "from → to", least: 10, most: "14rem", cell: (line) => <Way line={line} /> },
  operation: { name: "operation", least: 6.5, worth: 6, cell: ({ operation }) => plain(operation) },
  state: { name: "state", least: 4.75, worth: 9, cell: ({ state }) => <Status state={state} /> },
  took: {
    name: "took",
    least: 4,
    worth: 3,
    ...soft,
    cell: ({ ms }) => (ms === undefined ? "" : spanText(ms)),
  },
  size: { name: "size", least: 3.5, worth: 2, ...soft, cell: ({ size }) => sizeText(size) },
} as const satisfies Readonly<Record<string, GridColumn<Told>>>;

/** What somebody has turned on goes late. */
const extra = { isOff: true, worth: 8, look: small } as const;

export const columns: readonly Column[] = [
  told.time,
  { ...{ name: "date", least: 6, ...extra }, cell: ({ sentAt }) => dateText(sentAt).slice(0, 10) },
  told.kind,
  told.way,
  told.operation,
  { ...{ name: "type", least: 6, ...extra, look: "text-soft" }, cell: ({ type }) => type },
  told.state,
  {
    ...{ name: "attempts", least: 3.75, worth: 1, ...soft },
    cell: ({ attempts }) => (attempts > 1 ? attempts : ""),
  },
  told.took,
  told.size,
  {
    ...{ name: "priority", least: 4.5, ...extra, look: "text-soft" },
    cell: ({ priority }) => priorities[priority] ?? priority,
  },
  {
    ...{ name: "conversation", least: 7.5, ...extra },
    cell: ({ conversation }) => plain(shortId(conversation)),
  },
  { ...{ name: "id", least: 7.5, ...extra }, cell: ({ id }) => plain(shortId(id)) },
  { ...payload, cell: (line) => <Said {...line} /> },
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

export function Said({ error, preview }: Pick<Line, "error" | "preview">) {
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
