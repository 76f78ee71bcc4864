/** Audit: who did what with special rights, and who was refused, the newest first. */
import type { AuditPage } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Command } from "../../parts/empty.tsx";
import { Box } from "../../parts/screen.tsx";
import { dateText, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";

export function AuditBox({ audit, again }: { readonly audit: AuditPage; readonly again: () => void }) {
  return (
    <Box
      title="Audit"
      tools={
        audit.kept && (
          <Button kind="quiet" onClick={again}>
            Look again
          </Button>
        )
      }
    >
      {audit.kept ? (
        <Lines audit={audit} />
      ) : (
        <p className="text-small text-soft">
          Without tokens everybody is the operator, and no audit is kept. With them it is:{" "}
          <Command>npx hermod token create NAME</Command>
        </p>
      )}
    </Box>
  );
}

function Lines({ audit: { items } }: { readonly audit: AuditPage }) {
  if (items.length === 0) return <p className="text-small text-soft">Nothing has been kept yet.</p>;
  return (
    <div className="max-h-96 overflow-auto" tabIndex={0} aria-label="Lines of the audit" role="region">
      <table aria-label="Audit" className="w-full text-small">
        <thead>
          <tr className="border-b border-line text-left text-tiny text-soft">
            {["when", "who", "what", "whom", "outcome"].map((name) => (
              <th key={name} scope="col" className="py-1 pr-4 font-normal">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {items.map(({ at, principal, act, subject, outcome }, row) => (
            <tr key={`${at} ${row}`} className="border-b border-line/60 last:border-b-0">
              <td className="py-1 pr-4 whitespace-nowrap" title={dateText(Date.parse(at))}>
                <Time at={at} ago />
              </td>
              <td className="max-w-48 truncate py-1 pr-4">{plain(principal)}</td>
              <td className="py-1 pr-4 whitespace-nowrap">{plain(act)}</td>
              <td className="max-w-64 truncate py-1 pr-4">{plain(subject)}</td>
              <td className={`py-1 ${outcome === "refused" ? "text-bad" : "text-good"}`}>{outcome}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
