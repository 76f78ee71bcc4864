/** Myself: who looks at the page, as the hub knows it, and what they may. */
import { useQueryClient } from "@tanstack/react-query";
import { token } from "../../api/client.ts";
import type { Me, Right } from "../../api/types.ts";
import { live } from "../../live/live.ts";
import { Button } from "../../parts/button.tsx";
import { Box } from "../../parts/screen.tsx";
import { plain } from "../../parts/text.ts";
import { Fact, Facts } from "./facts.tsx";

const means: Readonly<Record<Right, string>> = {
  send: "send to",
  serve: "run, and speak as",
  subscribe: "listen to",
  read: "read of",
  redrive: "redrive and drop for",
  answer: "answer as",
  administer: "administer",
};
/** Subjects of a right that are listed. */
const LISTED = 20;

export function MyselfBox({ me }: { readonly me: Me }) {
  const client = useQueryClient();
  const leave = (): void => {
    token.forget();
    live.again();
    void client.resetQueries();
  };
  return (
    <Box
      title="You"
      tools={
        token.get() !== undefined && (
          <Button kind="quiet" onClick={leave}>
            Forget my token
          </Button>
        )
      }
    >
      <div className="grid gap-3 text-small">
        <Facts>
          <Fact name="name">{plain(me.name)}</Fact>
          <Fact name="kind">{me.kind}</Fact>
          {me.tenant !== undefined && <Fact name="tenant">{plain(me.tenant)}</Fact>}
        </Facts>
        {me.open && (
          <p className="text-soft">
            This hub knows no tokens: whoever reaches it from this machine is its operator.
          </p>
        )}
        <table aria-label="What you may" className="w-full">
          <tbody>
            {(Object.keys(means) as Right[]).map((right) => (
              <tr key={right} className="border-t border-line/60">
                <th scope="row" className="py-1 pr-4 text-left font-normal whitespace-nowrap text-soft">
                  {means[right]}
                </th>
                <td className="w-full py-1 break-words">{subjectsOf(me.rights[right])}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Box>
  );
}

function subjectsOf(subjects: readonly string[] = []): string {
  if (subjects.length === 0) return "nothing";
  if (subjects.includes("*")) return "everything";
  const rest = subjects.length - LISTED;
  return `${subjects.slice(0, LISTED).map(plain).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}
