/** Export: a list of the hub page by page as a file with one JSON value a line; it tells how far it is and can be stopped. */
import { Download } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { ask } from "../api/client.ts";
import type { Page } from "../api/types.ts";
import { Button } from "./button.tsx";
import { countText } from "./text.ts";

/** Items of one request. */
const PAGE = 1000;

export interface Export {
  /** How many lines there are by now; undefined while none is made. */
  readonly count: number | undefined;
  readonly error: unknown;
  readonly begin: () => void;
  readonly stop: () => void;
}

/** Exports what a route lists: `useExport("get /v1/dead-letters", { where }, "dead-letters.ndjson")`. */
export function useExport(
  place: string,
  query: Readonly<Record<string, string | undefined>>,
  name: string,
): Export {
  const [count, setCount] = useState<number>();
  const [error, setError] = useState<unknown>();
  const ending = useRef<AbortController>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  const stop = (): void => ending.current?.abort();
  const begin = (): void => {
    if (count !== undefined) return;
    const end = new AbortController();
    ending.current = end;
    setError(undefined);
    setCount(0);
    const go = async (): Promise<void> => {
      const parts: string[] = [];
      let lines = 0;
      let after: string | undefined;
      do {
        const page = await ask<Page<unknown>>(place, {
          query: { ...query, after, limit: PAGE },
          signal: end.signal,
        });
        if (page.items.length > 0)
          parts.push(page.items.map((each) => JSON.stringify(each)).join("\n"), "\n");
        setCount((lines += page.items.length));
        after = page.next;
      } while (after !== undefined);
      save(new Blob(parts, { type: "application/x-ndjson" }), name);
    };
    go()
      .catch((reason: unknown) => end.signal.aborted || setError(reason))
      .finally(() => setCount(undefined));
  };
  return { count, error, begin, stop };
}

function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

export function ExportButton({ export: { count, begin, stop } }: { readonly export: Export }) {
  return (
    <Button onClick={count === undefined ? begin : stop} title="As NDJSON: one JSON value a line (e)">
      <Download size={13} aria-hidden />
      {count === undefined ? "Export" : `Stop: ${countText(count)} so far`}
    </Button>
  );
}
