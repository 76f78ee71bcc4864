/** Agents: who is there and how each does, the worst first; what is chosen can be paused, drained and restarted. */
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import { queries } from "../api/queries.ts";
import type { AgentStatus } from "../api/types.ts";
import { useKeys } from "../app/keys.ts";
import { useView } from "../app/view.ts";
import { Command, Empty } from "../parts/empty.tsx";
import { Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { counted } from "../parts/text.ts";
import { Chosen } from "./agents/chosen.tsx";
import { AgentGrid } from "./agents/grid.tsx";
import { rates } from "./agents/rates.ts";
import {
  grouped,
  groupings,
  narrowed,
  orderText,
  sorted,
  toOrder,
  toRows,
  type ColumnName,
  type Grouping,
} from "./agents/rows.ts";
import { WordBox } from "./agents/wordbox.tsx";

export function Agents() {
  // Ten thousand rows differ each time: to compare them with those before costs more than to draw those in sight.
  const query = useQuery({ ...queries.agents, structuralSharing: false });
  const [{ where = "", view }, change] = useView();
  const order = useMemo(() => toOrder(view), [view]);
  return (
    <Screen
      title="Agents"
      fills
      tools={
        <>
          <WordBox
            text={where}
            onText={(text) => change({ where: text })}
            example="name, condition or system; -word leaves out"
          />
          <label className="flex items-center gap-1.5 text-small text-soft">
            group by
            <select
              className="rounded-chip border border-strong bg-panel px-1.5 py-1 text-ink"
              value={order.group}
              onChange={(event) =>
                change({ view: orderText({ ...order, group: event.target.value as Grouping }) })
              }
            >
              {Object.keys(groupings).map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        </>
      }
    >
      <Shown query={query}>{(agents) => <List agents={agents} at={query.dataUpdatedAt} />}</Shown>
    </Screen>
  );
}

function List({ agents, at }: { readonly agents: readonly AgentStatus[]; readonly at: number }) {
  const [{ where = "", view, id }, change] = useView();
  const navigate = useNavigate();
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const order = useMemo(() => toOrder(view), [view]);
  rates.note(at, agents);
  const all = useMemo(() => toRows(agents, rates, at), [agents, at]);
  const rows = useMemo(
    () => grouped(sorted(narrowed(all, where), order), order.group, folded),
    [all, where, order, folded],
  );
  const choose = useCallback((name: string | undefined) => change({ id: name }), [change]);
  const open = useCallback(
    (name: string) => void navigate({ to: "/agents/$name", params: { name }, search: {} }),
    [navigate],
  );
  useKeys(
    useMemo(() => {
      const names = rows.flatMap((row) => (row.kind === "agent" ? [row.agent.name] : []));
      const step = (by: number): void => {
        const from = id === undefined ? -1 : names.indexOf(id);
        choose(names[Math.max(0, Math.min(names.length - 1, from + by))]);
      };
      return [
        { keys: "j", does: "Next agent", run: () => step(1) },
        { keys: "k", does: "Agent before", run: () => step(-1) },
        { keys: "Enter", does: "Open the agent", run: () => id !== undefined && open(id) },
        { keys: "Escape", does: "Choose nothing", run: () => choose(undefined) },
      ];
    }, [rows, id, choose, open]),
  );
  const sort = (by: ColumnName): void =>
    change({
      view: orderText({
        ...order,
        by,
        down: order.by === by ? !order.down : by !== "agent" && by !== "where",
      }),
    });
  const fold = (group: string): void => setFolded((before) => before.symmetricDifference(new Set([group])));
  if (agents.length === 0)
    return (
      <Empty title="There are no agents yet">
        Start some beside a hub: <Command>npx hermod dev agents.ts</Command>
      </Empty>
    );
  const chosen = all.find(({ agent }) => agent.name === id);
  return (
    <div className="flex h-full flex-col">
      <Summary
        shown={rows.filter(({ kind }) => kind === "agent").length}
        rows={all}
        isSorted={order.by !== undefined}
        onNeed={() => change({ view: orderText({ ...order, by: undefined }) })}
      />
      {rows.length === 0 ? (
        <Empty title="No agent fits">
          {counted(agents.length, "agent")} are hidden by “{where}”.
        </Empty>
      ) : (
        <AgentGrid
          {...{ rows, order, onSort: sort, chosen: id, onChoose: choose, onOpen: open, onFold: fold }}
        />
      )}
      {chosen && <Chosen row={chosen} onClose={() => choose(undefined)} />}
    </div>
  );
}

interface SummaryProps {
  readonly rows: ReturnType<typeof toRows>;
  readonly shown: number;
  readonly isSorted: boolean;
  readonly onNeed: () => void;
}

function Summary({ rows, shown, isSorted, onNeed }: SummaryProps) {
  const bad = rows.filter(({ condition: { tone } }) => tone === "bad").length;
  const warn = rows.filter(({ condition: { tone } }) => tone === "warn").length;
  return (
    <p className="flex flex-wrap gap-x-4 border-b border-line px-3 py-1 text-tiny text-soft">
      <span>
        {shown === rows.length ? counted(shown, "agent") : `${shown} of ${counted(rows.length, "agent")}`}
      </span>
      <span className={bad > 0 ? "text-bad" : ""}>
        {bad === 0 ? "none needs somebody" : bad === 1 ? "1 needs somebody" : `${bad} need somebody`}
      </span>
      {warn > 0 && <span className="text-warn">{warn} may soon</span>}
      <span>errors: attempts of the last minute</span>
      {isSorted && (
        <button type="button" className="underline" onClick={onNeed}>
          worst first
        </button>
      )}
    </p>
  );
}
