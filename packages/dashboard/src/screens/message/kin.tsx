/** Kin: what a message follows from, and what follows from it. */
import { useNavigate } from "@tanstack/react-router";
import { Kind } from "../../parts/kind.tsx";
import { MessageId } from "../../parts/links.tsx";
import { Status } from "../../parts/status.tsx";
import { countText, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { Way } from "../messages/columns.tsx";
import type { TalkLine } from "./asked.ts";
import type { Family } from "./family.ts";
import { remember } from "./glance.ts";

const MOST = 50;

export function Kin({ family, isCut }: { readonly family: Family; readonly isCut: boolean }) {
  const { cause, answers, replies, effects } = family;
  const up = [answers, cause].filter(
    (line, at, all) => line !== undefined && all.indexOf(line) === at,
  ) as TalkLine[];
  return (
    <div className="grid gap-3 text-small">
      <Group
        title={
          answers !== undefined && answers === cause
            ? "It answers"
            : up.length > 1
              ? "It answers, and follows from"
              : "It follows from"
        }
        lines={up}
        none={isCut ? "Nothing that is loaded." : "Nothing: with it something began."}
      />
      <Group title="Answers to it" lines={replies} none="None." />
      <Group title="What its handling sent" lines={effects} none="Nothing." />
      {isCut && (
        <p className="text-tiny text-soft">
          Of this long conversation only the beginning and the end were looked through.
        </p>
      )}
    </div>
  );
}

function Group({
  title,
  lines,
  none,
}: {
  readonly title: string;
  readonly lines: readonly TalkLine[];
  readonly none: string;
}) {
  return (
    <section>
      <h3 className="text-tiny font-semibold text-soft">{title}</h3>
      {lines.length === 0 ? (
        <p className="text-soft">{none}</p>
      ) : (
        <ul>
          {lines.slice(0, MOST).map((line) => (
            <KinRow key={line.key} line={line} />
          ))}
        </ul>
      )}
      {lines.length > MOST && (
        <p className="text-tiny text-soft">and {countText(lines.length - MOST)} more</p>
      )}
    </section>
  );
}

function KinRow({ line }: { readonly line: TalkLine }) {
  const { id, verb, type, operation, state, sentAt, preview, error } = line;
  const navigate = useNavigate();
  const open = (): void => {
    remember(line);
    void navigate({ to: "/messages/$id", params: { id } });
  };
  return (
    <li
      className="grid cursor-pointer grid-cols-[5rem_minmax(0,1fr)_5rem_5.75rem] items-center gap-x-2 rounded-chip px-1 py-0.5 hover:bg-hover"
      onClick={open}
    >
      <Kind verb={verb} type={type} />
      <span className="truncate">
        <Way line={line} /> {plain(operation)}
      </span>
      <Status state={state} />
      <span className="text-right text-soft">
        <Time at={sentAt} />
      </span>
      <span
        className={`col-span-3 truncate font-mono text-tiny ${error === undefined ? "text-soft" : "text-bad"}`}
      >
        {plain(error ?? preview)}
      </span>
      <span className="text-right" onClick={() => remember(line)}>
        <MessageId id={id} />
      </span>
    </li>
  );
}
