/** Of cause: the letters of one cause: walked, picked, read beside the list, and acted on. */
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Suspense, useCallback, useEffect, useMemo, useRef, useState } from "react";
import { ask } from "../../api/client.ts";
import type { DeadLetter, DeadLetterGroup, Page } from "../../api/types.ts";
import { useKeys } from "../../app/keys.ts";
import { useMay } from "../../app/me.ts";
import { useView } from "../../app/view.ts";
import { Button } from "../../parts/button.tsx";
import { BRIEF } from "../../parts/cut.ts";
import { Drawer } from "../../parts/drawer.tsx";
import { Empty } from "../../parts/empty.tsx";
import { lazily } from "../../parts/lazily.ts";
import { Problem } from "../../parts/problem.tsx";
import { countText, counted, plain } from "../../parts/text.ts";
import type { Act } from "./acting.ts";
import { messageOf } from "./groups.tsx";
import { Letter } from "./letter.tsx";
import { Letters } from "./letters.tsx";
import type { Target } from "./requests.ts";
import { placeOf } from "./resend.ts";
import { agentIn } from "./whose.ts";

const ResendDialog = lazily(async () => (await import("./resenddialog.tsx")).ResendDialog);
const PAGE = 200;

/** What somebody wants to do, before it is counted. */
export interface Asked {
  readonly act: Act;
  readonly target: Target;
  /** What is acted on, in words. */
  readonly what: string;
  readonly onDone?: () => void;
}

export interface OfCauseProps {
  readonly where: string;
  readonly cause: string;
  /** Absent when its last letter has gone. */
  readonly group: DeadLetterGroup | undefined;
  readonly setAsked: (asked: Asked) => void;
  readonly exports: () => void;
}

