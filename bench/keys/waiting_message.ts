import type { Sample } from "../measure.ts";
import type { Payload } from "../payload.ts";
import { Ring } from "../ring.ts";
import { weighWaiting } from "../waiting.ts";
import type { Key } from "./key.ts";

/** The smallest message there can be: who, to whom, what. */
interface BareMessage {
  id: number;
  from: string;
  to: string;
  payload: Payload;
}

function floor(messages: number): Promise<Sample> {
  const ring = new Ring<BareMessage>();
  const send = (message: Payload, id: number) =>
    ring.push({ id, from: "producer", to: "sink", payload: message });
  return weighWaiting(messages, { kept: ring, send });
}

async function ours(messages: number): Promise<Sample> {
  const { openPull, Sink } = await import("../sink.ts");
  const system = await openPull();
  return weighWaiting(messages, { kept: system, send: (message) => system.cast(Sink, "take", message) });
}

export const waitingMessage: Key = {
  name: "waiting_message",
  about: "heap of a message that waits, beyond its payload; floor: an object of four fields in a ring buffer",
  unit: "bytes",
  better: "lower",
  sizes: [50_000, 500_000],
  floor,
  ours,
  target: { value: { atMost: 300 } },
};
