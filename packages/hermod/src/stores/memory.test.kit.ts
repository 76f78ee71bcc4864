/** What the tests of the memory store share: a bench with such a store on it, and the reports of a type. */
import assert from "node:assert/strict";
import type { ReportType, Report } from "../core/report.ts";
import { Bench } from "../testing/store/bench.ts";
import { createEnv } from "../testing/store/env.ts";
import { memory, type MemoryOptions } from "./memory.ts";

/** Runs a trial on a memory store, which leaves no timer behind. */
export async function onMemory(options: MemoryOptions, run: (bench: Bench) => Promise<void>): Promise<void> {
  const { env, ...heard } = createEnv();
  const store = await memory(options)(env);
  const bench = new Bench(store, heard, () => heard.clock.settle());
  await bench.announce();
  await run(bench);
  await store.close();
  assert.equal(heard.clock.waiting, 0, "timers left after close");
}

/** The reports of a type so far. */
export function reportsOf<T extends ReportType>(
  { reports }: Bench,
  type: T,
): Extract<Report, { readonly type: T }>[] {
  return reports.filter((report): report is Extract<Report, { readonly type: T }> => report.type === type);
}

/** A number of drafts with ids "1", "2" and so on. */
export function numbered<T extends object>(count: number, draft?: T): (T & { readonly id: string })[] {
  return Array.from({ length: count }, (_, at) => ({ ...(draft as T), id: `${at + 1}` }));
}
