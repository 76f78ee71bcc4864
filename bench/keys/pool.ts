import { castRate, Tally, together } from "../flood.ts";
import type { Sample } from "../measure.ts";
import { partOf } from "../part.ts";
import type { Payload } from "../payload.ts";
import { BareMailbox } from "../ring.ts";
import { castWith } from "./cast.ts";
import type { Key } from "./key.ts";

const MESSAGES = partOf(1_000_000);

function floor(members: number): Promise<Sample> {
  const tally = new Tally();
  const mailboxes = Array.from({ length: members }, () => new BareMailbox<Payload>(async () => tally.add()));
  return castRate(MESSAGES, (message, index) => mailboxes[index % members]?.push(message), tally);
}

async function ours(members: number): Promise<Sample> {
  const { openPool, Sink } = await import("../sink.ts");
  const tally = new Tally();
  const system = await openPool(members, async () => tally.add());
  const sample = await castRate(MESSAGES, (message) => system.cast(Sink, "take", message), tally);
  await system.close();
  return sample;
}

export const pool: Key = {
  name: "pool",
  about:
    "1 producer, a pool of 8 members with an async handler, bursts of 256; floor: a bare ring buffer and an awaited handler each, in turn",
  unit: "messages/s",
  better: "higher",
  sizes: [8, 64],
  floor,
  ours,
  // One agent instead of a pool: what the pool itself costs is the difference.
  variants: { cast: () => castWith(together)(MESSAGES) },
  target: {},
};
