/** Clients: the systems behind the hub, its own included. */
import { Link } from "@tanstack/react-router";
import { CircleCheck, CircleX } from "lucide-react";
import type { SystemStatus } from "../../api/types.ts";
import { Box } from "../../parts/screen.tsx";
import { countText, plain } from "../../parts/text.ts";
import { flat } from "../overview/concerns.ts";

/** Systems that are listed; the rest is told by its number. */
const LISTED = 100;

export function ClientsBox({ systems }: { readonly systems: readonly SystemStatus[] }) {
  return (
    <Box
      title={`Clients (${countText(systems.length)})`}
      tools={
        <Link to="/supervision" className="text-small text-soft hover:text-ink">
          What runs in them
        </Link>
      }
    >
      <div className="max-h-80 overflow-auto">
        <table aria-label="Clients" className="w-full text-small">
          <thead>
            <tr className="border-b border-line text-left text-tiny text-soft">
              <th scope="col" className="py-1 font-normal">
                name
              </th>
              <th scope="col" className="py-1 font-normal">
                system
              </th>
              <th scope="col" className="py-1 text-right font-normal">
                agents
              </th>
              <th scope="col" className="py-1 pl-4 font-normal">
                answers
              </th>
            </tr>
          </thead>
          <tbody>
            {systems.slice(0, LISTED).map(({ system, client, answers, tree = [] }) => (
              <tr key={system} className="border-b border-line/60 last:border-b-0">
                <td className="max-w-40 truncate py-1 pr-3 whitespace-nowrap">
                  {plain(client ?? "no name")}
                </td>
                <td
                  className="w-full max-w-0 truncate py-1 pr-3 font-mono text-tiny text-soft"
                  title={plain(system)}
                >
                  {plain(system)}
                </td>
                <td className="py-1 text-right">
                  {countText(tree.flatMap(flat).filter(({ type }) => type === "agent").length)}
                </td>
                <td className="py-1 pl-4 whitespace-nowrap">
                  {answers ? (
                    <span className="inline-flex items-center gap-1 text-good">
                      <CircleCheck size={13} aria-hidden /> yes
                    </span>
                  ) : (
                    <span className="inline-flex items-center gap-1 text-bad">
                      <CircleX size={13} aria-hidden /> no
                    </span>
                  )}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
        {systems.length > LISTED && (
          <p className="pt-2 text-small text-soft">and {countText(systems.length - LISTED)} more</p>
        )}
      </div>
    </Box>
  );
}
