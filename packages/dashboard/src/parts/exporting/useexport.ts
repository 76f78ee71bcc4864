/** Use export: an export under way on a screen: begun, told of, stopped, and gone with its screen. */
import { useCallback, useEffect, useRef, useState } from "react";
import { countText, dateText, sizeText } from "../text.ts";
import { forms, takeExport, type Form, type Taken } from "./export.ts";
import { toFile } from "./filesink.ts";

export type Stand =
  | { readonly is: "idle" }
  | ({ readonly is: "busy" | "done" | "stopped" } & Taken)
  | { readonly is: "failed"; readonly why: unknown };

export interface Exporting {
  readonly stand: Stand;
  readonly begin: (form: Form) => void;
  readonly stop: () => void;
}

/** How often the screen is told, in milliseconds: pieces come faster than anybody reads. */
const OFTEN = 100;

/** Exports what a route of the hub writes: `useExport("/v1/export/messages", { where }, "messages")`. */
export function useExport(
  path: string,
  query: Readonly<Record<string, string | undefined>>,
  name: string,
): Exporting {
  const [stand, setStand] = useState<Stand>({ is: "idle" });
  const stopping = useRef<AbortController>(undefined);
  useEffect(() => () => stopping.current?.abort(), []);
  const run = async (form: Form): Promise<void> => {
    const ending = (stopping.current = new AbortController());
    let taken: Taken = { count: 0 };
    let toldAt = 0;
    const told = (now: Taken): void => {
      taken = now;
      if (performance.now() - toldAt < OFTEN) return;
      toldAt = performance.now();
      setStand({ is: "busy", ...now });
    };
    try {
      const sink = await toFile(`${name} ${dateText(Date.now()).replaceAll(":", "-")}.${forms[form].end}`);
      setStand({ is: "busy", ...taken });
      await takeExport(path, { ...query, form }, sink, { signal: ending.signal, told });
      setStand({ is: ending.signal.aborted ? "stopped" : "done", ...taken });
    } catch (why) {
      const isChange = why instanceof DOMException && why.name === "AbortError";
      setStand(isChange ? { is: "idle" } : { is: "failed", why });
    }
  };
  const stop = useCallback(() => stopping.current?.abort(), []);
  return { stand, begin: (form) => void (stand.is === "busy" || run(form)), stop };
}

/** "12,000", "12,000 of 50,000", "48 kB". */
export function amountText({ total, ...taken }: Taken): string {
  return total === undefined ? soFar(taken) : `${soFar(taken)} of ${countText(total)}`;
}

const soFar = ({ count, unit }: Taken): string => (unit === "bytes" ? sizeText(count) : countText(count));

export function wordsFor(stand: Stand): string {
  switch (stand.is) {
    case "idle":
      return "";
    case "busy":
      return `${amountText(stand)} written …`;
    case "done":
      return `${soFar(stand)} written.`;
    case "stopped":
      return `Stopped; the first ${soFar(stand)} are in the file.`;
    case "failed":
      return stand.why instanceof Error ? stand.why.message : "it failed";
  }
}
