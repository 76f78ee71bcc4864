/** Standing: how much is there, whether it is still searched, and what has come since. */
import { Link } from "@tanstack/react-router";
import { Button } from "../../parts/button.tsx";
import { useNow } from "../../parts/now.ts";
import { countText, counted, dateText, spanText } from "../../parts/text.ts";
import { hasTerm, term, toggled } from "./terms.ts";
import { MOST_ROWS, type Lines } from "./uselines.ts";
import { useSearch } from "./usesearch.ts";

const DEAD = term("state", "dead");

export interface StandingProps {
  readonly lines: Lines;
  readonly where: string;
  readonly from: number | undefined;
  readonly onNewest: () => void;
}

export function Standing({ lines, where, from, onNewest }: StandingProps) {
  const { rows, isWhole, isFull, isStopped, isAsking, stop, goOn, fresh } = lines;
  const since = useSearch(isAsking && !isStopped);
  return (
    <div className="flex min-h-8 flex-wrap items-center gap-2 border-b border-line bg-panel px-3 py-0.5 text-tiny text-soft">
      <span role="status">
        {isWhole ? counted(rows.count, "message") : `${countText(rows.count)} loaded`}
        {isWhole && rows.newer === 0 && from === undefined && ", all there are"}
        {isFull &&
          `; no more than ${countText(MOST_ROWS)} can be scrolled: narrow the filter or jump to a time`}
      </span>
      {from !== undefined && <span>from {dateText(from)} on</span>}
      {since !== undefined && <Searching since={since} reached={rows.reached} />}
      {since !== undefined && (
        <Button kind="bad" className="py-0! text-tiny!" onClick={stop}>
          Stop
        </Button>
      )}
      {isStopped && !isWhole && (
        <>
          <span>
            stopped{rows.reached !== undefined && ` at ${dateText(rows.reached)}`}; there may be more before
          </span>
          <Button className="py-0! text-tiny!" onClick={goOn}>
            Search on
          </Button>
        </>
      )}
      {hasTerm(where, DEAD) && rows.count > 0 && (
        <Link
          to="/dead-letters"
          search={{ where: toggled(where, "state", "dead") }}
          className="underline decoration-line underline-offset-2 hover:decoration-accent"
        >
          Give all of these back under Dead letters
        </Link>
      )}
      <span className="grow" />
      {from !== undefined && (
        <Button className="py-0! text-tiny!" onClick={onNewest}>
          To the newest (G)
        </Button>
      )}
      {fresh > 0 && (
        <Button className="border-accent! py-0! text-tiny! text-accent!" onClick={onNewest}>
          {fresh >= 50 ? "50 or more" : fresh} newer (G)
        </Button>
      )}
    </div>
  );
}

function Searching({ since, reached }: { readonly since: number; readonly reached: number | undefined }) {
  const now = useNow(250);
  const back = reached === undefined ? "" : `, back to ${dateText(reached)}`;
  return (
    <span>
      searching for {spanText(Math.max(0, now - since))}
      {back} …
    </span>
  );
}
