/** Code blocks of the pages, as data: what to type-check, what to run, and what it should print. */
import type { Source } from "./source.ts";

export interface Snippet {
  /** `README.md:12`: where the code begins. */
  readonly place: string;
  /** A file name made of the place: `README-12.ts`. */
  readonly file: string;
  readonly code: string;
  /** The text of a ```text block that follows with nothing but blank lines between. */
  readonly expected: string | undefined;
}

interface Block {
  readonly info: string;
  readonly code: string;
  readonly line: number;
  readonly start: number;
  readonly end: number;
}

const fence = /^(?<mark>`{3,}|~{3,})(?<info>[^\n`]*)\n(?<code>.*?)^\k<mark>[ \t]*$/gms;

/** Every `ts` block of a page; one marked `ts no-run` is a fragment and is left alone. */
export function snippetsOf({ path, text }: Source): readonly Snippet[] {
  const lines = text.replaceAll("\r\n", "\n");
  const blocks = blocksOf(lines);
  return blocks.flatMap((block, at) => {
    const [language, ...marks] = block.info.split(/\s+/);
    if (language !== "ts" || marks.includes("no-run")) return [];
    const next = blocks[at + 1];
    const expected = next && follows(lines, block, next) ? next.code : undefined;
    return [{ place: `${path}:${block.line}`, file: fileOf(path, block.line), code: block.code, expected }];
  });
}

function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(fence)].map((match) => ({
    info: match.groups?.["info"]?.trim() ?? "",
    code: match.groups?.["code"] ?? "",
    line: text.slice(0, match.index).split("\n").length + 1,
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function follows(text: string, block: Block, next: Block): boolean {
  return next.info === "text" && text.slice(block.end, next.start).trim() === "";
}

function fileOf(path: string, line: number): string {
  return `${path.replace(/\.md$/, "").replaceAll(/[^\w-]+/g, "-")}-${line}.ts`;
}

/** Names the place in the page instead of the file that the snippet was written to. */
export function toPlaces(output: string, snippets: readonly Snippet[]): string {
  const places = new Map(snippets.map((snippet) => [snippet.file, snippet.place]));
  return output.replaceAll(
    /(?:[^\s(]*\/)?([\w-]+\.ts)(?:\((\d+),(\d+)\)|:(\d+):(\d+))/g,
    (all, file: string, ...at) => {
      const [page, line] = places.get(file)?.split(":") ?? [];
      const [row, column] = at.filter((part) => part !== undefined);
      return page === undefined ? all : `${page}:${Number(line) + Number(row) - 1}:${String(column)}`;
    },
  );
}

/** What differs between the promised and the printed text, or nothing. */
export function outputError(snippet: Snippet, printed: string): string | undefined {
  if (snippet.expected === undefined || snippet.expected.trimEnd() === printed.trimEnd()) return undefined;
  return `${snippet.place} printed\n${printed}\ninstead of\n${snippet.expected}`;
}
