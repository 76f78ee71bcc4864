/** Canvas: one line of cells, each with a tone, so that words can be written over lanes. */
import type { Tone } from "./tone.ts";

/** Puts colour on text; the plain one leaves it as it is. */
export type Paint = (tone: Tone, text: string) => string;

export const unpainted: Paint = (_tone, text) => text;

interface Cell {
  readonly text: string;
  readonly tone: Tone | undefined;
}

export class Canvas {
  readonly #cells: Cell[] = [];

  /** Writes text from a column on, over what stands there. */
  write(column: number, text: string, tone?: Tone): this {
    while (this.#cells.length < column) this.#cells.push({ text: " ", tone: undefined });
    cellsOf(text).forEach((letter, at) => (this.#cells[column + at] = { text: letter, tone }));
    return this;
  }

  /** The line, each run of one tone painted at once. */
  toString(paint: Paint): string {
    let line = "";
    for (let from = 0, to = 0; from < this.#cells.length; from = to) {
      const tone = this.#cells[from]?.tone;
      for (to = from; to < this.#cells.length && this.#cells[to]?.tone === tone;) to++;
      const text = this.#cells
        .slice(from, to)
        .map((cell) => cell.text)
        .join("");
      line += tone === undefined ? text : paint(tone, text);
    }
    return line.trimEnd();
  }
}

const LETTER = /\P{M}\p{M}*/gu;
const WIDE =
  /^[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** The text as a terminal's cells: marks stand on their letter, a wide letter takes two. */
function cellsOf(text: string): string[] {
  return (text.match(LETTER) ?? []).flatMap((letter) => (WIDE.test(letter) ? [letter, ""] : [letter]));
}

/** How many columns the text takes. */
export function columnsOf(text: string): number {
  return cellsOf(text).length;
}

/** At most `most` columns; what is cut shows as "…". */
export function cut(text: string, most: number): string {
  const cells = cellsOf(text);
  if (cells.length <= most) return text;
  // The first half of a wide letter may not stand alone.
  const end = Math.max(0, cells[most - 1] === "" ? most - 2 : most - 1);
  return `${cells.slice(0, end).join("")}…`;
}

/** Lines of at most `width` columns, broken between words; at most `most` lines, the last one cut. */
export function wrap(text: string, width: number, most: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (line === "" || columnsOf(longer) <= width || lines.length === most - 1) line = longer;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line].map((each) => cut(each, width));
}
