/** Conversations: what was talked about, those first that something was last said in. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { Fragment, useCallback, useMemo, useState } from "react";
import { queries } from "../api/queries.ts";
import type { ConversationSummary } from "../api/types.ts";
import { useView } from "../app/view.ts";
import { Button } from "../parts/button.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { ExportMenu } from "../parts/exportmenu.tsx";
import { useExport } from "../parts/exporting/useexport.ts";
import { FilterBox } from "../parts/filterbox.tsx";
import { AgentName, ConversationId } from "../parts/links.tsx";
import { Problem } from "../parts/problem.tsx";
import { Screen } from "../parts/screen.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { TalkStatus } from "../parts/talkstatus.tsx";
import { countText, nameOf, plain, spanText } from "../parts/text.ts";
import { Time } from "../parts/time.tsx";
import { ViewMenu } from "../parts/views/viewmenu.tsx";
import { costText } from "./message/costs.ts";

export function Conversations() {
  const [{ where = "" }, change] = useView();
  const setWhere = useCallback((next: string) => change({ where: next }), [change]);
  const file = useExport("/v1/export/conversations", { where }, "conversations");
  const tools = (
    <>
      <FilterBox where={where} onWhere={setWhere} />
      <ViewMenu />
      <ExportMenu
        export={file}
        forms={["ndjson", "csv"]}
        about="All conversations that the filter lets through, in short, those first that something was last said in."
      />
    </>
  );
  return (
    <Screen title="Conversations" tools={tools} fills>
      <Listed where={where} />
    </Screen>
  );
}

function Listed({ where }: { readonly where: string }) {
  const query = useInfiniteQuery(queries.conversations(where));
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const navigate = useNavigate();
  const [chosen, choose] = useState<string>();
  // Between two pages a conversation may have moved up: it is listed once.
  const items = useMemo(() => {
    const all = data?.pages.flatMap((page) => page.items) ?? [];
    return [...new Map(all.map((each) => [each.id, each])).values()];
  }, [data]);
  const open = useCallback(
    (id: string) => void navigate({ to: "/conversations/$id", params: { id } }),
    [navigate],
  );
  if (!data && error) return <Problem error={error} again={() => void refetch()} />;
  if (!data)
    return (
      <p role="status" className="p-4 text-small text-soft">
        Asking the hub …
      </p>
    );
  if (items.length === 0 && !hasNextPage) return <None where={where} />;
  return (
    <div className="h-full overflow-auto">
      {error && <Problem error={error} again={() => void refetch()} />}
      <Table
        label="Conversations, those first that something was last said in"
        items={items}
        columns={columns}
        keyOf={keyOf}
        chosen={chosen}
        onChoose={choose}
        onOpen={open}
      />
      <p className="flex items-center gap-3 p-3 text-small text-soft">
        {hasNextPage ? (
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage ? "Looking …" : "Older ones"}
          </Button>
        ) : (
          "These are all that are remembered."
        )}
        {data.pages.length > 1 && "While older ones are shown, new ones do not come by themselves."}
      </p>
    </div>
  );
}

const keyOf = ({ id }: ConversationSummary): string => id;

function None({ where }: { readonly where: string }) {
  return where === "" ? (
    <Empty title="Nobody has said anything yet">
      Begin one: <Command>npx hermod call writer draft</Command>
    </Empty>
  ) : (
    <Empty title="No conversation has a message that fits the filter">
      Take a part of it away, or look for single messages under{" "}
      <Link to="/messages" search={{ where }} className="underline">
        Messages
      </Link>
      .
    </Empty>
  );
}

const length = ({ messages, isWhole }: ConversationSummary): string =>
  `${countText(messages)}${isWhole ? "" : "+"}`;
const took = ({ startedAt, endedAt }: ConversationSummary): number =>
  Date.parse(endedAt) - Date.parse(startedAt);

const columns: readonly Column<ConversationSummary>[] = [
  {
    name: "last",
    cell: ({ endedAt }) => <Time at={endedAt} ago />,
    by: ({ endedAt }) => endedAt,
  },
  { name: "conversation", cell: ({ id }) => <ConversationId id={id} /> },
  { name: "state", cell: ({ state }) => <TalkStatus state={state} />, by: ({ state }) => state },
  { name: "first message", isWide: true, cell: (item) => <First item={item} /> },
  { name: "participants", from: 52, cell: (item) => <Participants item={item} /> },
  { name: "messages", cell: length, by: ({ messages }) => messages, isFigure: true },
  {
    name: "took",
    cell: (item) => spanText(Math.max(0, took(item))),
    by: took,
    isFigure: true,
  },
  {
    name: "cost",
    from: 60,
    cell: ({ spent }) => costText(spent),
    by: ({ spent }) => spent?.cost ?? spent?.tokens ?? 0,
    isFigure: true,
  },
  {
    name: "began",
    from: 60,
    cell: ({ startedAt }) => <Time at={startedAt} />,
    by: ({ startedAt }) => startedAt,
  },
];

function First({ item: { id, first } }: { readonly item: ConversationSummary }) {
  const whom = first.to ?? first.topic;
  return (
    <Link to="/conversations/$id" params={{ id }} className="hover:underline">
      <span className="text-soft">
        {plain(nameOf(first.from))} → {plain(whom === undefined ? "nobody" : nameOf(whom))}{" "}
      </span>
      {plain(first.operation || first.type)}{" "}
      <span className="font-mono text-tiny text-soft">{plain(first.preview)}</span>
    </Link>
  );
}

/** So many are named; the others are counted. */
const NAMED = 4;

function Participants({ item: { participants, others } }: { readonly item: ConversationSummary }) {
  const rest = participants.length - NAMED + others;
  return (
    <span
      className="block max-w-64 truncate"
      title={participants.map((each) => plain(nameOf(each))).join(", ")}
    >
      {rest > 0 && <span className="text-soft">{countText(participants.length + others)}: </span>}
      {participants.slice(0, NAMED).map((address, at) => (
        <Fragment key={address}>
          {at > 0 && ", "}
          <AgentName address={address} />
        </Fragment>
      ))}
    </span>
  );
}
