/** Left: how long a question waits yet, by icon and word. */
import { Clock, ClockAlert, ClockFading } from "lucide-react";
import type { Question } from "../../api/types.ts";
import { leftOf } from "./answers.ts";

const looks = {
  calm: { icon: Clock, tone: "text-soft" },
  soon: { icon: ClockAlert, tone: "text-warn" },
  over: { icon: ClockFading, tone: "text-bad" },
} as const;

export function Left({ question, now }: { readonly question: Question; readonly now: number }) {
  const left = leftOf(question, now);
  if (left === undefined) return null;
  const { icon: Icon, tone } = looks[left.pressing];
  return (
    <span className={`inline-flex items-center gap-1 text-small whitespace-nowrap ${tone}`}>
      <Icon size={13} aria-hidden />
      {left.text}
    </span>
  );
}
