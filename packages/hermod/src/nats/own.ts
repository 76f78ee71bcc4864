/**
 * Own: takes a partition over, however often it must be begun anew: what is read may be purged meanwhile, and servers may have other messages than the one
 * that leads the journal, or fewer than were confirmed.
 */
import { HermodError } from "../core/errors.ts";
import { Diverged } from "./chain.ts";
import { reach, stepDown } from "./leader.ts";
import { journalStream } from "./names.ts";
import { Taking, type Owned, type PartitionParts } from "./partition.ts";
import { Purged } from "./replay.ts";
import { openStream } from "./stream.ts";

/** How often a takeover begins anew because what it reads was purged meanwhile. */
const TRIES = 5;

/** Takes a partition over. @throws HermodError HERMOD_STORE_… naming what is wrong with its journal. */
export async function own(parts: PartitionParts): Promise<Owned> {
  const { state } = await openStream(parts.broker, "journal", parts.partition);
  await checkMark(parts, state.last_seq);
  let byLeader = false;
  for (let left = TRIES; ; left--) {
    try {
      return await new Taking(parts, byLeader).run();
    } catch (error) {
      if (!(error instanceof Purged || error instanceof Diverged)) throw error;
      if (left === 0) throw incomplete(parts, error);
      if (error instanceof Purged) continue;
      if (byLeader)
        await stepDown(parts.broker, journalStream(parts.broker.terms.namespace, parts.partition));
      byLeader = true;
    }
  }
}

/** Nobody writes behind a journal that lacks what was confirmed, as long as another server may have it. */
async function checkMark(
  { broker, partition, marks, env, signal }: PartitionParts,
  last: number,
): Promise<void> {
  const { place } = marks.of(partition);
  if (last >= place) return;
  const found = await reach(broker, journalStream(broker.terms.namespace, partition), place, signal);
  if (found >= place) return;
  marks.accept(partition, found);
  env.reports.emit({ type: "store.failed", step: "own", error: forgotten(partition, place, found) });
}

function forgotten(partition: number, place: number, found: number): HermodError {
  return new HermodError(
    "HERMOD_STORE_CORRUPT",
    `partition ${partition}: the servers confirmed ${place} messages of its journal and have ${found}`,
    {
      details: { partition, confirmed: place, found },
      hint: "What the last ones said is lost: sends, acks and states. docs/nats.md names the settings of the servers that narrow it.",
    },
  );
}

function incomplete({ partition }: PartitionParts, cause: Purged | Diverged): HermodError {
  const isPurged = cause instanceof Purged;
  return new HermodError(
    "HERMOD_STORE_CORRUPT",
    `partition ${partition}: ${cause.message}, and no ${isPurged ? "image reaches so far" : "server has it otherwise"}`,
    {
      cause,
      details: { partition },
      hint: `${isPurged ? "Somebody purged or made the stream anew" : "The servers disagree"}. Restore it, and the stream of its images, from a backup of the server.`,
    },
  );
}
