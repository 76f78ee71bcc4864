/**
 * Frames: text on its way over subjects, which may lose what is on its way when a connection breaks. Each message has its number, so that the other
 * side notices; a long text goes in several.
 */

/** What ends a connection. */
export const END = "-";
/** Most bytes of a message's number and sign. */
const HEAD = 20;

/** The messages of a text, each of at most so many bytes, numbered from `first`: number, "+" where another one of the same text follows, text. */
export function toMessages(text: string, first: number, most: number): readonly string[] {
  const pieces = cut(text, Math.floor((most - HEAD) / 3));
  return pieces.map((piece, at) => `${first + at}${at + 1 < pieces.length ? "+" : " "}${piece}`);
}

/** Pieces of at most so many characters, three bytes each at the most. Half of a pair is no text: on the wire it would become another character. */
function cut(text: string, most: number): readonly string[] {
  const pieces: string[] = [];
  let from = 0;
  while (text.length - from > most) {
    const to = from + (isPair(text, from + most - 1) ? most - 1 : most);
    pieces.push(text.slice(from, to));
    from = to;
  }
  return [...pieces, text.slice(from)];
}

/** True where one character takes this place and the next one. */
function isPair(text: string, at: number): boolean {
  return (text.codePointAt(at) as number) > 0xffff;
}

/** Puts them together again. */
export class Assembly {
  #next = 1;
  #begun = "";

  /** A text once it is whole; `undefined` while it is not. @throws Error when a message is missing. */
  take(message: string): string | undefined {
    const { index, 0: head } = /^\d+[ +]/.exec(message) ?? { index: 0, 0: "" };
    if (head === "" || Number(head.slice(0, -1)) !== this.#next)
      throw new Error("a message was lost on its way");
    this.#next++;
    this.#begun += message.slice(index + head.length);
    if (head.endsWith("+")) return undefined;
    const text = this.#begun;
    this.#begun = "";
    return text;
  }
}
