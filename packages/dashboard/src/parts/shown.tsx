/** Shown: what the hub answers, or why it does not, or that it is still asked; what was there before stays while it is asked anew. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem } from "./problem.tsx";

export function Shown<T>({
  query,
  isAsked = true,
  children,
}: {
  readonly query: UseQueryResult<T>;
  /** False where it is not asked at all: nothing is shown then. */
  readonly isAsked?: boolean;
  readonly children: (data: T) => ReactNode;
}) {
  if (!isAsked) return null;
  if (query.data !== undefined)
    return (
      <>
        {query.error && <Problem error={query.error} again={() => void query.refetch()} />}
        {children(query.data)}
      </>
    );
  if (query.error) return <Problem error={query.error} again={() => void query.refetch()} />;
  return (
    <p role="status" className="p-4 text-small text-soft">
      Asking the hub …
    </p>
  );
}
