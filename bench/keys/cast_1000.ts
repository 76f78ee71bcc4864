import { castManyRate, Tally } from "../flood.ts";
import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import { BareMailbox } from "../ring.ts";
import type { Key } from "./key.ts";

function floor(agents: number): Promise<Sample> {
  const tally = new Tally();
  const mailboxes = Array.from({ length: agents }, () => new BareMailbox<Payload>(async () => tally.add()));
  return castManyRate(agents, (message, index) => mailboxes[index]?.push(message), tally);
}

async function ours(agents: number): Promise<Sample> {
  const { openSinks } = await import("../sink.ts");
  const tally = new Tally();
  const { system, contracts } = await openSinks(agents, async () => tally.add());
  const sample = await castManyRate(
    agents,
    (message, index) => system.cast(contracts[index]!, "take", message),
    tally,
  );
  await system.close();
  return sample;
}

export const cast1000: Key = {
  name: "cast_1000",
  about: "100 messages to each of 1000 agents, a round at a time; floor: as many bare ring buffers",
  unit: "messages/s",
  better: "higher",
  sizes: [1_000, 10_000],
  floor,
  ours,
  // The ratio is the target over the floor it was set against, 5.9 M/s.
  target: { value: { atLeast: 1_200_000 }, ratio: { atLeast: 0.2 } },
  stretch: 2_500_000,
};
