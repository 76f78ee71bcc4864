/** Export: what the hub writes as a file, taken piece by piece: it is counted by its lines, and nothing of it is kept. */
import { askWhole, HubError } from "../../api/client.ts";
import type { Sink } from "./filesink.ts";

export type Form = "ndjson" | "csv";

/** How far an export is. */
export interface Taken {
  readonly count: number;
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
    // The first line of a table is its head.
    let lines = query.form === "csv" ? -1 : 0;
    for await (const bytes of piecesOf(response)) {
      await sink.write(bytes);
      told({ count: Math.max(0, (lines += linesIn(bytes))), ...total });
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
