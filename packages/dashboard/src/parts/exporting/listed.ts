/** Listed: a list of the hub as a file, page by page, for what the hub writes no file of. */
import { ask } from "../../api/client.ts";
import type { Page } from "../../api/types.ts";
import type { Course } from "./export.ts";
import type { Sink } from "./filesink.ts";

/** Takes a list, one JSON value a line: `takeListed("get /v1/conversations", {}, sink, course)`. Ends early when it is stopped. */
export async function takeListed(
  place: string,
  query: Readonly<Record<string, string | undefined>>,
  sink: Sink,
  { signal, told }: Course,
): Promise<void> {
  const encoder = new TextEncoder();
  let count = 0;
  let after: string | undefined;
  try {
    do {
      const page = await ask<Page<unknown>>(place, { query: { ...query, after }, signal });
      await sink.write(encoder.encode(page.items.map((each) => `${JSON.stringify(each)}\n`).join("")));
      told({ count: (count += page.items.length) });
      after = page.next;
    } while (after !== undefined);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await sink.close();
  }
}
