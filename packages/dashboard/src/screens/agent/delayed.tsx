/** Delayed: messages that wait for a time: for their next attempt, or because they were sent for later. */
import type { Delayed } from "../../api/types.ts";
import { AgentName, MessageId } from "../../parts/links.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { DelayedActs } from "./delayedacts.tsx";
import { preview } from "./messages.tsx";

export interface DelayedOf extends Delayed {
  readonly mailbox: string;
}

const columns: readonly Column<DelayedOf>[] = [
  {
    name: "due",
    cell: ({ dueAt }) => <Time at={dueAt} ago />,
    by: ({ dueAt }) => dueAt,
  },
  { name: "for", cell: ({ mailbox }) => <AgentName address={mailbox} />, by: ({ mailbox }) => mailbox },
  { name: "why", cell: ({ attempts }) => whyOf(attempts.length), by: ({ attempts }) => attempts.length },
  { name: "from", from: 60, cell: ({ envelope }) => <AgentName address={envelope.from} /> },
  { name: "operation", from: 52, cell: ({ envelope }) => plain(envelope.operation) },
  {
    name: "payload or last error",
    isWide: true,
    cell: ({ envelope, attempts }) => {
      const error = attempts.at(-1)?.error?.message;
      return (
        <span className={`font-mono text-tiny ${error === undefined ? "text-soft" : "text-bad"}`}>
          {error === undefined ? preview(envelope) : plain(error)}
        </span>
      );
    },
  },
  { name: "message", from: 60, cell: ({ envelope }) => <MessageId id={envelope.id} /> },
  { name: "do", cell: ({ mailbox, envelope }) => <DelayedActs mailbox={mailbox} id={envelope.id} /> },
];

function whyOf(attempts: number): string {
  return attempts === 0 ? "sent for later" : `tried ${attempts === 1 ? "once" : `${attempts} times`}`;
}

const ofOne = columns.filter(({ name }) => name !== "for" && name !== "from");

export interface DelayedTableProps {
  readonly items: readonly DelayedOf[];
  /** All are for the same agent. */
  readonly isOfOne?: boolean;
}

export function DelayedTable({ items, isOfOne = false }: DelayedTableProps) {
  return (
    <Table
      label="Delayed messages"
      items={items}
      columns={isOfOne ? ofOne : columns}
      keyOf={({ mailbox, envelope }) => `${mailbox} ${envelope.id}`}
    />
  );
}
