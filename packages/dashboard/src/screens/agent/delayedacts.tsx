/** Delayed acts: one message that waits for a time is let run now, or cancelled after it was said what that means. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ask } from "../../api/client.ts";
import { useMay } from "../../app/me.ts";
import { Button } from "../../parts/button.tsx";
import { plain, shortId } from "../../parts/text.ts";
import { Twice } from "../../parts/twice.tsx";

export interface DelayedActsProps {
  readonly mailbox: string;
  readonly id: string;
}

export function DelayedActs({ mailbox, id }: DelayedActsProps) {
  const client = useQueryClient();
  const may = useMay();
  const doing = useMutation({
    mutationFn: (act: "run" | "cancel") =>
      ask(`post /v1/mailboxes/${encodeURIComponent(mailbox)}/delayed/${encodeURIComponent(id)}`, {
        body: { act },
      }),
    onSettled: () => client.invalidateQueries(),
  });
  if (!may("redrive", mailbox)) return <span className="text-tiny text-soft">not yours to change</span>;
  if (doing.error)
    return <span className="text-tiny whitespace-normal text-bad">{plain(doing.error.message)}</span>;
  if (doing.isSuccess) return <span className="text-tiny text-soft">done</span>;
  return (
    <span
      role="group"
      aria-label={`Message ${shortId(id)}`}
      className="flex items-center gap-1.5 whitespace-nowrap"
    >
      <Button disabled={doing.isPending} onClick={() => doing.mutate("run")}>
        Run now
      </Button>
      <Twice label="Cancel …" disabled={doing.isPending}>
        {(leave) => (
          <>
            <Button autoFocus kind="bad" disabled={doing.isPending} onClick={() => doing.mutate("cancel")}>
              Make it a dead letter
            </Button>
            <Button kind="quiet" onClick={leave}>
              Keep
            </Button>
          </>
        )}
      </Twice>
    </span>
  );
}
