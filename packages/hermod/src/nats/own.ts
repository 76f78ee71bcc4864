/**
 * Own: takes a partition over, however often it must be begun anew: what is read may be purged meanwhile, and servers may have other messages than the one
 * that leads the journal, or fewer than were confirmed.
 */
import { HermodError } from "../core/errors.ts";
import { Diverged } from "./chain.ts";
import { reach, stepDown } from "./leader.ts";
import { journalStream } from "./names.ts";
import { Taking, type Owned, type PartitionParts } from "./partition.ts";
import { Purged, type From } from "./replay.ts";
import { openStream } from "./stream.ts";

/** How often a takeover begins anew because what it reads was purged meanwhile. */
const TRIES = 5;

/** Takes a partition over. @throws HermodError HERMOD_STORE_… naming what is wrong with its journal. */
export async function own(parts: PartitionParts): Promise<Owned> {
  const { broker, partition } = parts;
  const { state } = await openStream(broker, "journal", partition);
  await checkMark(parts, state.last_seq);
  const stream = journalStream(broker.terms.namespace, partition);
  for (const from of ["any", "leader"] as const) {
    const owned = await tried(parts, from);
    if (!(owned instanceof Diverged)) return owned;
  }
  // Another server may have it as it was written.
  await stepDown(broker, stream);
  const owned = await tried(parts, "leader");
  return owned instanceof Diverged ? anyhow(parts) : owned;
}

/** Begins anew as often as what it reads is purged meanwhile. */
async function tried(parts: PartitionParts, from: From): Promise<Owned | Diverged> {
  for (let left = TRIES; ; left--) {
    try {
      return await new Taking(parts, from).run();
    } catch (error) {
      if (error instanceof Diverged) return error;
      if (!(error instanceof Purged)) throw error;
      if (left === 0) throw incomplete(parts, error);
    }
  }
}

/** No server has the journal as it was written: the order that their leader keeps is the one that counts from now on. */
async function anyhow(parts: PartitionParts): Promise<Owned> {
  const { partition, env } = parts;
  const owned = await tried(parts, "anyhow");
  if (owned instanceof Diverged) throw owned;
  env.reports.emit({ type: "store.failed", step: "own", error: diverged(partition) });
  return owned;
}

function diverged(partition: number): HermodError {
  return new HermodError(
    "HERMOD_STORE_CORRUPT",
    `partition ${partition}: the servers have changed what they confirmed of its journal`,
    {
      details: { partition },
      hint: "Some of what was said there may be lost, or count twice. docs/nats.md names the settings of the servers that narrow it.",
    },
  );
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

function incomplete({ partition }: PartitionParts, cause: Purged): HermodError {
  return new HermodError(
    "HERMOD_STORE_CORRUPT",
    `partition ${partition}: ${cause.message}, and no image reaches so far`,
    {
      cause,
      details: { partition },
      hint: "Somebody purged or made the stream anew. Restore it, and the stream of its images, from a backup of the server.",
    },
  );
}