export function OfCause({ where, cause, group, setAsked, exports }: OfCauseProps) {
  const [{ id }, change] = useView();
  const navigate = useNavigate();
  const may = useMay();
  const agent = agentIn(where);
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [resent, setResent] = useState<DeadLetter>();
  const query = useLetters(where, cause);
  const letters = useMemo(() => query.data?.pages.flatMap(({ items }) => items) ?? [], [query.data]);
  useFresh(group, query.refetch);
  const letter = letters.find((each) => each.id === id);
  const chosen = letters.filter((each) => picked.has(each.id));
  const { hasNextPage, isFetching, fetchNextPage } = query;
  const more = useCallback(() => {
    if (hasNextPage && !isFetching) void fetchNextPage();
  }, [hasNextPage, isFetching, fetchNextPage]);
  const pick = (ids: readonly string[], on: boolean): void =>
    setPicked((before) => {
      const next = new Set(before);
      for (const each of ids)
        if (on) next.add(each);
        else next.delete(each);
      return next;
    });
  const count = group?.count ?? 0;
  const begin = (act: Act, one?: DeadLetter): void => {
    const some = one ? [one] : chosen;
    if (some.length > 0)
      return setAsked({
        onDone: () => setPicked(new Set()),
        act,
        target: { letters: some },
        what: `${counted(some.length, "letter")}, chosen one by one.`,
      });
    setAsked({
      act,
      target: { where, cause, ...(agent !== undefined && { agent }) },
      what: `All letters of this cause${where === "" ? "" : " that fit the filter"}: ${cause}`,
    });
  };
  const mayAct =
    chosen.length > 0 ? chosen.every((each) => may("redrive", recipientOf(each))) : may("redrive", agent);
  const keys = useRef({ letters, id, letter, begin, pick, picked });
  keys.current = { letters, id, letter, begin, pick, picked };
  useKeys(
    useMemo(() => {
      const step = (by: number): void => {
        const { letters: all, id: now } = keys.current;
        const from = all.findIndex((each) => each.id === now);
        change({ id: all[Math.max(0, Math.min(all.length - 1, from + by))]?.id });
      };
      const back = (): void =>
        change(keys.current.id === undefined ? { group: undefined } : { id: undefined });
      const open = (): void => {
        const { letter: one } = keys.current;
        if (one) void navigate({ to: "/messages/$id", params: { id: one.envelope.id } });
      };
      const toggle = (): void => {
        const { id: now, picked: all } = keys.current;
        if (now !== undefined) keys.current.pick([now], !all.has(now));
      };
      return [
        { keys: "j", does: "Next letter", run: () => step(1) },
        { keys: "k", does: "Letter before", run: () => step(-1) },
        { keys: "Enter", does: "Open the message", run: open },
        { keys: "x", does: "Pick the letter, or not", run: toggle },
        {
          keys: "r",
          does: "Redrive what is picked, else the letter, else the cause",
          run: () =>
            keys.current.begin("redrive", keys.current.picked.size > 0 ? undefined : keys.current.letter),
        },
        { keys: "e", does: "Export", run: exports },
        { keys: "Escape", does: "Back", run: back },
      ];
    }, [change, navigate, exports]),
  );
  const title = mayAct ? undefined : "You may not: it needs the right to redrive";
  const label = chosen.length > 0 ? countText(chosen.length) : count > 1 ? `all ${countText(count)}` : "it";
  return (
    <section
      aria-label="Letters of the cause"
      className="flex min-h-0 grow flex-col border-t-2 border-strong bg-panel"
    >
      <div className="flex items-center gap-2 border-b border-line px-3 py-1.5 text-small">
        <h2 className="min-w-0 truncate font-semibold">
          {group ? plain(messageOf(group)) : "Its last letter has gone"}
        </h2>
        <span className="whitespace-nowrap text-soft">
          {chosen.length > 0 ? `${countText(chosen.length)} of ` : ""}
          {counted(count, "letter")}
        </span>
        <span className="grow" />
        <Button kind="main" disabled={!mayAct || count === 0} title={title} onClick={() => begin("redrive")}>
          Redrive {label}
        </Button>
        <Button kind="bad" disabled={!mayAct || count === 0} title={title} onClick={() => begin("drop")}>
          Drop {label}
        </Button>
        <Button kind="quiet" onClick={() => change({ group: undefined, id: undefined })}>
          Close
        </Button>
      </div>
      {query.error && <Problem error={query.error} again={() => void query.refetch()} />}
      <div className="flex min-h-0 grow">
        <div className="flex min-w-0 grow flex-col">
          {letters.length === 0 && !query.isPending ? (
            <Empty title="No letter of this cause is left">Choose another cause, or go back with Esc.</Empty>
          ) : (
            <Letters
              {...{ letters, chosen: id, picked, onPick: pick, onEnd: more }}
              onChoose={(next) => change({ id: next })}
            />
          )}
        </div>
        {letter && (
          <Drawer title="Dead letter" onClose={() => change({ id: undefined })}>
            <Letter
              letter={letter}
              mayRedrive={may("redrive", recipientOf(letter))}
              maySend={
                placeOf(letter) !== undefined && may("send", letter.envelope.topic ?? recipientOf(letter))
              }
              onRedrive={() => begin("redrive", letter)}
              onDrop={() => begin("drop", letter)}
              onResend={() => setResent(letter)}
            />
          </Drawer>
        )}
      </div>
      {resent && (
        <Suspense>
          <ResendDialog
            letter={resent}
            mayDrop={may("redrive", recipientOf(resent))}
            onClose={() => setResent(undefined)}
          />
        </Suspense>
      )}
    </section>
  );
}

/** The agent that it was for, without its instance. */
function recipientOf({ mailbox, envelope: { to, topic } }: DeadLetter): string {
  return (mailbox ?? to ?? topic ?? "").split("#", 1)[0] as string;
}

function useLetters(where: string, cause: string) {
  return useInfiniteQuery({
    queryKey: ["dead letters of", where, cause],
    queryFn: ({ pageParam, signal }) =>
      ask<Page<DeadLetter>>("get /v1/dead-letters", {
        query: { where, cause, after: pageParam, limit: PAGE, cut: BRIEF },
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next,
  });
}

/** Asks for the letters anew where their group has changed. */
function useFresh(group: DeadLetterGroup | undefined, refetch: () => unknown): void {
  const seen = useRef<string>(undefined);
  const now = group && `${group.count} ${group.lastAt}`;
  useEffect(() => {
    if (seen.current !== undefined && seen.current !== now) refetch();
    seen.current = now;
  }, [now, refetch]);
}
