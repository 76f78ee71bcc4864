/** Deepest: the five mailboxes in which most waits, and for how long the oldest of it has waited. */
import { Link } from "@tanstack/react-router";
import type { AgentStatus } from "../../api/types.ts";
import { AgentName } from "../../parts/links.tsx";
import { useNow } from "../../parts/now.ts";
import { Box } from "../../parts/screen.tsx";
import { countText, spanText } from "../../parts/text.ts";
import { ageOf } from "./concerns.ts";
import { deepest } from "./depths.ts";

const TOP = 5;

export function Deepest({ agents }: { readonly agents: readonly AgentStatus[] }) {
  const now = useNow(1000);
  const rows = deepest(agents, TOP);
  const most = Math.max(1, ...rows.map(({ mailbox }) => mailbox?.waiting ?? 0));
  return (
    <Box
      title="Deepest mailboxes"
      tools={
        <Link to="/agents" className="text-small text-soft hover:text-ink">
          All agents
        </Link>
      }
    >
      {rows.length === 0 ? (
        <p className="text-small text-soft">Nothing waits.</p>
      ) : (
        <table aria-label="Deepest mailboxes" className="w-full text-small">
          <thead>
            <tr className="border-b border-line text-left text-tiny text-soft">
              <th scope="col" className="py-1 font-normal">
                agent
              </th>
              <th scope="col" className="w-1/3 py-1 font-normal">
                <span className="sr-only">how deep</span>
              </th>
              {["waiting", "running", "delayed", "oldest"].map((name) => (
                <th key={name} scope="col" className="py-1 pl-3 text-right font-normal">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((each) => (
              <tr key={each.name} className="border-b border-line/60 last:border-b-0">
                <td className="max-w-64 truncate py-1 pr-3">
                  <AgentName address={each.name} />
                </td>
                <td>
                  <div
                    className="h-2 rounded-chip bg-accent"
                    style={{ width: `${((each.mailbox?.waiting ?? 0) / most) * 100}%` }}
                  />
                </td>
                <td className="py-1 pl-3 text-right">{countText(each.mailbox?.waiting ?? 0)}</td>
                <td className="py-1 pl-3 text-right text-soft">{countText(each.mailbox?.running ?? 0)}</td>
                <td className="py-1 pl-3 text-right text-soft">{countText(each.mailbox?.delayed ?? 0)}</td>
                <td className="py-1 pl-3 text-right whitespace-nowrap">
                  {each.mailbox?.oldestSentAt === undefined ? "–" : spanText(ageOf(each, now))}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Box>
  );
}
