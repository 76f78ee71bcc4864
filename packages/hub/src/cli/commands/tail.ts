/** Tail: the newest messages in one line each, and those to come. It reads the history at its own pace: nobody waits for it. */
import { setTimeout as pause } from "node:timers/promises";
import type { MessageRecord, System } from "hermod";
import type { Given, Run } from "../command.ts";
import { withHub } from "../connect.ts";
import { durationOf, isSet, numberOf } from "../options.ts";
import { isControl } from "../../control.ts";
import { narrowed, recordLine, since } from "../records.ts";
import { showRecord } from "../../shown.ts";

const PAGE = 1000;
/** Between two looks, in milliseconds. */
const PACE = 250;

export const tail: Run = async (given) => {
  const { args, options, io } = given;
  const [where = ""] = args;
  const follows = isSet(options, "follow");
  const most = numberOf(options, "limit", 0, 100_000) ?? 20;
  const back = durationOf(options, "since") ?? 600_000;
  await withHub(
    given,
    async ({ system }) => {
      const place = follows ? await endOf(system) : undefined;
      const seen = new Seen();
      const began = Date.now() - back;
      const isWanted = isSet(options, "system") ? () => true : (record: MessageRecord) => !isControl(record);
      const told = await newest(
        system,
        narrowed(where, since(back)),
        most,
        (each) => isWanted(each) && !seen.has(each),
      );
      for (const record of told) tell(given, record);
      for (let at = place; follows && !io.signal.aborted;) {
        at = await look(system, where, at, (record) => {
          if (record.envelope.sentAt >= began && isWanted(record) && !seen.has(record)) tell(given, record);
        });
        await pause(PACE, undefined, { signal: io.signal }).catch(() => undefined);
      }
      io.signal.throwIfAborted();
    },
    { isPatient: follows },
  );
  return undefined;
};

/** A line for each state that a message is seen in. */
function tell(given: Given, record: MessageRecord): void {
  given.emit(showRecord(record), recordLine(record, given.io.look));
}

async function newest(
  system: System,
  where: string,
  most: number,
  isNew: (record: MessageRecord) => boolean,
): Promise<readonly MessageRecord[]> {
  const kept: MessageRecord[] = [];
  for (let after: string | undefined; kept.length < most;) {
    const limit = Math.min(PAGE, most - kept.length);
    const place = after === undefined ? {} : { after };
    const page = await system.history({ where, order: "newest", limit, ...place });
    kept.push(...page.items.filter(isNew));
    if (page.next === undefined) break;
    after = page.next;
  }
  return kept.reverse();
}

/** The place of the newest message: what comes later comes behind it. */
async function endOf(system: System): Promise<string | undefined> {
  return (await system.history({ order: "newest", limit: 1 })).next;
}

/** Tells what is new or has changed behind a place; gives the place to go on from. */
async function look(
  system: System,
  where: string,
  place: string | undefined,
  use: (record: MessageRecord) => void,
): Promise<string | undefined> {
  const after = place === undefined ? {} : { after: place };
  // First how far this look may go: what is stored meanwhile is left to the next one.
  const { next } = await system.history({ ...after, limit: PAGE / 2 });
  const { items } = await system.history({ ...after, where, limit: PAGE });
  for (const record of items) use(record);
  return next ?? place;
}

const MOST_SEEN = 20_000;

/** What was told already, the oldest forgotten. */
class Seen {
  readonly #states = new Map<string, string>();

  /** True where this was told before; it is from now on. */
  has({ envelope, mailbox, state, attempts }: MessageRecord): boolean {
    const name = `${envelope.id} ${mailbox ?? ""}`;
    const now = `${state} ${attempts.length}`;
    if (this.#states.get(name) === now) return true;
    this.#states.set(name, now);
    if (this.#states.size > MOST_SEEN) this.#states.delete(this.#states.keys().next().value as string);
    return false;
  }
}
