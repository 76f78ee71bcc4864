import { fanOutRate, type FanOut } from "../fanout.ts";
import { Tally } from "../flood.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import { BareMailbox } from "../ring.ts";
import type { Key } from "./key.ts";

/** A publish fills a thousand mailboxes, which is backlog enough: it is handled by everybody before the next one. */
const fanOut = (subscribers: number): FanOut => ({ subscribers, deliveries: 3_000_000, burst: 1 });

function floor(subscribers: number): Promise<Sample> {
  const tally = new Tally();
  const mailboxes = Array.from(
    { length: subscribers },
    () => new BareMailbox<Payload>(async () => tally.add()),
  );
  const publish = (message: Payload) => {
    for (const mailbox of mailboxes) mailbox.push(message);
  };
  return fanOutRate(fanOut(subscribers), publish, tally);
}

async function ours(subscribers: number): Promise<Sample> {
  const { openListeners, subjects } = await import("../sink.ts");
  const tally = new Tally();
  const system = await openListeners(subscribers, async () => tally.add());
  const publish = (message: Payload) => system.publish(subjects.Plain, message);
  const sample = await fanOutRate(fanOut(subscribers), publish, tally);
  await system.close();
  return sample;
}

export const publishMailboxes: Key = {
  name: "publish_mailboxes",
  about:
    "1 publisher, 1000 agents that take part in its topic with async handlers; floor: as many bare ring buffers and awaited handlers",
  unit: "deliveries/s",
  better: "higher",
  sizes: [1_000, 10_000],
  floor,
  ours,
  target: { value: { atLeast: 3_000_000 } },
};
