/** Transition list: what breakers did last, as far as this page has seen it. */
import { AgentName } from "../../parts/links.tsx";
import { Box } from "../../parts/screen.tsx";
import { Time } from "../../parts/time.tsx";
import type { Transition } from "./transitions.ts";

const MOST = 10;

export function TransitionList({ all }: { readonly all: readonly Transition[] }) {
  return (
    <Box title="Last changes" tools={<span className="text-tiny text-soft">since this page was opened</span>}>
      {all.length === 0 ? (
        <p className="text-small text-soft">No breaker has changed while this page looked.</p>
      ) : (
        <ol className="grid gap-0.5 text-small">
          {all.slice(0, MOST).map(({ system, agent, at, from, to }) => (
            <li key={`${system} ${agent} ${at}`} className="flex flex-wrap items-baseline gap-x-2">
              <Time at={at} />
              <AgentName address={agent} />
              <span className="text-soft">
                {from} → <span className={to.startsWith("open") ? "text-bad" : "text-ink"}>{to}</span>
              </span>
            </li>
          ))}
        </ol>
      )}
    </Box>
  );
}
