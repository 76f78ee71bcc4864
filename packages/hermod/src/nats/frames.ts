/**
 * Frames: text on its way over subjects, which may lose what is on its way when a connection breaks. Each message has its number, so that the other
 * side notices; a long text goes in several.
 */

/** Characters of a message: three bytes each at the most. */
const LONGEST = 250_000;
/** What ends a connection. */
export const END = "-";

/** The messages of a text, numbered from `first`: number, "+" where another one of the same text follows, text. */
export function toMessages(text: string, first: number): readonly string[] {
  const count = Math.max(1, Math.ceil(text.length / LONGEST));
  return Array.from({ length: count }, (_, at) => {
    const sign = at + 1 < count ? "+" : " ";
    return `${first + at}${sign}${text.slice(at * LONGEST, (at + 1) * LONGEST)}`;
  });
}

/** Puts them together again. */
export class Assembly {
  #next = 1;
  #begun = "";

  /** A text once it is whole; `undefined` while it is not. @throws Error when a message is missing. */
  take(message: string): string | undefined {
    const { index, 0: head } = /^\d+[ +]/.exec(message) ?? { index: 0, 0: "" };
    if (head === "" || Number(head.slice(0, -1)) !== this.#next) throw new Error("a message was lost on its way");
    this.#next++;
    this.#begun += message.slice(index + head.length);
    if (head.endsWith("+")) return undefined;
    const text = this.#begun;
    this.#begun = "";
    return text;
  }
}
