/** Questions: those that wait, the one whose time ends first above; only the rows on the screen are drawn. */
import { useEffect, useRef } from "react";
import type { Question } from "../../api/types.ts";
import { useNow } from "../../parts/now.ts";
import { nameOf, plain } from "../../parts/text.ts";
import { useWindow } from "../../parts/window.ts";
import { Left } from "./left.tsx";

const ROW = 62;

export interface QuestionsProps {
  readonly questions: readonly Question[];
  readonly chosen: string | undefined;
  readonly onChoose: (id: string) => void;
}

export function Questions({ questions, chosen, onChoose }: QuestionsProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const view = useWindow(scroller, questions.length, ROW);
  const now = useNow(1000);
  const at = questions.findIndex(({ id }) => id === chosen);
  useEffect(() => {
    const box = scroller.current;
    if (!box || at < 0) return;
    if (at * ROW < box.scrollTop) box.scrollTo({ top: at * ROW });
    else if ((at + 1) * ROW > box.scrollTop + box.clientHeight)
      box.scrollTo({ top: (at + 1) * ROW - box.clientHeight });
  }, [at]);
  return (
    <div
      ref={scroller}
      className="w-88 shrink-0 overflow-auto border-r border-line bg-panel max-[1100px]:w-64"
      onScroll={() => view.scrolled(() => undefined, false)}
    >
      <ul aria-label="Questions" className="relative" style={{ height: questions.length * ROW }}>
        {view.rows.map((row) => {
          const each = questions[row];
          return (
            each && (
              <li
                key={each.id}
                className="absolute right-0 left-0"
                style={{ height: ROW, transform: `translateY(${row * ROW}px)` }}
              >
                <button
                  type="button"
                  aria-current={each.id === chosen}
                  className="grid h-full w-full grid-cols-[minmax(0,1fr)] content-center border-b border-line/60 px-3 text-left hover:bg-hover aria-[current=true]:bg-chosen"
                  onClick={() => onChoose(each.id)}
                >
                  <span className="truncate font-medium">{plain(each.question.slice(0, 200))}</span>
                  <span className="flex items-center gap-2 text-small text-soft">
                    <span className="min-w-0 truncate">
                      {plain(nameOf(each.from))} → {plain(each.person)}
                      {each.assigned !== undefined && `, ${plain(each.assigned.to)} sees to it`}
                    </span>
                    <span className="grow" />
                    <Left question={each} now={now} />
                  </span>
                </button>
              </li>
            )
          );
        })}
      </ul>
    </div>
  );
}
