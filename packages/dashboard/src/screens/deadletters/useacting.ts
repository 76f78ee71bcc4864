/** Runs an act on dead letters, and tells how far it is. */
import { useEffect, useRef, useState } from "react";
import { acting, type Acting, type Wish } from "./requests.ts";

export interface Run {
  /** How many are wanted. */
  readonly total: number;
  readonly acting: Acting | undefined;
  readonly state: "runs" | "over" | "stopped" | "failed";
  readonly error?: unknown;
}

type Begin = (wish: Omit<Wish, "signal"> & { readonly total: number }) => void;

export function useActing(): {
  readonly run: Run | undefined;
  readonly begin: Begin;
  readonly stop: () => void;
} {
  const [run, setRun] = useState<Run>();
  const ending = useRef<AbortController>(undefined);
  useEffect(() => () => ending.current?.abort(), []);
  const stop = (): void => ending.current?.abort();
  const begin: Begin = ({ total, ...wish }) => {
    const end = new AbortController();
    ending.current = end;
    setRun({ total, acting: undefined, state: "runs" });
    const go = async (): Promise<void> => {
      try {
        for await (const at of acting({ ...wish, signal: end.signal }))
          setRun({ total, acting: at, state: at.isOver ? "over" : "runs" });
      } catch (error) {
        setRun((before) => ({
          ...{ total, acting: before?.acting, state: end.signal.aborted ? "stopped" : "failed", error },
        }));
      }
    };
    void go();
  };
  return { run, begin, stop };
}
