/** Family: what a message follows from, and what follows from it. */
import type { TalkLine } from "./asked.ts";

export interface Family {
  readonly cause: TalkLine | undefined;
  readonly answers: TalkLine | undefined;
  readonly replies: readonly TalkLine[];
  readonly effects: readonly TalkLine[];
  /** The ids next to it in its conversation. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  /** Its place in what is there, from 1 up; 0 where it is not there. */
  readonly place: number;
  readonly count: number;
}

/** Where a message stands among the lines of its conversation. */
export function familyOf(lines: readonly TalkLine[], id: string): Family {
  // A published message has a line for each of its copies.
  const ids = [...new Set(lines.map((line) => line.id))];
  const at = ids.indexOf(id);
  const own = lines.find((line) => line.id === id);
  const named = (wanted: string | undefined) =>
    wanted === undefined ? undefined : lines.find((line) => line.id === wanted);
  const replies = lines.filter(({ inReplyTo }) => inReplyTo === id);
  return {
    cause: named(own?.causeId),
    answers: named(own?.inReplyTo),
    replies,
    effects: lines.filter((line) => line.causeId === id && line.inReplyTo !== id),
    before: at > 0 ? ids[at - 1] : undefined,
    after: at >= 0 ? ids[at + 1] : undefined,
    place: at + 1,
    count: ids.length,
  };
}
