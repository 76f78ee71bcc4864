/** Read notes: what is kept of how a message was worked on, found among the parts of its record. */
import { isNotes, type Note } from "../core/note.ts";
import type { Store } from "../core/store.ts";
import { ask } from "./asking.ts";

/** A note with whose it is. */
export type AttemptNote = Note & { readonly agent: string; readonly attempt: number };

/** What is kept of how a message was worked on, in the order in which it was recorded. */
export interface MessageNotes {
  readonly notes: readonly AttemptNote[];
  /** How many more there were than are kept, attempt by attempt. */
  readonly cut: readonly { readonly agent: string; readonly attempt: number; readonly count: number }[];
}

/** Parts of one reading, and of how many notes are looked for: a task may have more. */
const PAGE = 1000;
const MOST = 200_000;

export async function readNotes(store: Store, id: string): Promise<MessageNotes> {
  const notes: AttemptNote[] = [];
  const cut = new Map<string, MessageNotes["cut"][number]>();
  for (let after = 0; after < MOST; after += PAGE) {
    const from = after;
    const parts = await ask("parts", () => store.parts(id, from, PAGE));
    for (const { agent, attempt, notes: said, cut: count } of parts.filter(isNotes)) {
      for (const note of said) notes.push({ ...note, agent, attempt });
      if (count !== undefined) cut.set(JSON.stringify([agent, attempt]), { agent, attempt, count });
    }
    if (parts.length < PAGE) break;
  }
  return { notes, cut: [...cut.values()] };
}
