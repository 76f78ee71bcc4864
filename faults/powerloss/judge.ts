/**
 * Judge: opens the image of a store and compares it with what its owner had said when the power failed. Nothing runs in it: the
 * store recovers the file as after any start and says what it counts and what the states are; what waits is read from its tables.
 */
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { start, type Store } from "hermod";
import { sqlite } from "hermod/sqlite";
import { fromBody } from "../../packages/hermod/src/stores/sqlite/body.ts";
import { toTrails } from "../history/trail.ts";
import { ledgerKeys } from "../workload/agents.ts";
import { isDisturbed, toLetter, type Letter } from "../workload/letter.ts";
import { toEvents } from "../workload/lines.ts";
import { listOf } from "../workload/watch.ts";
import { compare, type Found } from "./compare.ts";
import type { Shown } from "./images.ts";

/** The name of the file within its folder. */
export const FILE = "store.db";

/** What waits, with the text that a published message keeps once. */
const WAITING = `SELECT mailbox.address AS mailbox, coalesce(message.body, source.body) AS body,
    waiting.due IS NOT NULL OR waiting.attempts IS NOT NULL AS tried
  FROM waiting JOIN mailbox ON mailbox.number = waiting.mailbox JOIN message ON message.seq = waiting.seq
  LEFT JOIN message AS source ON source.seq = message.source`;

export async function judge(folder: string, said: string): Promise<Shown> {
  const file = join(folder, FILE);
  try {
    const { counted, lists } = await ask(file);
    const { waiting, disturbed, least, most, unsound } = look(file);
    if (unsound.length > 0) return { isSound: false, lost: [], confirmed: 0, wrong: unsound };
    const shown = compare(toTrails(toEvents(said)), { waiting, disturbed, lists });
    if (counted >= least && counted <= most) return { ...shown, isSound: true };
    return { ...shown, isSound: true, wrong: [...shown.wrong, `${most} wait, and ${counted} are counted`] };
  } catch (error) {
    return { isSound: false, lost: [], confirmed: 0, wrong: [`it does not open: ${String(error)}`] };
  }
}

/** What the store itself says: how many wait, and what the states are. */
async function ask(file: string): Promise<Pick<Found, "lists"> & { readonly counted: number }> {
  let store: Store | undefined;
  const open = sqlite(file, { thread: false });
  const system = await start({ store: async (env) => (store = await open(env)), statistics: false });
  try {
    const { items } = await (store as Store).read({ type: "counts" });
    const counted = items.reduce((sum, { waiting, delayed }) => sum + waiting + delayed, 0);
    const lists = new Map<string, readonly string[]>();
    for (const key of ledgerKeys.map((name) => `ledger#${name}`))
      lists.set(key, listOf((await (store as Store).load(key))?.json));
    return { counted, lists };
  } finally {
    await system.close();
  }
}

interface Row {
  readonly mailbox: string;
  readonly body: string;
  readonly tried: number;
}

type Looked = Pick<Found, "waiting" | "disturbed"> & {
  /** All that wait; those that were tried before are counted from when their mailbox is served. */
  readonly most: number;
  readonly least: number;
  readonly unsound: readonly string[];
};

function look(file: string): Looked {
  const database = new DatabaseSync(file, { readOnly: true });
  try {
    const checked = database.prepare("PRAGMA integrity_check").all();
    const lines = checked.map((row) => String(row["integrity_check"]));
    const rows = database.prepare(WAITING).all() as unknown as Row[];
    const least = rows.filter(({ tried }) => tried === 0).length;
    return { ...toWaiting(rows), least, most: rows.length, unsound: lines.filter((line) => line !== "ok") };
  } finally {
    database.close();
  }
}

/** Replies wait for a process that has ended: they are nobody's. */
function toWaiting(rows: readonly Row[]): Pick<Found, "waiting" | "disturbed"> {
  const waiting = new Map<string, Set<string>>();
  const disturbed: string[] = [];
  for (const { mailbox, body } of rows) {
    const { id, verb, payload } = fromBody(body);
    if (verb === "reply") continue;
    const letter: Letter = toLetter(payload) ?? { n: `an unknown message ${id}`, text: "" };
    waiting.set(mailbox, (waiting.get(mailbox) ?? new Set()).add(letter.n));
    if (isDisturbed(letter)) disturbed.push(letter.n);
  }
  return { waiting, disturbed };
}
