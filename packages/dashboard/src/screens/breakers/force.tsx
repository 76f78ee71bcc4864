/** Force: a breaker is held open or closed by hand, or left to itself again, after it was said what that means. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../api/client.ts";
import { useMay } from "../../app/me.ts";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { counted, plain } from "../../parts/text.ts";

const forces = {
  open: {
    name: "Force open",
    means: "Nothing is let through, however well it goes, until somebody closes it or leaves it to itself.",
  },
  closed: {
    name: "Force closed",
    means: "Everything is let through, however often it fails, until somebody changes that.",
  },
  auto: {
    name: "Leave to itself",
    means: "It decides by its own rule again, and begins closed with nothing counted.",
  },
} as const;
type ForceName = keyof typeof forces;

export interface ForceProps {
  readonly agent: string;
  readonly systems: number;
  readonly forced: boolean;
}

export function Force({ agent, systems, forced }: ForceProps) {
  const [asked, setAsked] = useState<ForceName>();
  const [reason, setReason] = useState("");
  const client = useQueryClient();
  const isMine = useMay()("administer", agent);
  const done = useMutation({
    mutationFn: (state: ForceName) =>
      ask(`post /v1/breakers/${encodeURIComponent(agent)}`, {
        body: { state, ...(reason.trim() !== "" && { reason: reason.trim() }) },
      }),
    onSuccess: () => (setAsked(undefined), setReason("")),
    onSettled: () => client.invalidateQueries(),
  });
  const names: readonly ForceName[] = forced ? ["auto", "open", "closed"] : ["open", "closed", "auto"];
  return (
    <>
      <span role="group" aria-label={`The breaker of ${plain(agent)}`} className="flex flex-wrap gap-1.5">
        {names.map((name) => (
          <Button
            key={name}
            aria-expanded={asked === name}
            disabled={!isMine}
            title={isMine ? undefined : "You may not: it needs the right to administer"}
            onClick={() => (done.reset(), setAsked(name))}
          >
            {forces[name].name}
          </Button>
        ))}
      </span>
      {asked !== undefined && (
        <div
          role="group"
          aria-label={`${forces[asked].name}: ${plain(agent)}?`}
          className="flex w-full flex-wrap items-center gap-2 rounded-box border border-line bg-raised p-2"
          onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), setAsked(undefined))}
        >
          <p className="grow">{forces[asked].means}</p>
          <label className="flex items-center gap-2">
            Why
            <input
              type="text"
              autoFocus
              maxLength={500}
              placeholder="for those who look at it later"
              className="w-64 rounded-chip border border-strong bg-panel px-2 py-1 placeholder:text-soft"
              value={reason}
              onChange={(event) => setReason(event.target.value)}
              onKeyDown={(event) => event.key === "Enter" && !done.isPending && done.mutate(asked)}
            />
          </label>
          <Button
            kind={asked === "open" ? "bad" : "main"}
            aria-disabled={done.isPending}
            onClick={() => done.isPending || done.mutate(asked)}
          >
            {forces[asked].name} in {counted(systems, "system")}
          </Button>
          <Button kind="quiet" onClick={() => setAsked(undefined)}>
            Cancel
          </Button>
          {done.error && <Problem error={done.error} />}
        </div>
      )}
    </>
  );
}
