/** Groups: dead letters by what they died of: thousands read as a few causes. */
import type { DeadLetterGroup } from "../../api/types.ts";
import { AgentName } from "../../parts/links.tsx";
import { countText, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

/** Agents that are named in a row. */
const NAMED = 3;

export interface GroupsProps {
  readonly groups: readonly DeadLetterGroup[];
  /** Whose letters are shown. */
  readonly open: string | undefined;
  /** Where the keys are. */
  readonly at: string | undefined;
  readonly onOpen: (cause: string) => void;
}

export function Groups({ groups, open, at, onOpen }: GroupsProps) {
  const most = Math.max(1, ...groups.map(({ count }) => count));
  return (
    <table aria-label="Causes" className="w-full border-collapse text-small">
      <thead className="sticky top-0 z-1 bg-panel">
        <tr className="border-b border-line text-left text-tiny text-soft">
          {["letters", "", "cause", "agents", "first", "last"].map((name) => (
            <th
              key={name}
              scope="col"
              className={`px-3 py-1 font-normal ${name === "letters" ? "text-right" : ""}`}
            >
              {name === "" ? <span className="sr-only">share</span> : name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {groups.map((group) => (
          <tr
            key={group.cause}
            aria-selected={group.cause === open}
            data-at={group.cause === at || undefined}
            className="cursor-pointer border-b border-line/60 hover:bg-hover aria-selected:bg-chosen data-at:outline-2 data-at:-outline-offset-2 data-at:outline-accent"
            onClick={() => onOpen(group.cause)}
          >
            <td className="w-20 h-7 px-3 text-right font-semibold">{countText(group.count)}</td>
            <td className="w-24 py-1.5 max-[900px]:hidden">
              <div
                className="h-2 rounded-chip bg-strong"
                style={{ width: `${Math.max(4, (group.count / most) * 100)}%` }}
              />
            </td>
            <td className="max-w-0 w-full h-7 px-3">
              <button
                type="button"
                className="block w-full truncate text-left"
                title={plain(group.cause)}
                onClick={(event) => (event.stopPropagation(), onOpen(group.cause))}
              >
                <span className="mr-2 rounded-chip bg-badwash px-1.5 py-0.5 text-tiny text-bad">
                  {group.reason}
                </span>
                {plain(messageOf(group))}
              </button>
            </td>
            <td className="h-7 px-3 whitespace-nowrap max-[900px]:whitespace-normal">
              <span className="flex max-w-72 gap-2" onClick={(event) => event.stopPropagation()}>
                {group.mailboxes.slice(0, NAMED).map((each) => (
                  <span key={each} className="truncate">
                    <AgentName address={each} />
                  </span>
                ))}
                {group.mailboxes.length > NAMED && (
                  <span className="text-soft">+{group.mailboxes.length - NAMED}</span>
                )}
              </span>
            </td>
            <td className="h-7 px-3 whitespace-nowrap text-soft">
              <Time at={group.firstAt} ago />
            </td>
            <td className="h-7 px-3 whitespace-nowrap text-soft">
              <Time at={group.lastAt} ago />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The cause without its reason, which stands before it. */
export function messageOf({ cause, reason }: Pick<DeadLetterGroup, "cause" | "reason">): string {
  const message = cause.startsWith(`${reason}: `) ? cause.slice(reason.length + 2) : "";
  return message === "" ? "no error was told" : message;
}
