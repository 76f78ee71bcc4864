/** File sink: a file that somebody has chosen; where the browser cannot write one, it is gathered and handed over at the end. */

/** Where an export goes. */
export interface Sink {
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** What was written is a file. */
  close(): Promise<void>;
}

interface Picker {
  showSaveFilePicker?: (
    this: void,
    options: { suggestedName: string },
  ) => Promise<{ createWritable(): Promise<Sink> }>;
}

/** @throws AbortError for whoever has thought better of it. */
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
  async write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    this.#parts.push(new Blob([bytes]));
  }

  async close(): Promise<void> {
    save(new Blob(this.#parts, { type: "application/octet-stream" }), this.#name);
  }
}

/** Hands a file to whoever looks at the page. */
export function save(blob: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** The same with letters that every system takes in the name of a file. */
export const fileName = (text: string): string => text.replaceAll(/[^\w-]+/gu, "_").slice(0, 80);
