/**
 * Blanks comments, and on request the words inside strings, regular expressions and templates, so that a search
 * over sources meets code only. Every character keeps its place, so a position still names its line.
 */
export interface StripOptions {
  /** Keep what stands inside quotes (needed to read import lines). Default false. */
  readonly strings?: boolean;
}

/** One piece of a source; `template` is the text between a backtick or `}` and the next `${` or backtick. */
interface Piece {
  readonly type: "code" | "comment" | "string" | "template" | "regex";
  readonly end: number;
}

const wordBeforeRegex =
  /(?:^|[^\w$.])(?:return|typeof|case|in|of|do|else|void|delete|throw|new|await|yield)\s*$/;

export function strip(text: string, { strings = false }: StripOptions = {}): string {
  let out = "";
  // One entry for each open `${`: how many braces are open inside it.
  const open: number[] = [];
  while (out.length < text.length) {
    const piece = pieceAt(text, out, open);
    const raw = text.slice(out.length, piece.end);
    out += keeps(piece, strings) ? raw : blank(raw, piece);
  }
  return out;
}

function keeps({ type }: Piece, strings: boolean): boolean {
  return type === "code" || (strings && type !== "comment");
}

/** Quotes and line breaks stay; a template keeps its `${` and `}` too. */
function blank(raw: string, { type }: Piece): string {
  const spaces = (part: string): string => part.replace(/[^\n]/g, " ");
  if (type === "comment" || raw.length < 2) return spaces(raw);
  const tail = raw.endsWith("${") ? 2 : 1;
  return raw[0] + spaces(raw.slice(1, -tail)) + raw.slice(-tail);
}

function pieceAt(text: string, before: string, open: number[]): Piece {
  const at = before.length;
  const char = text[at];
  const pair = text.slice(at, at + 2);
  if (pair === "//" || (at === 0 && pair === "#!")) return { type: "comment", end: endOf(text, "\n", at) };
  if (pair === "/*") return { type: "comment", end: endOf(text, "*/", at + 2) + 2 };
  if (char === '"' || char === "'") return { type: "string", end: quoteEnd(text, at) };
  if (char === "`") return template(text, at, open);
  if (char === "/" && startsRegex(before)) return { type: "regex", end: regexEnd(text, at) };
  return brace(text, at, open);
}

/** Braces decide where a `${` ends and its template goes on. */
function brace(text: string, at: number, open: number[]): Piece {
  const depth = open.at(-1);
  if (depth === undefined || !/[{}]/.test(text[at] ?? "")) return { type: "code", end: at + 1 };
  if (text[at] === "}" && depth === 0) {
    open.pop();
    return template(text, at, open);
  }
  open[open.length - 1] = depth + (text[at] === "{" ? 1 : -1);
  return { type: "code", end: at + 1 };
}

function template(text: string, start: number, open: number[]): Piece {
  for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === "`") return { type: "template", end: at + 1 };
    if (text.startsWith("${", at)) {
      open.push(0);
      return { type: "template", end: at + 2 };
    }
  }
  return { type: "template", end: text.length };
}

function endOf(text: string, mark: string, from: number): number {
  const at = text.indexOf(mark, from);
  return at < 0 ? text.length : at;
}

/** A quote that is never closed ends with its line. */
function quoteEnd(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === text[start]) return at + 1;
    if (text[at] === "\n") return at;
  }
  return text.length;
}

function startsRegex(before: string): boolean {
  const last = before.trimEnd();
  return last === "" || /[([{,;:=!&|?+\-*%~^<>]$/.test(last) || wordBeforeRegex.test(last);
}

function regexEnd(text: string, start: number): number {
  let inClass = false;
  for (let at = start + 1; at < text.length; at += text[at] === "\\" ? 2 : 1) {
    if (text[at] === "\n") return at;
    if (text[at] === "[") inClass = true;
    if (text[at] === "]") inClass = false;
    if (text[at] === "/" && !inClass) return at + 1;
  }
  return text.length;
}
