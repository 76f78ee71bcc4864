/** Jumping: to a row that is there; to the time of one that is not. */
import { useCallback, useEffect, useRef } from "react";
import { ask } from "../../api/client.ts";
import { BRIEF } from "../../parts/cut.ts";
import type { MessageRecord, Page } from "../../api/types.ts";
import type { useView } from "../../app/view.ts";
import { keyOf } from "./line.ts";
import type { Rows } from "./rows.ts";
import { whenOf } from "./when.ts";

type Change = ReturnType<typeof useView>[1];

export interface Jumps {
  /** To what was typed; says what is wrong with it. */
  readonly to: (text: string) => Promise<string | undefined>;
  readonly toTime: (time: number) => void;
}

export function useJump(shown: Rows, change: Change, setGoTo: (to: { readonly row: number }) => void): Jumps {
  const now = useRef(shown);
  useEffect(() => {
    now.current = shown;
  }, [shown]);
  const toTime = useCallback(
    (time: number) => {
      const rows = now.current;
      const [first, last] = [rows.at(0), rows.at(rows.count - 1)];
      const isThere = first && last && time <= first.sentAt && time >= last.sentAt;
      if (!isThere) return change({ after: new Date(time).toISOString(), id: undefined }, false);
      const row = rows.since(time);
      change({ id: rows.at(row)?.key });
      setGoTo({ row });
    },
    [change, setGoTo],
  );
  const to = useCallback(
    async (text: string) => {
      const rows = now.current;
      const time = whenOf(text, Date.now());
      if (time !== undefined) {
        toTime(time);
        return undefined;
      }
      const row = rows.indexOf(text.trim());
      if (row >= 0) {
        change({ id: rows.at(row)?.key });
        setGoTo({ row });
        return undefined;
      }
      const found = await find(text.trim());
      if (typeof found === "string") return found;
      // Just behind it, so that it stands at the top; the filter might hide it.
      const after = new Date(Date.parse(found.envelope.sentAt) + 1).toISOString();
      change({ after, id: keyOf(found), where: undefined, range: undefined }, false);
      return undefined;
    },
    [change, setGoTo, toTime],
  );
  return { to, toTime };
}

/** The message of this id, or why there is none. */
async function find(id: string): Promise<MessageRecord | string> {
  try {
    const query = { where: `id:${JSON.stringify(id)}`, limit: 1, cut: BRIEF };
    const [record] = (await ask<Page<MessageRecord>>("get /v1/history", { query })).items;
    return record ?? "That is no time, and no message has it as its id.";
  } catch (error) {
    return error instanceof Error ? error.message : "The hub could not be asked.";
  }
}
