/** Live: every message as it is sent and settled. It follows while nobody reads; who scrolls or chooses a row is left in peace. */
import { useNavigate } from "@tanstack/react-router";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { useKeys } from "../app/keys.ts";
import { useView } from "../app/view.ts";
import { live, useLive } from "../live/live.ts";
import type { Message } from "../live/log.ts";
import { Command, Empty } from "../parts/empty.tsx";
import { Problem } from "../parts/problem.tsx";
import { countText } from "../parts/text.ts";
import { HEAD, ROW } from "../parts/grid/cells.tsx";
import { reveal, useWindow } from "../parts/window.ts";
import { LiveBar } from "./live/bar.tsx";
import { usePins } from "./live/pins.ts";
import { Pulse } from "./live/pulse.tsx";
import { watched, withWord, wordsOf } from "./live/shows.ts";
import { LiveTable } from "./live/table.tsx";
import { MessageDrawer } from "./message/drawer.tsx";
import { remember } from "./message/glance.ts";

export function LiveScreen() {
  const [{ where = "", id, view: shows }, change] = useView();
  const words = wordsOf(shows);
  const { log, link } = useLive(watched(where, words.has("system")));
  // Where the log ended when it was paused; undefined while it is followed.
  const [end, setEnd] = useState(() => (numberOf(id) === undefined ? undefined : live.log.next));
  const scroller = useRef<HTMLDivElement>(null);
  const last = Math.min(end ?? log.next, log.next);
  const first = Math.min(log.first, last);
  const view = useWindow(scroller, last - first, ROW);
  const [pins, pin] = usePins();
  const navigate = useNavigate();
  // Whether somebody has gone away from the end since: what scrolled there by itself, and is told of late, resumes nothing.
  const hasLeft = useRef(false);
  const pause = useCallback(() => {
    hasLeft.current = false;
    setEnd((before) => before ?? log.next);
  }, [log]);
  const follow = useCallback(() => setEnd(undefined), []);
  useEffect(() => {
    if (end === undefined) scroller.current?.scrollTo({ top: scroller.current.scrollHeight });
  });
  // Whoever comes back finds the row again that was chosen.
  const chosenAtFirst = useRef(id);
  useEffect(() => {
    const number = numberOf(chosenAtFirst.current);
    if (number !== undefined) reveal(scroller.current, number - live.log.first, ROW, HEAD);
  }, []);
  const choose = useCallback(
    (chosen: string | undefined) => (pause(), change({ id: chosen })),
    [pause, change],
  );
  const open = useCallback(
    (message: Message) => {
      remember(message);
      void navigate({ to: "/messages/$id", params: { id: message.id } });
    },
    [navigate],
  );
  useKeys(
    useMemo(() => {
      const chosen = (): Message | undefined => messageAt(numberOf(id));
      const step = (by: number): void => {
        const from = numberOf(id);
        // Nothing is chosen yet: both ways begin with the newest.
        const way = from === undefined ? -1 : by;
        for (let at = (from ?? live.log.next) + way; at >= live.log.first && at < live.log.next; at += way) {
          const message = messageAt(at);
          if (!message) continue;
          choose(message.id);
          return reveal(scroller.current, at - live.log.first, ROW, HEAD);
        }
      };
      const with_ = (run: (message: Message) => void) => () => {
        const message = chosen();
        if (message) run(message);
      };
      return [
        { keys: " ", does: "Pause or follow", run: () => (end === undefined ? pause() : follow()) },
        { keys: "G", does: "Follow the newest", run: follow },
        { keys: "j", does: "Next message", run: () => step(1) },
        { keys: "k", does: "Message before", run: () => step(-1) },
        { keys: "Enter", does: "Open the message", run: with_(open) },
        { keys: "p", does: "Pin the message", run: with_(pin) },
        { keys: "Escape", does: "Choose nothing", run: () => change({ id: undefined }) },
      ];
    }, [id, end, pause, follow, choose, change, open, pin]),
  );
  if (link.state === "refused") return <Problem error={link.error} again={() => live.again()} />;
  return (
    <section aria-label="Live" className="flex h-full flex-col">
      <Pulse />
      <LiveBar
        where={where}
        onWhere={(next) => change({ where: next })}
        isPaused={end !== undefined}
        onPause={end === undefined ? pause : follow}
        words={words}
        onWord={(word) => change({ view: withWord(shows, word) })}
      />
      <div className="flex min-h-0 grow">
        <div className="relative flex min-w-0 grow flex-col">
          <LiveTable
            {...{ log, first, last, view, scroller, pins }}
            chosen={id}
            isColoured={words.has("colours")}
            onUp={pause}
            onScroll={() => {
              const isHeld = end !== undefined && id === undefined;
              view.scrolled(() => hasLeft.current && follow(), isHeld);
              if (!isAtEnd(scroller.current)) hasLeft.current = true;
            }}
            onChoose={choose}
            onOpen={open}
            onPin={pin}
            empty={<NothingSaid where={where} />}
          />
          {end !== undefined && (
            <button
              type="button"
              className="absolute bottom-3 left-1/2 z-10 -translate-x-1/2 rounded-box border border-accent bg-raised px-3 py-1 text-small shadow-float"
              onClick={follow}
            >
              Paused, {countText(Math.max(0, log.next - end))} new (G to resume)
            </button>
          )}
        </div>
        {id !== undefined && (
          <MessageDrawer
            key={id}
            chosen={id}
            glance={messageAt(numberOf(id))}
            onClose={() => change({ id: undefined })}
          />
        )}
      </div>
    </section>
  );
}

const numberOf = (id: string | undefined): number | undefined =>
  id === undefined ? undefined : live.log.numberOf(id);

function messageAt(number: number | undefined): Message | undefined {
  const entry = number === undefined ? undefined : live.log.at(number);
  return entry?.kind === "message" ? entry : undefined;
}

const isAtEnd = (scroller: HTMLElement | null): boolean =>
  scroller === null || scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;

function NothingSaid({ where }: { readonly where: string }) {
  return (
    <Empty title={where === "" ? "Nothing has been said yet" : "Nothing fits the filter yet"}>
      {where === "" ? (
        <>
          Say something: <Command>npx hermod call writer draft</Command>
        </>
      ) : (
        "Only what comes from now on is shown here; what was said before is under Messages."
      )}
    </Empty>
  );
}
