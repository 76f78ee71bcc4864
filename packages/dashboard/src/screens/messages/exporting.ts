/** Exporting: all that a filter lets through, page by page into a file; nothing of it is kept in the page where the browser can write files. */
import { ask } from "../../api/client.ts";
import type { MessageRecord, Page } from "../../api/types.ts";

export type Form = "ndjson" | "csv";

/** Where it goes. */
export interface Sink {
  write(text: string): Promise<void>;
  /** What was written is a file. */
  close(): Promise<void>;
}

const PAGE = 1000;

/** Writes all of it, oldest first; `told` hears how many there are so far. Ends early, with what is there, when it is stopped. */
export async function exportAll(
  where: string,
  form: Form,
  sink: Sink,
  { signal, told }: { readonly signal: AbortSignal; readonly told: (count: number) => void },
): Promise<void> {
  try {
    if (form === "csv") await sink.write(head);
    for (let [after, count] = [undefined as string | undefined, 0]; ;) {
      const query = { where, after, limit: PAGE };
      const page = await ask<Page<MessageRecord>>("get /v1/history", { query, signal });
      await sink.write(page.items.map(form === "csv" ? csvLine : jsonLine).join(""));
      told((count += page.items.length));
      if (page.next === undefined) return;
      after = page.next;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await sink.close();
  }
}

export const jsonLine = (record: MessageRecord): string => `${JSON.stringify(record)}\n`;

const cells: Readonly<Record<string, (record: MessageRecord) => string | number | false | undefined>> = {
  id: ({ envelope }) => envelope.id,
  sentAt: ({ envelope }) => envelope.sentAt,
  verb: ({ envelope }) => envelope.verb,
  type: ({ envelope }) => envelope.type,
  from: ({ envelope }) => envelope.from,
  to: ({ envelope }) => envelope.to,
  topic: ({ envelope }) => envelope.topic,
  operation: ({ envelope }) => envelope.operation,
  mailbox: ({ mailbox }) => mailbox,
  state: ({ state }) => state,
  attempts: ({ attempts }) => attempts.length,
  endedAt: ({ attempts }) => attempts.at(-1)?.endedAt,
  error: ({ attempts }) => attempts.at(-1)?.error?.message,
  size: ({ envelope }) => envelope.size,
  conversation: ({ envelope }) => envelope.conversationId,
  payload: ({ envelope }) => envelope.payload !== undefined && JSON.stringify(envelope.payload),
};
const head = `${Object.keys(cells).join(",")}\r\n`;

export function csvLine(record: MessageRecord): string {
  return `${Object.values(cells)
    .map((cell) => csvCell(cell(record)))
    .join(",")}\r\n`;
}

/** In quotes where it needs them; what a spreadsheet would carry out is text. */
function csvCell(value: string | number | false | undefined): string {
  if (value === undefined || value === false) return "";
  const text = String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

interface Picker {
  showSaveFilePicker?: (
    this: void,
    options: { suggestedName: string },
  ) => Promise<{
    createWritable(): Promise<{ write(text: string): Promise<void>; close(): Promise<void> }>;
  }>;
}

/** A file that somebody has chosen; where the browser cannot write one, it is gathered and handed over at the end. @throws AbortError. */
export async function toFile(name: string): Promise<Sink> {
  const { showSaveFilePicker } = globalThis as Picker;
  return showSaveFilePicker
    ? (await showSaveFilePicker({ suggestedName: name })).createWritable()
    : new Download(name);
}

class Download implements Sink {
  readonly #name: string;
  readonly #parts: Blob[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  /** A blob each: the browser may keep it on disk. */
  async write(text: string): Promise<void> {
    this.#parts.push(new Blob([text]));
  }

  async close(): Promise<void> {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob(this.#parts, { type: "application/octet-stream" }));
    link.download = this.#name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }
}
