/** Force: a breaker is held open or closed by hand, or left to itself again, after it was said what that means. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { ask } from "../../api/client.ts";
import { useMay } from "../../app/me.ts";
import type { BreakerStatus } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { counted, plain } from "../../parts/text.ts";
import { canBegin } from "./sentence.ts";

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

/** What leaving it to itself is for one that decides by its own rule already. */
const reset = {
  name: "Reset",
  means: "It begins closed again, with nothing counted.",
} as const;

export interface ForceProps {
  readonly breaker: BreakerStatus;
  readonly systems: number;
}

export function Force({ breaker, systems }: ForceProps) {
  const { agent, forced } = breaker;
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
  const told = { ...forces, ...(!forced && { auto: reset }) };
  const refusalOf = (name: ForceName): string | undefined => {
    if (!isMine) return "You may not: it needs the right to administer";
    return name === "auto" && !canBegin(breaker) ? "It is closed, and has counted nothing" : undefined;
  };
  const names: readonly ForceName[] = forced ? ["auto", "open", "closed"] : ["open", "closed", "auto"];
  return (
    <>
      <span role="group" aria-label={`The breaker of ${plain(agent)}`} className="flex flex-wrap gap-1.5">
        {names.map((name) => (
          <Button
            key={name}
            aria-expanded={asked === name}
            disabled={refusalOf(name) !== undefined}
            title={refusalOf(name)}
            onClick={() => (done.reset(), setAsked(name))}
          >
            {told[name].name}
          </Button>
        ))}
      </span>
      {asked !== undefined && (
        <div
          role="group"
          aria-label={`${told[asked].name}: ${plain(agent)}?`}
          className="flex w-full flex-wrap items-center gap-2 rounded-box border border-line bg-raised p-2"
          onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), setAsked(undefined))}
        >
          <p className="grow">{told[asked].means}</p>
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
            {told[asked].name} in {counted(systems, "system")}
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
