/** Chat: the conversation as it would be read: who said what, payloads as text. Who began it speaks at the right, everybody else at the left. */
import { useVirtualizer } from "@tanstack/react-virtual";
import { useCallback, useEffect, useMemo, useRef } from "react";
import { writtenOut } from "../../parts/json.tsx";
import { Kind } from "../../parts/kind.tsx";
import { Status } from "../../parts/status.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { useFollow } from "./follow.ts";
import { NewBar } from "./newbar.tsx";
import type { Scene } from "./scene.ts";
import { chosenOf, saidIn, type Said } from "./shownrecords.ts";
import { useSaidBeside, useSteps } from "./steps.ts";

/** Characters of a payload that a bubble shows; the drawer shows the rest. */
const MOST = 1200;
/** What a bubble is taken for until it was measured, in pixels. */
const GUESS = 84;

export function Chat({ scene }: { readonly scene: Scene }) {
  const { records, choice, until, chosen, choose, begins } = scene;
  const scroller = useRef<HTMLDivElement>(null);
  const all = useMemo(() => saidIn(records), [records]);
  const said = useMemo(() => chosenOf(all, choice, until), [all, choice, until]);
  const bubbles = useVirtualizer({
    count: said.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => GUESS,
    overscan: 6,
  });
  const following = useFollow(scroller, said.length, begins, until !== undefined, bubbles.getTotalSize());
  const { pause } = following;
  const pick = useCallback(
    (id: string) => {
      pause();
      choose(id);
    },
    [pause, choose],
  );
  useSteps(useSaidBeside(said, chosen), pick, following, scene.isOpen);
  const row = chosen === undefined ? -1 : said.findIndex(({ record }) => record.envelope.id === chosen);
  useEffect(() => {
    if (row >= 0) bubbles.scrollToIndex(row, { align: "auto" });
    // Only when something else is chosen.
  }, [row]);
  const beginner = all[0]?.from;
  return (
    <div className="relative h-full">
      <div
        ref={scroller}
        data-scroller
        tabIndex={0}
        role="group"
        aria-label="The conversation as a chat"
        className="h-full overflow-auto px-4"
        onScroll={following.scrolled}
      >
        <ol className="relative mx-auto max-w-4xl" style={{ height: bubbles.getTotalSize() }}>
          {bubbles.getVirtualItems().map(({ index, key, start }) => {
            const each = said[index];
            return (
              each && (
                <li
                  key={key}
                  ref={bubbles.measureElement}
                  data-index={index}
                  className="absolute top-0 right-0 left-0 py-1.5"
                  style={{ transform: `translateY(${start}px)` }}
                >
                  <Bubble
                    said={each}
                    isOwn={each.from === beginner}
                    isNext={said[index - 1]?.from === each.from}
                    isChosen={each.record.envelope.id === chosen}
                    pick={pick}
                  />
                </li>
              )
            );
          })}
        </ol>
      </div>
      <NewBar following={following} />
    </div>
  );
}

interface BubbleProps {
  readonly said: Said;
  readonly isOwn: boolean;
  /** The one before is of the same sender. */
  readonly isNext: boolean;
  readonly isChosen: boolean;
  readonly pick: (id: string) => void;
}

function Bubble({ said: { record, from, to, at }, isOwn, isNext, isChosen, pick }: BubbleProps) {
  const { envelope, state, attempts } = record;
  const error = attempts.findLast((attempt) => attempt.error)?.error;
  const isBad = envelope.type === "error" || state === "failed" || state === "dead";
  const look = isBad
    ? "border-bad/50 bg-badwash"
    : isOwn
      ? "border-accent/40 bg-chosen"
      : "border-line bg-panel";
  return (
    <div className={`flex flex-col ${isOwn ? "items-end" : "items-start"}`}>
      <p className="flex flex-wrap items-center gap-x-2 px-1 text-tiny text-soft">
        {!isNext && <span className="text-small font-medium text-ink">{plain(from)}</span>}
        <span>→ {plain(to)}</span>
        <Kind verb={envelope.verb} type={envelope.type} />
        <Time at={at} />
      </p>
      <button
        type="button"
        aria-pressed={isChosen}
        className={`max-w-[80%] min-w-40 rounded-box border px-3 py-1.5 text-left aria-pressed:outline-2 aria-pressed:outline-accent ${look}`}
        onClick={() => pick(envelope.id)}
      >
        <span className="flex items-baseline justify-between gap-4 text-small">
          <span className="font-medium">{plain(envelope.operation || envelope.type)}</span>
          {state !== "done" && <Status state={state} />}
        </span>
        <span className="block font-mono text-small break-words whitespace-pre-wrap">
          {textOf(envelope.beginning ?? envelope.payload)}
        </span>
        {error && <span className="block text-small text-bad">✖ {plain(error.message)}</span>}
      </button>
    </div>
  );
}

function textOf(payload: unknown): string {
  if (payload === undefined || payload === null) return "(nothing)";
  const text = flatText(payload) ?? writtenOut(payload);
  return text.length > MOST ? `${text.slice(0, MOST)} … (all of it in the drawer)` : text;
}

/** Fields of one line each are read more easily without what JSON puts around them. */
function flatText(payload: unknown): string | undefined {
  if (typeof payload !== "object" || payload === null || Array.isArray(payload)) return undefined;
  const fields = Object.entries(payload);
  const isFlat =
    fields.length > 0 && fields.every(([, value]) => value === null || typeof value !== "object");
  return isFlat
    ? fields.map(([name, value]) => `${writtenOut(name)}: ${writtenOut(String(value))}`).join("\n")
    : undefined;
}
