/** Grave: why a message is a dead letter, and the way back: tried first, then done. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { RotateCcw } from "lucide-react";
import { useMemo } from "react";
import { useKeys } from "../../app/keys.ts";
import { useMay } from "../../app/me.ts";
import type { DeadLetter } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { counted, plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { lettersQuery } from "./asked.ts";
import { redrive, type Redriven } from "./sending.ts";

export function Grave({ id, mailbox }: { readonly id: string; readonly mailbox: string | undefined }) {
  const { data } = useQuery(lettersQuery(id));
  const letter = data?.find((each) => each.mailbox === mailbox) ?? data?.[0];
  return letter ? <Letter key={letter.id} letter={letter} /> : null;
}

function Letter({
  letter: { id, envelope, mailbox, reason, error, diedAt, generation },
}: {
  readonly letter: DeadLetter;
}) {
  const client = useQueryClient();
  const isMine = useMay()("redrive", (mailbox ?? envelope.to ?? envelope.topic)?.split("#", 1)[0]);
  const trial = useMutation({ mutationFn: (force: boolean) => redrive(id, true, force) });
  const act = useMutation({
    mutationFn: (force: boolean) => redrive(id, false, force),
    // The message is the same one, so this page is where one sees what becomes of it.
    onSuccess: () =>
      Promise.all(
        [["records", envelope.id], ["letters", envelope.id], ["talk"]].map((queryKey) =>
          client.invalidateQueries({ queryKey }),
        ),
      ),
  });
  const isForced = trial.variables ?? false;
  const { mutate: attempt } = trial;
  useKeys(
    useMemo(
      () =>
        isMine
          ? [{ keys: "r", does: "Redrive: see first what would happen", run: () => attempt(false) }]
          : [],
      [attempt, isMine],
    ),
  );
  return (
    <section
      aria-label="Dead letter"
      className="grid gap-2 rounded-box border border-bad bg-badwash p-3 text-small"
    >
      <p>
        A dead letter since <Time at={diedAt} ago />: <span className="font-medium">{plain(reason)}</span>
        {generation > 0 && (
          <span className="text-soft"> · redriven {generation === 1 ? "once" : `×${generation}`} before</span>
        )}
      </p>
      {error && <p className="max-h-40 overflow-auto wrap-anywhere">{plain(error.message)}</p>}
      <p className="flex flex-wrap items-center gap-2">
        <Button
          onClick={() => attempt(false)}
          disabled={!isMine || trial.isPending || act.isPending}
          title={isMine ? undefined : "You may not: it needs the right to redrive"}
        >
          <RotateCcw size={13} aria-hidden />
          Redrive …
        </Button>
        {trial.data && <Foreseen would={trial.data} force={() => attempt(true)} isForced={isForced} />}
        {trial.data?.redriven === 1 && (
          <Button kind="main" onClick={() => act.mutate(isForced)} disabled={act.isPending}>
            {act.isPending ? "Giving it back …" : "Give it back now"}
          </Button>
        )}
        {act.data && (
          <span role="status">{act.data.redriven === 1 ? "Given back." : skippedText(act.data)}</span>
        )}
      </p>
      {(trial.error ?? act.error) && <Problem error={trial.error ?? act.error} />}
    </section>
  );
}

interface ForeseenProps {
  readonly would: Redriven;
  readonly force: () => void;
  readonly isForced: boolean;
}

function Foreseen({ would, force, isForced }: ForeseenProps) {
  if (would.redriven > 0)
    return <span role="status">It would go back to its mailbox with new attempts.</span>;
  return (
    <>
      <span role="status">{skippedText(would)}</span>
      {!isForced && <Button onClick={force}>Would it go by force?</Button>}
    </>
  );
}

function skippedText({ skipped, matched }: Redriven): string {
  const why = Object.keys(skipped).map(plain).join(", ");
  return matched === 0
    ? "It is no dead letter any more."
    : `It would not go back: ${why || counted(0, "letter")}.`;
}
