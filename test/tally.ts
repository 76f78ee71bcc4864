/** A reporter for `node --test` that writes the runner's own totals as one line of JSON, once they are all there. */
import type { TestEvent } from "node:test/reporters";

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

interface Summary {
  readonly file?: string | undefined;
  readonly success: boolean;
  readonly counts: Readonly<Record<"tests" | "passed" | "skipped" | "todo", number>>;
}

/** The totals of one summary. What neither passed nor was set aside has failed: a cancelled test too. */
export function toTally({ success, counts }: Summary): Tally {
  const skipped = counts.skipped + counts.todo;
  const failed = counts.tests - counts.passed - skipped;
  return { passed: counts.passed, failed: success ? failed : Math.max(1, failed), skipped };
}

/** Each file has a summary of its own; the one without a file is the whole run. */
export default async function* tally(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type === "test:summary" && event.data.file === undefined)
      yield `${JSON.stringify(toTally(event.data))}\n`;
  }
}
