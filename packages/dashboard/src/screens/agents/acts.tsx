/** Acts: an agent is paused, drained, resumed or restarted, wherever it runs. It says first what that means and for how many, and then how each took it. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Pause, Play, RotateCcw, Waves, type LucideIcon } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useKeys } from "../../app/keys.ts";
import { useMay } from "../../app/me.ts";
import { ask } from "../../api/client.ts";
import type { Overseen } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { ConditionWord } from "../../parts/condition.tsx";
import { Problem } from "../../parts/problem.tsx";
import { counted, countText, plain } from "../../parts/text.ts";
import { TypedWords } from "../../parts/typedwords.tsx";
import { said } from "./said.ts";

interface Act {
  readonly icon: LucideIcon;
  readonly name: string;
  readonly means: string;
}

const acts = {
  pause: {
    icon: Pause,
    name: "Pause",
    means: "It takes nothing more; what comes waits, and what runs goes on.",
  },
  drain: {
    icon: Waves,
    name: "Drain",
    means: "It takes nothing more, and what runs is waited for, up to 5 s.",
  },
  resume: { icon: Play, name: "Resume", means: "It takes messages again, those that wait first." },
  restart: {
    icon: RotateCcw,
    name: "Restart",
    means: "What runs is told to stop, as in a crash; what was sent at least once comes again.",
  },
} as const satisfies Readonly<Record<string, Act>>;
export type ActName = keyof typeof acts;

export interface ActsProps {
  readonly name: string;
  /** The systems that say that they run it; and how many are connected that serve it, whether they say so or not. */
  readonly clients: readonly string[];
  readonly systems?: number;
  readonly isPaused: boolean;
  /** Others who are started again with it. */
  readonly also?: readonly string[];
  /** A supervisor takes no messages: it can only be restarted, with all below it. */
  readonly isSupervisor?: boolean;
  /** Where there is room for what is asked. */
  readonly opens?: "down" | "up";
}

export function Acts({
  name,
  clients,
  systems = 0,
  isPaused,
  also = [],
  isSupervisor = false,
  opens = "down",
}: ActsProps) {
  const [asked, setAsked] = useState<ActName>();
  const [typed, setTyped] = useState("");
  const client = useQueryClient();
  const isMine = useMay()("administer", name);
  const reached = counted(Math.max(clients.length, systems), "system");
  const done = useMutation({
    mutationFn: (act: ActName) =>
      ask<{ readonly items: readonly Overseen[] }>(`post /v1/supervision/${encodeURIComponent(name)}`, {
        body: { act },
      }),
    onSettled: () => client.invalidateQueries(),
  });
  const { reset } = done;
  const begin = useCallback(
    (act: ActName): void => {
      reset();
      setTyped("");
      setAsked(act);
    },
    [reset],
  );
  useKeys(
    useMemo(
      () =>
        isSupervisor || !isMine
          ? []
          : [
              {
                keys: "p",
                does: isPaused ? "Resume the agent" : "Pause the agent",
                run: () => begin(isPaused ? "resume" : "pause"),
              },
            ],
      [isPaused, isSupervisor, isMine, begin],
    ),
  );
  const offered: readonly ActName[] = isSupervisor
    ? ["restart"]
    : [isPaused ? "resume" : "pause", "drain", "restart"];
  // Whoever takes others along says so.
  const words = asked === "restart" && also.length > 0 ? `restart ${countText(also.length + 1)}` : undefined;
  const isReady = words === undefined || typed.trim().toLowerCase() === words;
  const go = (): void => {
    if (asked !== undefined && isReady && !done.isPending) done.mutate(asked);
  };
  return (
    <div className="relative">
      <div role="group" aria-label={`What can be done to ${plain(name)}`} className="flex flex-wrap gap-1.5">
        {offered.map((act) => {
          const { icon: Icon, name: word } = acts[act];
          return (
            <Button
              key={act}
              aria-expanded={asked === act}
              disabled={clients.length + systems === 0 || !isMine}
              title={isMine ? undefined : "You may not: it needs the right to administer"}
              onClick={() => begin(act)}
            >
              <Icon size={13} aria-hidden />
              {word}
            </Button>
          );
        })}
      </div>
      {asked !== undefined && (
        <div
          role="group"
          aria-label={`${acts[asked].name} ${plain(name)}?`}
          className={`absolute right-0 z-10 grid w-[26rem] max-w-[80vw] gap-1.5 rounded-box border border-strong bg-raised p-3 text-small shadow-float ${opens === "up" ? "bottom-full mb-2" : "top-full mt-2"}`}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            setAsked(undefined);
          }}
        >
          <p>{acts[asked].means}</p>
          <p className="text-soft">
            In {reached}
            {clients.length > 0 && `: ${plain(clients.join(", "))}`}
          </p>
          {words !== undefined && (
            <>
              <p>Started again with it, {countText(also.length)}:</p>
              <p tabIndex={0} className="max-h-24 overflow-auto text-soft">
                {plain(listed(also))}
              </p>
              <TypedWords words={words} typed={typed} onTyped={setTyped} onEnter={go} />
            </>
          )}
          <div className="flex flex-wrap items-center gap-2">
            <Button
              autoFocus={words === undefined}
              kind={asked === "restart" ? "bad" : "main"}
              // One that is disabled loses the focus, and Esc would leave the agent instead of the question.
              aria-disabled={done.isPending || !isReady}
              onClick={go}
            >
              {done.isPending ? "Asking …" : `${acts[asked].name} in ${reached}`}
            </Button>
            <Button kind="quiet" onClick={() => setAsked(undefined)}>
              {done.data ? "Close" : "Cancel"}
            </Button>
          </div>
          {done.error && <Problem error={done.error} />}
          {done.data && <Told items={done.data.items} />}
        </div>
      )}
    </div>
  );
}

const NAMED = 200;

/** The first names, and how many more there are. */
function listed(names: readonly string[]): string {
  const more = names.length - NAMED;
  return names.slice(0, NAMED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** How each system took it. */
function Told({ items }: { readonly items: readonly Overseen[] }) {
  return (
    <ul role="status" className="grid gap-0.5">
      {items.map((each) => (
        <li key={each.system} className="flex flex-wrap items-baseline gap-2">
          <span className="font-mono text-tiny">{plain(each.client ?? each.system)}</span>
          <ConditionWord tone={said(each).tone} word={said(each).word} />
        </li>
      ))}
    </ul>
  );
}
