import { withFile } from "../disk.ts";
import { echoing, withHub } from "../hubs.ts";
import { keepInFlight, MESSAGES } from "../inflight.ts";
import { rate, type Sample } from "../measure.ts";
import type { Key } from "./key.ts";

const WARM_UP = 10_000;

const floor = (messages: number): Promise<Sample> =>
  withHub({ kind: "echo" }, async ({ url }) => {
    const ask = await echoing(url);
    const send = (message: object): Promise<unknown> => ask(JSON.stringify(message));
    await keepInFlight(0, WARM_UP, send);
    return rate(messages, () => keepInFlight(0, messages, send));
  });

const ours = (messages: number): Promise<Sample> =>
  withFile((file) =>
    withHub({ kind: "hub", file }, async ({ url }) => {
      const { start } = await import("hermod");
      const { remote } = await import("hermod/remote");
      const { sinkNamed } = await import("../sink.ts");
      const Shelf = sinkNamed("shelf");
      const system = await start({ store: remote(url), pull: [Shelf] });
      const send = (message: object): Promise<unknown> => system.cast(Shelf, "take", message);
      await keepInFlight(0, WARM_UP, send);
      const sample = await rate(messages, () => keepInFlight(0, messages, send));
      await system.close();
      return sample;
    }),
  );

export const hubDurableSend: Key = {
  name: "hub_durable_send",
  about:
    "one client sends over a hub to a file, 1000 in flight, each confirmed when it is synced; floor: a bare WebSocket that gives each text back",
  unit: "messages/s",
  better: "higher",
  sizes: [MESSAGES, MESSAGES * 4],
  floor,
  ours,
  target: { value: { atLeast: 20_000 } },
};
