/** Talk status: how a conversation stands. */
import { CircleCheck, CircleX, LoaderCircle } from "lucide-react";

export type TalkState = "open" | "failed" | "done";

const looks = {
  open: { icon: LoaderCircle, tone: "text-info", word: "goes on" },
  failed: { icon: CircleX, tone: "text-bad", word: "failed" },
  done: { icon: CircleCheck, tone: "text-good", word: "done" },
} as const;

export function TalkStatus({ state }: { readonly state: TalkState }) {
  const { icon: Icon, tone, word } = looks[state];
  return (
    <span className={`inline-flex items-center gap-1 whitespace-nowrap ${tone}`}>
      <Icon size={13} aria-hidden className="shrink-0" />
      {word}
    </span>
  );
}
