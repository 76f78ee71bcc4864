/** The port of a partition over a journal and a copy that only listen. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../core/clock.ts";
import type { FileLimits } from "../stores/sqlite/file.ts";
import { JournalPort, type PortParts } from "./port.ts";
import { fromText } from "./record.ts";

/** A batch after which chores are due at once. */
const MANY = 5000;
/** Longest that the records may take to come, in milliseconds: chores wait for 200. */
const LONGEST = 20_000;

/** A port whose copy has so many pieces of chores to do; `written` resolves with the texts of as many records. */
function listening(pieces: number) {
  const texts: string[] = [];
  const { promise: written, resolve, reject } = Promise.withResolvers<readonly string[]>();
  const limit = setTimeout(() => reject(new Error(`${texts.length} of ${pieces} records came`)), LONGEST);
  const write = async (text: string): Promise<number> => {
    if (texts.push(text) === pieces) resolve(texts);
    return texts.length;
  };
  let left = pieces;
  // As a thread does: it answers when all that was to be written is written.
  const doChores = (): Promise<boolean> => new Promise((done) => setImmediate(() => done(--left > 0)));
  const parts = {
    pen: { write },
    copy: { write: async () => ({ type: "done" }), doChores },
    space: { grew: () => undefined, room: async () => undefined },
    ...{ replay: {}, limits: {} as FileLimits, owner: "me", clock: systemClock, lost: assert.ifError },
  };
  // It asks no more of them than this.
  const port = new JournalPort(parts as unknown as PortParts);
  return { port, written: written.finally(() => clearTimeout(limit)) };
}

test("chores that are left when nothing is written any more are done all the same", async () => {
  const { port, written } = listening(3);
  port.write(new Array<number>(MANY).fill(0), () => undefined);
  for (const text of await written) {
    const record = fromText(text, "a journal");
    assert.ok(record.type === "batch" && record.chores);
  }
});
