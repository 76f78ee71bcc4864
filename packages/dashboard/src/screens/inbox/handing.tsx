/** Handing: a question is given to somebody else, who may answer it then. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { ask } from "../../api/client.ts";
import type { Question } from "../../api/types.ts";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { plain } from "../../parts/text.ts";
import { Time } from "../../parts/time.tsx";
import { onEscape } from "../../parts/twice.tsx";

export interface AssignProps {
  readonly question: Question;
  readonly isOff: boolean;
}

export function Assign({ question: { id, assigned }, isOff }: AssignProps) {
  const [isOpen, setIsOpen] = useState(false);
  const [to, setTo] = useState("");
  const opener = useRef<HTMLButtonElement>(null);
  const client = useQueryClient();
  const assigning = useMutation({
    mutationFn: (name: string | null) =>
      ask(`post /v1/questions/${encodeURIComponent(id)}/assign`, { body: { to: name } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ["questions"] }),
  });
  return (
    <section aria-label="Who sees to it" className="grid gap-2 text-small">
      <p className="flex flex-wrap items-center gap-x-2 gap-y-1">
        {assigned === undefined ? (
          <span className="text-soft">Nobody sees to it yet.</span>
        ) : (
          <span>
            <strong>{plain(assigned.to)}</strong> sees to it
            <span className="text-soft">
              {assigned.by !== undefined && `, ${plain(assigned.by)} said`} <Time at={assigned.at} ago />
            </span>
          </span>
        )}
        <Button
          ref={opener}
          kind="quiet"
          disabled={isOff}
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          Assign …
        </Button>
        {assigned !== undefined && (
          <Button kind="quiet" disabled={isOff || assigning.isPending} onClick={() => assigning.mutate(null)}>
            Unassign
          </Button>
        )}
      </p>
      {isOpen && (
        <form
          className="flex flex-wrap items-center gap-2"
          onSubmit={(event) => (event.preventDefault(), to.trim() !== "" && assigning.mutate(to.trim()))}
          onKeyDown={onEscape(() => (setIsOpen(false), opener.current?.focus()))}
        >
          <label className="flex items-center gap-2">
            To
            <input
              type="text"
              autoFocus
              maxLength={200}
              placeholder="name of a person"
              className="rounded-chip border border-strong bg-panel px-2 py-1 placeholder:text-soft"
              value={to}
              onChange={(event) => setTo(event.target.value)}
            />
          </label>
          <Button kind="main" type="submit" disabled={to.trim() === "" || assigning.isPending}>
            Assign
          </Button>
        </form>
      )}
      {assigning.error && <Problem error={assigning.error} />}
    </section>
  );
}
