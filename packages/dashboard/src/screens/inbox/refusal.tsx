/** Refusal: a question is declined, or taken back; asked twice, since whoever waits for an answer is told that none comes, and why. */
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "../../parts/button.tsx";
import { Problem } from "../../parts/problem.tsx";
import { Twice } from "../../parts/twice.tsx";

export interface RefusalProps {
  /** What is done, as the button says it: "Decline it". */
  readonly words: string;
  readonly isOff: boolean;
  /** Why it is off. */
  readonly title?: string | undefined;
  /** Tells whoever asked why. */
  readonly refuse: (reason: string | undefined) => Promise<unknown>;
  readonly onDone: () => void;
}

export function Refusal({ words, isOff, title, refuse, onDone }: RefusalProps) {
  return (
    <Twice kind="quiet" label={`${words} …`} disabled={isOff} title={title}>
      {(leave) => <Why {...{ words, refuse, onDone, leave }} />}
    </Twice>
  );
}

interface WhyProps extends Pick<RefusalProps, "words" | "refuse" | "onDone"> {
  readonly leave: () => void;
}

function Why({ words, refuse, onDone, leave }: WhyProps) {
  const [reason, setReason] = useState("");
  const refusing = useMutation({
    mutationFn: () => refuse(reason.trim() === "" ? undefined : reason.trim()),
    onSuccess: onDone,
  });
  return (
    <form
      aria-label={words}
      className="flex w-full flex-wrap items-center gap-2"
      onSubmit={(event) => (event.preventDefault(), refusing.mutate())}
    >
      <label className="flex grow items-center gap-2">
        Why
        <input
          type="text"
          autoFocus
          maxLength={500}
          placeholder="who asked is told"
          className="grow rounded-chip border border-strong bg-panel px-2 py-1 text-ink placeholder:text-soft"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <Button kind="bad" type="submit" disabled={refusing.isPending}>
        {words}
      </Button>
      <Button kind="quiet" onClick={leave}>
        Keep it
      </Button>
      {refusing.error && <Problem error={refusing.error} />}
    </form>
  );
}
