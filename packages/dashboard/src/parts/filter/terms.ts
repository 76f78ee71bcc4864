/** Terms: the parts of a filter as they stand in its box: which of them is wrong, and how the one that is being typed may go on. */
import { parseFilter } from "hermod";

export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Wrong extends Span {
  readonly why: string;
}

const PART = /[^\s"]*(?:"(?:[^"\\]|\\.)*"?)?[^\s"]*/y;

/** The parts of a text, cut at blanks outside of quotes. */
export function partsOf(text: string): readonly Span[] {
  const parts: Span[] = [];
  for (let at = 0; at < text.length;) {
    if (/\s/.test(text[at] ?? "")) at++;
    else {
      PART.lastIndex = at;
      const to = at + Math.max(1, PART.exec(text)?.[0].length ?? 1);
      parts.push({ from: at, to });
      at = to;
    }
  }
  return parts;
}

/** The text without one of its parts. */
export function without(text: string, { from, to }: Span): string {
  return `${text.slice(0, from).trimEnd()} ${text.slice(to).trimStart()}`.trim();
}

/** All that is wrong with a filter, and where; nothing for a good one. */
export function wrongsIn(text: string): readonly Wrong[] {
  const whole = complaintOf(text);
  if (whole === undefined) return [];
  const parts = partsOf(text).flatMap(({ from, to }) => {
    const why = complaintOf(text.slice(from, to));
    return why === undefined ? [] : [{ from, to, why }];
  });
  return parts.length > 0 ? parts : [{ from: 0, to: text.length, why: whole }];
}

function complaintOf(text: string): string | undefined {
  try {
    parseFilter(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What the page knows of, by the field that it may stand behind. */
export type Known = Readonly<Partial<Record<string, readonly string[]>>>;

const words: Known = {
  verb: ["call", "cast", "task", "publish", "info", "reply"],
  type: ["request", "response", "notification", "task", "result", "error", "status"],
  state: ["waiting", "running", "done", "failed", "dead"],
  priority: ["low", "normal", "high", "urgent"],
  delivery: ["at-most-once", "at-least-once", "exactly-once"],
  age: ["<5m", "<1h", "<24h", ">1h"],
  attempts: [">1", ">3"],
};
const fields = [
  ...["from", "to", "type", "operation", "state", "verb", "age", "at", "topic", "conversation", "attempts"],
  ...["error", "reason", "priority", "delivery", "size", "id", "cause", "correlation", "data.", "metadata."],
];
const MOST = 8;

export interface Suggested {
  /** Where it goes. */
  readonly span: Span;
  readonly texts: readonly string[];
}

/** How the part at the caret may go on: a field, or a value that is known of its field. */
export function suggested(text: string, caret: number, known: Known): Suggested {
  const span = partsOf(text).find(({ from, to }) => from < caret && caret <= to) ?? {
    from: caret,
    to: caret,
  };
  const typed = text.slice(span.from, caret);
  const [, minus = "", field, value = ""] = /^(-?)(?:([\w.]+):)?(.*)$/s.exec(typed) ?? [];
  const list =
    field === undefined
      ? fields.map((each) => (each.endsWith(".") ? each : `${each}:`))
      : valuesOf(field, known);
  const wanted = value.replace(/^"/, "").toLowerCase();
  const found = list
    .filter((each) => each.toLowerCase().includes(wanted) && each !== value)
    .toSorted(
      (a, b) => Number(b.toLowerCase().startsWith(wanted)) - Number(a.toLowerCase().startsWith(wanted)),
    );
  const head = field === undefined ? minus : `${minus}${field}:`;
  return {
    span,
    texts: found.slice(0, MOST).map((each) => `${head}${field === undefined ? each : quoted(each)}`),
  };
}

function valuesOf(field: string, known: Known): readonly string[] {
  return (
    (Object.hasOwn(words, field) ? words[field] : undefined) ??
    (Object.hasOwn(known, field) ? known[field] : undefined) ??
    []
  );
}

const quoted = (value: string): string => (/[\s"]/.test(value) ? JSON.stringify(value) : value);

/** The text with a suggestion in its place, and where the caret is then. */
export function taken(
  text: string,
  { from, to }: Span,
  suggestion: string,
): { readonly text: string; readonly caret: number } {
  const isOpen = /[:.]$/.test(suggestion);
  const rest = text.slice(to);
  const gap = isOpen || rest.startsWith(" ") ? "" : " ";
  const before = `${text.slice(0, from)}${suggestion}${gap}`;
  return { text: `${before}${rest}`, caret: before.length + (gap === "" && !isOpen ? 1 : 0) };
}
