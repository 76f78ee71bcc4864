/** Change list: what breakers did last and why, as their systems remember it. */
import { AgentName } from "../../parts/links.tsx";
import { Box } from "../../parts/screen.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { wordOf, type Change } from "./sentence.ts";

const MOST = 10;
const tones = { open: "text-bad", "half-open": "text-warn", closed: "text-good" } as const;

export function ChangeList({ all }: { readonly all: readonly Change[] }) {
  return (
    <Box title="Last changes">
      {all.length === 0 ? (
        <p className="text-small text-soft">No breaker has changed since its system began.</p>
      ) : (
        <Changes all={all.slice(0, MOST)} />
      )}
    </Box>
  );
}

export function Changes({
  all,
  isOfOne = false,
}: {
  readonly all: readonly Change[];
  readonly isOfOne?: boolean;
}) {
  return (
    <ol className="grid gap-0.5 text-small">
      {all.map((change, at) => (
        // Two may have come in the same millisecond.
        <li
          key={`${change.system} ${change.agent} ${change.at} ${at}`}
          className="flex flex-wrap items-baseline gap-x-2"
        >
          <Time at={change.at} />
          {!isOfOne && <AgentName address={change.agent} />}
          <span className={tones[change.state]}>{wordOf(change)}</span>
          <span className="min-w-0 break-words text-soft">{plain(change.reason)}</span>
        </li>
      ))}
    </ol>
  );
}
