/** Shown: what the hub answers, or why it does not, or that it is still asked; what was there before stays while it is asked anew. */
import type { UseQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Problem } from "./problem.tsx";

export function Shown<T>({
  query,
  children,
}: {
  readonly query: UseQueryResult<T>;
  readonly children: (data: T) => ReactNode;
}) {
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
