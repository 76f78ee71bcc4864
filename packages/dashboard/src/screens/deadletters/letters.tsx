/** Letters: the dead letters of a cause, oldest first; more come as one scrolls. Only the rows on the screen are drawn. */
import { RotateCcw } from "lucide-react";
import { useMemo } from "react";
import type { DeadLetter } from "../../api/types.ts";
import { Cells } from "../../parts/grid/cells.tsx";
import type { Column } from "../../parts/grid/columns.ts";
import { Grid } from "../../parts/grid/grid.tsx";
import { AgentName, MessageId } from "../../parts/links.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

export interface LettersProps {
  readonly letters: readonly DeadLetter[];
  readonly chosen: string | undefined;
  readonly picked: ReadonlySet<string>;
  readonly onChoose: (id: string) => void;
  readonly onPick: (ids: readonly string[], on: boolean) => void;
  /** More are wanted. */
  readonly onEnd: () => void;
}

const keyOf = ({ id }: DeadLetter): string => id;

export function Letters({ letters, chosen, picked, onChoose, onPick, onEnd }: LettersProps) {
  const columns = useMemo(() => columnsFor({ letters, picked, onPick }), [letters, picked, onPick]);
  return (
    <Grid
      label="Dead letters"
      items={letters}
      {...{ columns, keyOf, chosen, onEnd }}
      row={({ id }) => ({ onClick: () => onChoose(id) })}
      cells={(letter, shown) => <Cells columns={shown} item={letter} />}
    />
  );
}

function columnsFor({
  letters,
  picked,
  onPick,
}: Pick<LettersProps, "letters" | "picked" | "onPick">): readonly Column<DeadLetter>[] {
  const isAll = letters.length > 0 && letters.every(({ id }) => picked.has(id));
  const ids = letters.map(({ id }) => id);
  return [
    {
      ...{ name: "pick", least: 1.5 },
      head: <PickBox label="Pick all that are loaded" isOn={isAll} onPick={() => onPick(ids, !isAll)} />,
      cell: ({ id, envelope }) => (
        <PickBox label={`Pick ${envelope.id}`} isOn={picked.has(id)} onPick={(on) => onPick([id], on)} />
      ),
    },
    ...columns,
  ];
}

const columns: readonly Column<DeadLetter>[] = [
  {
    ...{ name: "died", least: 6.5, worth: 5, look: "text-soft" },
    cell: ({ diedAt }) => <Time at={diedAt} ago />,
  },
  { name: "message", least: 6, worth: 1, cell: ({ envelope }) => <MessageId id={envelope.id} /> },
  {
    ...{ name: "from → to", least: 8, most: "15rem" },
    cell: ({ envelope: { from, to }, mailbox }) => (
      <>
        <AgentName address={from} /> <span className="text-soft">→</span>{" "}
        <AgentName address={mailbox ?? to} />
      </>
    ),
  },
  {
    ...{ name: "operation", least: 5, most: "9rem", worth: 3 },
    cell: ({ envelope }) => plain(envelope.operation),
  },
  { name: "attempts", least: 4, worth: 2, isFigure: true, cell: ({ attempts }) => attempts.length },
  {
    ...{ name: "redriven", head: <span className="sr-only">redriven</span>, least: 6.5, worth: 4 },
    cell: ({ generation }) => <Redriven generation={generation} />,
  },
  {
    ...{ name: "error", least: 8, most: "1fr", worth: 6, look: "font-mono text-tiny text-bad" },
    cell: ({ error, reason }) => plain((error?.message ?? reason).slice(0, 300)),
  },
];

function PickBox({
  label,
  isOn,
  onPick,
}: {
  readonly label: string;
  readonly isOn: boolean;
  readonly onPick: (on: boolean) => void;
}) {
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={isOn}
      onClick={(event) => event.stopPropagation()}
      onChange={({ target }) => onPick(target.checked)}
    />
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
