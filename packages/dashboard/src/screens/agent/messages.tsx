/** Messages of an agent: those that it works on, that wait, that wait for a time, and that it said and heard last. Looking takes none. */
import type { ReactNode } from "react";
import type { Envelope, MessageRecord } from "../../api/types.ts";
import { Kind } from "../../parts/kind.tsx";
import { AgentName, MessageId } from "../../parts/links.tsx";
import { Status } from "../../parts/status.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { plain, sizeText } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

/** Characters of a payload in a line. */
const PREVIEW = 120;

export function preview({ payload, beginning }: Envelope): string {
  const said = beginning ?? payload ?? "";
  return plain((typeof said === "string" ? said : JSON.stringify(said)).slice(0, PREVIEW));
}

interface Line {
  readonly envelope: Envelope;
}

const column = <T extends Line>(
  name: string,
  cell: (envelope: Envelope) => ReactNode,
  looks: Omit<Column<T>, "name" | "cell"> = {},
): Column<T> => ({ name, ...looks, cell: ({ envelope }) => cell(envelope) });

const shared = {
  id: column<Line>("message", ({ id }) => <MessageId id={id} />, { from: 52 }),
  from: column<Line>("from", ({ from }) => <AgentName address={from} />),
  operation: column<Line>("operation", ({ operation }) => plain(operation), { from: 36 }),
  payload: column<Line>(
    "payload",
    (envelope) => <span className="font-mono text-tiny text-soft">{preview(envelope)}</span>,
    { isWide: true },
  ),
  sent: column<Line>("sent", ({ sentAt }) => <Time at={sentAt} ago />),
  size: column<Line>("size", ({ size = 0 }) => sizeText(size), { isFigure: true, from: 44 }),
};

const keyOf = ({ envelope }: Line): string => envelope.id;
const waiting = [shared.sent, shared.from, shared.operation, shared.payload, shared.id];

/** Messages that wait, the next first, or that are worked on. */
export function Envelopes({ label, items }: { readonly label: string; readonly items: readonly Envelope[] }) {
  return (
    <Table label={label} items={items.map((envelope) => ({ envelope }))} columns={waiting} keyOf={keyOf} />
  );
}

const recent: readonly Column<MessageRecord>[] = [
  { name: "time", cell: ({ envelope }) => <Time at={envelope.sentAt} /> },
  { name: "kind", cell: ({ envelope }) => <Kind verb={envelope.verb} type={envelope.type} /> },
  {
    name: "from → to",
    cell: ({ envelope: { from, to, topic } }) => (
      <>
        <AgentName address={from} /> <span className="text-soft">→</span>{" "}
        {to === undefined ? plain(topic ?? "") : <AgentName address={to} />}
      </>
    ),
  },
  shared.operation,
  { name: "state", cell: ({ state }) => <Status state={state} /> },
  {
    ...{ name: "attempts", isFigure: true, from: 60 },
    cell: ({ attempts }) => (attempts.length > 1 ? attempts.length : ""),
  },
  shared.size,
  {
    name: "payload or error",
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
  shared.id,
];

export function Records({ items }: { readonly items: readonly MessageRecord[] }) {
  return <Table label="Recent messages" items={items} columns={recent} keyOf={keyOf} />;
}
