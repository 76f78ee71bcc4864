/** Export: what the hub writes as a file, taken piece by piece: it is counted by its lines, or where these are no items by its bytes, and nothing of it is kept. */
import { askWhole, HubError } from "../../api/client.ts";
import type { Sink } from "./filesink.ts";

/** Forms that the hub writes: how a file of each ends, and, where an item is a line, how many lines stand before the first. */
export const forms = {
  ndjson: { name: "NDJSON", end: "ndjson", head: 0 },
  csv: { name: "CSV", end: "csv", head: 1 },
  json: { name: "JSON", end: "json", head: undefined },
  markdown: { name: "Markdown", end: "md", head: undefined },
  mermaid: { name: "Mermaid", end: "mmd", head: undefined },
} as const;

export type Form = keyof typeof forms;

/** How far an export is. */
export interface Taken {
  readonly count: number;
  /** What is counted; items where it is absent. */
  readonly unit?: "bytes";
  /** How many there will be, where the hub knows it. */
  readonly total?: number;
}

export interface Course {
  readonly signal: AbortSignal;
  readonly told: (taken: Taken) => void;
}

const TOTAL = "x-hermod-total";
const NEWLINE = 10;

/** Takes the whole of an export. Ends early, with what is there, when it is stopped. @throws HubError, also where the hub has ended before the export has. */
export async function takeExport(
  path: string,
  query: Readonly<Record<string, string | undefined>> & { readonly form: Form },
  sink: Sink,
  { signal, told }: Course,
): Promise<void> {
  try {
    const response = await askWhole(`get ${path}`, { query, signal });
    const known = response.headers.get(TOTAL);
    const total = known === null ? {} : { total: Number(known) };
    const { head } = forms[query.form];
    let count = -(head ?? 0);
    for await (const bytes of piecesOf(response)) {
      await sink.write(bytes);
      count += head === undefined ? bytes.length : linesIn(bytes);
      told({ count: Math.max(0, count), ...(head === undefined && { unit: "bytes" }), ...total });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await sink.close();
  }
}

async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = (body as ReadableStream<Uint8Array<ArrayBuffer>>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw error instanceof TypeError ? cutOff() : error;
      });
      if (done) return;
      yield value;
    }
  } finally {
    // Whoever stops reading stops the hub from writing.
    void reader.cancel().catch(() => undefined);
  }
}

function cutOff(): HubError {
  return new HubError(
    "UNREACHABLE",
    "the hub ended before the export did",
    "What is in the file is not whole.",
  );
}

/** How many lines end in these bytes. */
export function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) lines++;
  return lines;
}
