/**
 * Words: what free text is compared by. A word is letters and digits without anything between them, in lower case; all else only
 * separates. A store that keeps its own list of words cuts them here too, so that every store finds the same.
 */

const BETWEEN = /[^\p{L}\p{N}]+/gu;

/** The words of a text in their order, a blank before each; "" where there is none. */
export function wordsOf(text: string): string {
  return ` ${text.toLowerCase()}`.replace(BETWEEN, " ").trimEnd();
}

/** The words of an operation and its payload: keys, texts, numbers, true, false and null as they follow one another; bytes say nothing. */
export function saidBy(operation: string, payload: unknown): string {
  return wordsOf(`${operation}${said(payload)}`);
}

/** True when the wanted words stand one after another among others; the last may be the beginning of a word. */
export function containsWords(words: string, wanted: string): boolean {
  return words.includes(wanted);
}

function said(value: unknown): string {
  if (value === undefined || value instanceof Uint8Array) return "";
  if (typeof value !== "object" || value === null)
    return ` ${String(value as string | number | boolean | null)}`;
  let text = "";
  if (Array.isArray(value)) for (const item of value) text += said(item);
  else
    for (const key of Object.keys(value)) text += ` ${key}${said((value as Record<string, unknown>)[key])}`;
  return text;
}
