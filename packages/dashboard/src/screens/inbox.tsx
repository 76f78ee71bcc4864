/** Inbox: what agents ask people. Nobody needs a terminal to answer. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { queries } from "../api/queries.ts";
import type { Question } from "../api/types.ts";
import { useKeys } from "../app/keys.ts";
import { useView } from "../app/view.ts";
import { Command, Empty } from "../parts/empty.tsx";
import { Screen } from "../parts/screen.tsx";
import { Shown } from "../parts/shown.tsx";
import { counted, plain } from "../parts/text.ts";
import { nextOf } from "./inbox/answers.ts";
import { Asked } from "./inbox/asked.tsx";
import { Questions } from "./inbox/questions.tsx";

export function Inbox() {
  const query = useQuery(queries.questions);
  const [done, setDone] = useState<string>();
  return (
    <Screen
      title="Inbox"
      fills
      tools={
        <>
          <p className="text-small text-soft">
            {query.data && query.data.length > 0 && `${counted(query.data.length, "question")} waiting`}
          </p>
          <p role="status" className="ml-auto flex min-w-0 items-center gap-1.5 text-small">
            {done !== undefined && (
              <>
                <CircleCheck size={14} aria-hidden className="shrink-0 text-good" />
                <span className="truncate">{plain(done.slice(0, 120))}</span>
              </>
            )}
          </p>
        </>
      }
    >
      <Shown query={query}>
        {(questions) =>
          questions.length === 0 ? (
            <Empty title="Nobody asks anything">
              What an agent asks with <Command>ctx.ask</Command> waits here for an answer. In a terminal:{" "}
              <Command>npx hermod approvals ls</Command>
            </Empty>
          ) : (
            <Waiting questions={questions} onDone={setDone} />
          )
        }
      </Shown>
    </Screen>
  );
}

/** Those with a time first, the nearest above. */
function sorted(questions: readonly Question[]): readonly Question[] {
  const end = ({ deadline }: Question): number => (deadline === undefined ? Infinity : Date.parse(deadline));
  return questions.toSorted((a, b) => (end(a) === end(b) ? 0 : end(a) - end(b)));
}

function Waiting({
  questions: given,
  onDone,
}: {
  readonly questions: readonly Question[];
  readonly onDone: (what: string) => void;
}) {
  const [{ id }, change] = useView();
  const client = useQueryClient();
  const questions = useMemo(() => sorted(given), [given]);
  const shown = id === undefined ? questions[0] : questions.find((each) => each.id === id);
  const choose = useCallback((next: string | undefined) => change({ id: next }), [change]);
  useKeys(
    useMemo(() => {
      const step = (by: number): void => {
        const at = questions.findIndex((each) => each.id === shown?.id);
        choose(questions[Math.max(0, Math.min(questions.length - 1, at + by))]?.id);
      };
      return [
        { keys: "j", does: "Next question", run: () => step(1) },
        { keys: "k", does: "Question before", run: () => step(-1) },
        { keys: "Enter", does: "To the answer", run: toAnswer },
      ];
    }, [questions, shown?.id, choose]),
  );
  const finished = (what: string): void => {
    onDone(what);
    if (shown)
      choose(
        nextOf(
          questions.map((each) => each.id),
          shown.id,
        ),
      );
    void client.invalidateQueries({ queryKey: ["questions"] });
  };
  return (
    <div className="flex h-full">
      <Questions questions={questions} chosen={shown?.id} onChoose={choose} />
      <div className="min-w-0 grow overflow-auto">
        {shown ? (
          <Asked key={shown.id} question={shown} onDone={finished} />
        ) : (
          <Empty title="This question waits no more">
            It was answered, taken back, or its time is over. Choose another one.
          </Empty>
        )}
      </div>
    </div>
  );
}

/** To the first place where the question can be answered. */
function toAnswer(): void {
  document.querySelector<HTMLElement>("[data-answer]")?.focus();
}
