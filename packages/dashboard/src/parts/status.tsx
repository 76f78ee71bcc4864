/** Status: how a message stands, by icon and word and colour. */
import { CircleCheck, CircleDashed, CircleX, LoaderCircle, Skull, type LucideIcon } from "lucide-react";
import type { State } from "../api/types.ts";

const looks: Readonly<
  Record<State, { readonly icon: LucideIcon; readonly tone: string; readonly word: string }>
> = {
  waiting: { icon: CircleDashed, tone: "text-soft", word: "waiting" },
  running: { icon: LoaderCircle, tone: "text-info", word: "running" },
  done: { icon: CircleCheck, tone: "text-good", word: "done" },
  failed: { icon: CircleX, tone: "text-bad", word: "failed" },
  dead: { icon: Skull, tone: "text-bad", word: "dead" },
};

export function Status({ state }: { readonly state: State }) {
  const { icon: Icon, tone, word } = looks[state];
  return (
    <span className={`inline-flex items-center gap-1 ${tone}`}>
      <Icon size={13} aria-hidden className="shrink-0" />
      {word}
    </span>
  );
}
