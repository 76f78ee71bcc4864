/** Condition: how something does, by icon and word and colour. */
import { CircleAlert, CircleCheck, CirclePause, TriangleAlert, type LucideIcon } from "lucide-react";

const looks: Readonly<
  Record<"good" | "warn" | "bad" | "quiet", { readonly icon: LucideIcon; readonly tone: string }>
> = {
  good: { icon: CircleCheck, tone: "text-good" },
  warn: { icon: TriangleAlert, tone: "text-warn" },
  bad: { icon: CircleAlert, tone: "text-bad" },
  quiet: { icon: CirclePause, tone: "text-soft" },
};

export function ConditionWord({ tone, word }: { readonly tone: keyof typeof looks; readonly word: string }) {
  const { icon: Icon, tone: colour } = looks[tone];
  return (
    <span className={tone === "good" ? "text-soft" : colour}>
      <Icon size={13} aria-hidden className={`mr-1 inline align-[-2px] ${colour}`} />
      {word}
    </span>
  );
}
