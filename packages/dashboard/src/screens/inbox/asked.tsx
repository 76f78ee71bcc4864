/** Asked: one question with what it is about, and the place to answer it. */
import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ask } from "../../api/client.ts";
import type { Question } from "../../api/types.ts";
import { personCalled, useMay } from "../../app/me.ts";
import { Button } from "../../parts/button.tsx";
import { Json } from "../../parts/json.tsx";
import { AgentName, ConversationId, MessageId } from "../../parts/links.tsx";
import { useNow } from "../../parts/now.ts";
import { Problem } from "../../parts/problem.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { leftOf, readAnswer } from "./answers.ts";
import { Assign } from "./handing.tsx";
import { Left } from "./left.tsx";
import { Refusal } from "./refusal.tsx";

/** Most of a question that is shown. */
const LONG = 4000;

export interface AskedProps {
  readonly question: Question;
  /** What has been done with it, in words. */
  readonly onDone: (what: string) => void;
}

export function Asked({ question, onDone }: AskedProps) {
  const { id, person, question: text, options, details, from, conversation, askedAt } = question;
  const path = `/v1/questions/${encodeURIComponent(id)}` as const;
  const now = useNow(1000);
  const may = useMay();
  const answering = useMutation({
    mutationFn: (answer: unknown) => ask(`post ${path}/answer`, { body: { answer } }),
    onSuccess: (_, answer) =>
      onDone(`Answered: ${typeof answer === "string" ? answer : JSON.stringify(answer)}`),
  });
  const isOver = leftOf(question, now)?.pressing === "over";
  const { assigned } = question;
  const mayAnswer = may("answer", person) || (assigned !== undefined && may("answer", assigned.to));
  const isMine = may("administer", personCalled(person));
  const isOff = !mayAnswer || isOver || answering.isPending;
  return (
    <article aria-label="Question" className="mx-auto grid w-full max-w-3xl gap-5 p-6">
      <div className="grid gap-2">
        <p className="flex flex-wrap items-center gap-x-2 text-small text-soft">
          <span>
            <AgentName address={from} /> asks <strong className="text-ink">{plain(person)}</strong>
          </span>
          <span>
            <Time at={askedAt} ago />
          </span>
          <span className="grow" />
          <Left question={question} now={now} />
        </p>
        <h2 className="text-title font-medium break-words whitespace-pre-line">
          {lines(text.slice(0, LONG))}
        </h2>
      </div>
      {options ? (
        <div role="group" aria-label="Answers" className="flex flex-wrap gap-2">
          {options.map((each) => (
            <Button
              key={each}
              disabled={isOff}
              data-answer
              className="min-h-9 max-w-full px-4 text-left whitespace-normal"
              onClick={() => answering.mutate(each)}
            >
              {plain(each)}
            </Button>
          ))}
        </div>
      ) : (
        <Written isOff={isOff} isBusy={answering.isPending} onAnswer={(answer) => answering.mutate(answer)} />
      )}
      <Assign key={assigned?.to ?? ""} question={question} isOff={!mayAnswer} />
      {!mayAnswer && <p className="text-small text-soft">You may not answer for {plain(person)}.</p>}
      {answering.error && <Problem error={answering.error} />}
      {details !== undefined && (
        <section aria-label="Details" className="grid gap-1">
          <h3 className="text-small font-semibold">Details</h3>
          <Json value={details} label="Details" />
        </section>
      )}
      <footer className="flex flex-wrap items-center gap-x-5 gap-y-2 border-t border-line pt-3 text-small text-soft">
        <span>
          conversation <ConversationId id={conversation} />
        </span>
        <span>
          question <MessageId id={id} />
        </span>
        <span className="grow" />
        <Refusal
          words="Decline it"
          isOff={!mayAnswer || isOver}
          refuse={(reason) => ask(`post ${path}/decline`, { body: { reason } })}
          onDone={() => onDone("Declined.")}
        />
        <Refusal
          words="Take it back"
          isOff={!isMine}
          title={isMine ? undefined : "You may not: it needs the right to administer"}
          refuse={(reason) => ask(`delete ${path}`, { query: { reason } })}
          onDone={() => onDone("Taken back.")}
        />
      </footer>
    </article>
  );
}

/** Text with its lines, each without what could turn or hide it. */
const lines = (text: string): string => text.split("\n").map(plain).join("\n");

function Written({
  isOff,
  isBusy,
  onAnswer,
}: {
  readonly isOff: boolean;
  readonly isBusy: boolean;
  readonly onAnswer: (answer: unknown) => void;
}) {
  const [text, setText] = useState("");
  const [isJson, setIsJson] = useState(false);
  const [wrong, setWrong] = useState<string>();
  const form = useRef<HTMLFormElement>(null);
  const send = (): void => {
    const read = readAnswer(text, isJson);
    if ("wrong" in read) return setWrong(read.wrong);
    setWrong(undefined);
    onAnswer(read.answer);
  };
  return (
    <form
      ref={form}
      className="grid gap-2 text-small"
      onSubmit={(event) => (event.preventDefault(), isOff || send())}
    >
      <label className="grid gap-1">
        <span className="text-soft">Your answer</span>
        <textarea
          rows={4}
          data-answer
          disabled={isOff && !isBusy}
          className={`rounded-chip border border-strong bg-panel p-2 text-base ${isJson ? "font-mono" : ""}`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.current?.requestSubmit();
            if (event.key === "Escape") event.currentTarget.blur();
          }}
        />
      </label>
      {wrong !== undefined && <p className="text-bad">{plain(wrong)}</p>}
      <div className="flex items-center gap-4">
        <Button kind="main" type="submit" disabled={isOff}>
          {isBusy ? "Answering …" : "Answer"}
        </Button>
        <span className="text-soft">Ctrl or Cmd + Enter</span>
        <label className="ml-auto flex items-center gap-2 text-soft">
          <input type="checkbox" checked={isJson} onChange={(event) => setIsJson(event.target.checked)} />
          It is JSON
        </label>
      </div>
    </form>
  );
}
