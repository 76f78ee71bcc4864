/** Act dialog: before letters are given back or forgotten it counts what would happen; many have to be typed; while it runs it can be stopped. */
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { CloseButton, Dialog } from "../../parts/dialog.tsx";
import { Problem } from "../../parts/problem.tsx";
import { countText, counted, plain } from "../../parts/text.ts";
import { TypedWords } from "../../parts/typedwords.tsx";
import { isTyped, MOST, sum, TYPED, whyNot, wordsFor, type Act, type Redriven } from "./acting.ts";
import { Outcome } from "./outcome.tsx";
import { dryRun, type Target } from "./requests.ts";
import { useActing } from "./useacting.ts";

export interface ActDialogProps {
  readonly act: Act;
  readonly target: Target;
  /** What is acted on, in words: "3 chosen letters". */
  readonly what: string;
  /** Called when something was done. */
  readonly onDone?: (() => void) | undefined;
  readonly onClose: () => void;
}

const RATES = [10, 100, 1000];

export function ActDialog({ act, target, what, onDone, onClose }: ActDialogProps) {
  const client = useQueryClient();
  const { run, begin, stop } = useActing();
  const close = (): void => {
    stop();
    if (run !== undefined) onDone?.();
    void client.invalidateQueries({ queryKey: ["dead letter groups"] });
    void client.invalidateQueries({ queryKey: ["dead letters of"] });
    onClose();
  };
  return (
    <Dialog title={act === "redrive" ? "Redrive" : "Drop"} onClose={close}>
      {run === undefined ? (
        <Asked {...{ act, target, what }} onGo={(terms) => begin({ act, target, ...terms })} />
      ) : (
        <Outcome {...{ act, target, run, stop, close }} />
      )}
    </Dialog>
  );
}

interface Terms {
  readonly force: boolean;
  readonly cap: number;
  readonly rate: number;
  readonly total: number;
}

function Asked({
  act,
  target,
  what,
  onGo,
}: Pick<ActDialogProps, "act" | "target" | "what"> & { readonly onGo: (terms: Terms) => void }) {
  const [force, setForce] = useState(false);
  const [most, setMost] = useState<number>();
  const [rate, setRate] = useState(100);
  const [typed, setTyped] = useState("");
  const counting = useQuery({
    queryKey: ["dry run", act, target, force],
    queryFn: ({ signal }) => dryRun(target, force, signal),
    staleTime: 0,
    gcTime: 0,
  });
  if (counting.error) return <Problem error={counting.error} again={() => void counting.refetch()} />;
  if (!counting.data)
    return (
      <p role="status" className="text-small text-soft">
        Counting what would happen …
      </p>
    );
  const { matched, redriven, skipped } = counting.data;
  const can = act === "redrive" ? redriven : matched - (skipped["missing"] ?? 0);
  const cap = Math.min(most ?? can, can);
  const isMany = "where" in target;
  const isReady = cap > 0 && isTyped(act, cap, typed);
  return (
    <form
      className="grid gap-3 text-small"
      onSubmit={(event) => (event.preventDefault(), isReady && onGo({ force, cap, rate, total: cap }))}
    >
      <p className="break-words">{plain(what)}</p>
      <Would {...{ act, can }} said={counting.data} />
      {act === "redrive" && (force || (skipped["needs-force"] ?? 0) > 0) && (
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={force} onChange={(event) => setForce(event.target.checked)} />
          By force: also those that have died three times
        </label>
      )}
      {isMany && can > 1 && (
        <div className="flex flex-wrap gap-4">
          <label className="grid gap-1">
            <span className="text-soft">At most</span>
            <input
              type="number"
              min={1}
              max={can}
              className="w-28 rounded-chip border border-strong bg-panel px-2 py-1"
              value={cap}
              onChange={(event) => setMost(Math.max(1, Math.min(can, event.target.valueAsNumber || 1)))}
            />
          </label>
          <label className="grid gap-1">
            <span className="text-soft">Letters a second</span>
            <select
              className="rounded-chip border border-strong bg-panel px-2 py-1"
              value={rate}
              onChange={(event) => setRate(Number(event.target.value))}
            >
              {RATES.map((each) => (
                <option key={each} value={each}>
                  {countText(each)}
                </option>
              ))}
            </select>
          </label>
        </div>
      )}
      {act === "drop" && can > 0 && (
        <p className="text-bad">What is dropped cannot be brought back. Export it first if in doubt.</p>
      )}
      {cap > TYPED && <TypedWords words={wordsFor(act, cap)} typed={typed} onTyped={setTyped} />}
      <div className="flex justify-end gap-2">
        <CloseButton>Cancel</CloseButton>
        <Button
          type="submit"
          kind={act === "drop" ? "bad" : "main"}
          disabled={!isReady}
          autoFocus={cap <= TYPED}
        >
          {act === "drop" ? "Drop" : "Redrive"} {countText(cap)}
        </Button>
      </div>
    </form>
  );
}

/** What the dry run has found. */
function Would({ act, can, said }: { readonly act: Act; readonly can: number; readonly said: Redriven }) {
  const { matched, skipped } = said;
  const stay = act === "redrive" ? Object.entries(skipped) : [];
  return (
    <div className="grid gap-1 rounded-chip border border-line bg-paper p-2" role="status">
      <p>
        Would {act} <strong>{countText(can)}</strong> of {counted(matched, "letter")}
        {matched >= MOST && ", the first of them"}.
      </p>
      {sum(skipped) > 0 &&
        stay.map(([reason, count]) => (
          <p key={reason} className="text-soft">
            {countText(count)} {whyNot(reason)}
          </p>
        ))}
    </div>
  );
}
