/** Shows: what the live table is told to show besides its filter, as words of the address. */
import { joined, termsOf } from "../messages/terms.ts";

export type Word = "system" | "colours";

export function wordsOf(view: string | undefined): ReadonlySet<string> {
  return new Set(view?.split(" "));
}

/** The view with a word, or without it; undefined where no word is left. */
export function withWord(view: string | undefined, word: Word): string | undefined {
  const words = new Set(view?.split(" ").filter((each) => each !== ""));
  if (!words.delete(word)) words.add(word);
  return words.size === 0 ? undefined : [...words].join(" ");
}

/** What systems tell each other; agents say none of it. */
const NOTICES = ["-verb:info", "-type:status"];

/** The filter without the traffic of systems, unless it is wanted. */
export function watched(where: string, isSystemShown: boolean): string {
  const asks = termsOf(where).some((term) => NOTICES.includes(`-${term}`) || NOTICES.includes(term));
  return isSystemShown || asks ? where : joined(where, ...NOTICES);
}
