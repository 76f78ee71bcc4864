/** Traces: conversations by how long they took, the newest first; each leads to where its time went. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useCallback, useMemo, useState } from "react";
import type { ConversationSummary } from "../api/types.ts";
import { useView } from "../app/view.ts";
import { Button } from "../parts/button.tsx";
import { Command, Empty } from "../parts/empty.tsx";
import { FilterBox } from "../parts/filterbox.tsx";
import { Problem } from "../parts/problem.tsx";
import { Screen } from "../parts/screen.tsx";
import { Table, type Column } from "../parts/table.tsx";
import { countText, nameOf, plain, shortId, spanText } from "../parts/text.ts";
import { Time } from "../parts/time.tsx";
import { TalkStatus } from "../parts/talkstatus.tsx";
import { ViewMenu } from "../parts/views/viewmenu.tsx";
import { toTook, tracesQuery, type Took } from "./traces/asked.ts";
import { TookBox } from "./traces/tookbox.tsx";

export function Traces() {
  const [{ where = "", range }, change] = useView();
  const took = useMemo(() => toTook(range), [range]);
  const setWhere = useCallback((next: string) => change({ where: next }), [change]);
  return (
    <Screen
      title="Traces"
      fills
      tools={
        <>
          <FilterBox where={where} onWhere={setWhere} label="With a message that fits" />
          <TookBox took={took} onTook={(text) => change({ range: text }, false)} />
          <ViewMenu />
        </>
      }
    >
      <Listed where={where} took={took} />
    </Screen>
  );
}

function Listed({ where, took }: { readonly where: string; readonly took: Took }) {
  const query = useInfiniteQuery(tracesQuery(where, took));
  const { data, error, refetch, fetchNextPage, hasNextPage, isFetchingNextPage } = query;
  const navigate = useNavigate();
  const [chosen, choose] = useState<string>();
  // Between two pages a conversation may have moved up: it is listed once.
  const items = useMemo(() => {
    const all = data?.pages.flatMap((page) => page.items) ?? [];
    return [...new Map(all.map((each) => [each.id, each])).values()];
  }, [data]);
  const open = useCallback((id: string) => void navigate({ to: "/traces/$id", params: { id } }), [navigate]);
  const longest = items.reduce((most, each) => Math.max(most, tookOf(each)), 1);
  const columns = useMemo(() => columnsFor(longest), [longest]);
  if (!data && error) return <Problem error={error} again={() => void refetch()} />;
  if (!data)
    return (
      <p role="status" className="p-4 text-small text-soft">
        Asking the hub …
      </p>
    );
  if (items.length === 0 && !hasNextPage)
    return <None isAll={where === "" && took.longer + took.shorter === ""} />;
  return (
    <div className="h-full overflow-auto">
      {error && <Problem error={error} again={() => void refetch()} />}
      <Table
        label="Traces, those first that something was last said in"
        {...{ items, columns, keyOf, chosen }}
        onChoose={choose}
        onOpen={open}
      />
      <p className="flex items-center gap-3 p-3 text-small text-soft">
        {hasNextPage ? (
          <Button disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {isFetchingNextPage
              ? "Looking …"
              : items.length === 0
                ? "None so far: look further back"
                : "Older ones"}
          </Button>
        ) : (
          "These are all that are remembered."
        )}
      </p>
    </div>
  );
}

const keyOf = ({ id }: ConversationSummary): string => id;
const tookOf = ({ startedAt, endedAt }: ConversationSummary): number =>
  Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));

function None({ isAll }: { readonly isAll: boolean }) {
  return isAll ? (
    <Empty title="Nobody has said anything yet">
      Begin something: <Command>npx hermod call writer draft</Command>
    </Empty>
  ) : (
    <Empty title="No trace fits">Take a part of the filter away, or ask for another time that it took.</Empty>
  );
}

function columnsFor(longest: number): readonly Column<ConversationSummary>[] {
  return [
    {
      name: "last",
      cell: ({ endedAt }) => <Time at={endedAt} ago />,
      by: ({ endedAt }) => endedAt,
    },
    {
      name: "trace",
      cell: ({ id }) => (
        <Link
          to="/traces/$id"
          params={{ id }}
          title={plain(id)}
          className="font-mono text-tiny whitespace-nowrap underline decoration-line underline-offset-2 hover:decoration-accent"
        >
          {plain(shortId(id))}
        </Link>
      ),
    },
    { name: "state", cell: ({ state }) => <TalkStatus state={state} />, by: ({ state }) => state },
    {
      name: "began with",
      isWide: true,
      cell: ({ id, first }) => (
        <Link to="/traces/$id" params={{ id }} className="hover:underline">
          <span className="text-soft">
            {plain(nameOf(first.from))} → {plain(nameOf(first.to ?? first.topic))}{" "}
          </span>
          {plain(first.operation || first.type)}
        </Link>
      ),
    },
    {
      name: "messages",
      cell: ({ messages, isWhole }) => `${countText(messages)}${isWhole ? "" : "+"}`,
      by: ({ messages }) => messages,
      isFigure: true,
    },
    {
      name: "participants",
      from: 60,
      cell: ({ participants, others }) => countText(participants.length + others),
      by: ({ participants, others }) => participants.length + others,
      isFigure: true,
    },
    {
      name: "took",
      cell: (item) => spanText(tookOf(item)),
      by: tookOf,
      isFigure: true,
    },
    {
      name: "",
      from: 52,
      cell: (item) => (
        <span aria-hidden className="block h-2 w-28 rounded-chip bg-hover">
          <span
            className="block h-2 rounded-chip bg-accent"
            style={{ width: `${Math.max(2, (tookOf(item) / longest) * 100)}%` }}
          />
        </span>
      ),
    },
    {
      name: "began",
      from: 60,
      cell: ({ startedAt }) => <Time at={startedAt} />,
      by: ({ startedAt }) => startedAt,
    },
  ];
}
