/** Grid: the rows of agents, sorted by their heads, and the lines of their groups. */
import { ChevronDown, ChevronRight } from "lucide-react";
import { ConditionWord } from "../../parts/condition.tsx";
import { Cells } from "../../parts/grid/cells.tsx";
import { Grid } from "../../parts/grid/grid.tsx";
import { countText, plain } from "../../parts/text.ts";
import { columns } from "./columns.tsx";
import { rateText } from "./figures.ts";
import type { ColumnName, Group, Order, Row } from "./rows.ts";

export interface AgentGridProps {
  readonly rows: readonly (Row | Group)[];
  readonly order: Order;
  readonly onSort: (by: ColumnName) => void;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
  readonly onOpen: (name: string) => void;
  readonly onFold: (group: string) => void;
}

/** No agent has a name with a line of its own. */
const keyOf = (row: Row | Group): string => (row.kind === "agent" ? row.agent.name : `group\n${row.name}`);

export function AgentGrid({ rows, order, onSort, chosen, onChoose, onOpen, onFold }: AgentGridProps) {
  return (
    <Grid
      label="Agents"
      items={rows}
      {...{ columns, keyOf, chosen }}
      order={{ by: columns.find(({ id }) => id === order.by), down: order.down }}
      onSort={({ id }) => onSort(id)}
      row={(row) =>
        row.kind === "group"
          ? {}
          : { onClick: () => onChoose(row.agent.name), onDoubleClick: () => onOpen(row.agent.name) }
      }
      cells={(row, shown) =>
        row.kind === "agent" ? (
          <Cells columns={shown} item={row} />
        ) : (
          <GroupCell group={row} onFold={onFold} />
        )
      }
    />
  );
}

function GroupCell({ group, onFold }: { readonly group: Group; readonly onFold: AgentGridProps["onFold"] }) {
  const { name, count, worst, waiting, perSecond, isOpen } = group;
  const Chevron = isOpen ? ChevronDown : ChevronRight;
  return (
    <span role="gridcell" aria-colspan={columns.length} className="col-span-full flex items-center gap-4">
      <button
        type="button"
        aria-expanded={isOpen}
        className="flex items-center gap-1 font-semibold"
        onClick={() => onFold(name)}
      >
        <Chevron size={14} aria-hidden />
        {plain(name)}
        <span className="font-normal text-soft">{countText(count)}</span>
      </button>
      <ConditionWord tone={worst.tone} word={`worst: ${worst.word}`} />
      <span className="text-soft">{countText(waiting)} waiting</span>
      <span className="text-soft">{rateText(perSecond)} per second</span>
    </span>
  );
}
