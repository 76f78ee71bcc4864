/**
 * Builds a past: `node bench/building.ts FILE MESSAGES`. Ends when the lists and words of the history are complete.
 */
import { start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { listed } from "./listed.ts";
import { keepInFlight } from "./inflight.ts";
import { AGENTS, agentName, agentOf, conversationOf, pastPayload } from "./past.ts";
import { sinkNamed } from "./sink.ts";

const [file = "", messages = ""] = process.argv.slice(2);
const contracts = Array.from({ length: AGENTS }, (_, agent) => sinkNamed(agentName(agent)));
const system = await start({ pull: contracts, store: sqlite(file, { durability: "fast" }) });
await keepInFlight(0, Number(messages), (_message, index) =>
  system.cast(contracts[agentOf(index)] as (typeof contracts)[number], "take", pastPayload(index), {
    conversation: conversationOf(index),
  }),
);
await listed(file);
await system.close();
