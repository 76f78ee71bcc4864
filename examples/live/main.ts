/**
 * Live: the agents of the demo as systems of their own behind a hub, with something for them to do every few seconds, so that there is
 * something to see. `npm start` runs it beside a hub; HERMOD_URL says where another one is, LIVE_PACE_MS how often something happens.
 */
import { setTimeout as pause } from "node:timers/promises";
import { agent, on, start } from "hermod";
import { remote } from "hermod/remote";
import { createAgents, type MailServer } from "../demo/agents.ts";
import { createLlmAgents } from "../demo/llm.ts";
import { demoModel, llmModel, modelName } from "../demo/model.ts";
import { acts } from "./acts.ts";

const url = process.env["HERMOD_URL"] ?? "http://localhost:4700";
const pace = Number(process.env["LIVE_PACE_MS"] ?? 4000);
const server: MailServer = { up: true, sent: [] };
/** One critic in ten finds its place without a dictionary. */
const workplaces = { lacksDictionary: () => Math.random() < 0.1 };
const harbour = agent("harbour", { on: {}, topics: [on("tide.*", () => undefined)] });

const ending = new AbortController();
for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => ending.abort());

await using newsroom = await start({
  agents: [...createAgents(server, workplaces), harbour],
  model: demoModel(),
  store: remote(url, { client: "newsroom" }),
});
await using press = await start({
  agents: createLlmAgents(),
  model: llmModel(),
  store: remote(url, { client: "press" }),
});
console.error(`agents ${[...newsroom.agents(), ...press.agents()].join(" ")}`);
console.error(`model  ${modelName}`);

for (let turn = 0; !ending.signal.aborted; turn++) {
  // The mail server is down for one minute in four, in turns.
  server.up = turn % 60 < 45;
  server.sent.length = 0;
  const act = acts[turn % acts.length];
  // What fails is to be seen at the hub, and stops nothing here.
  await act?.(newsroom).catch(() => undefined);
  await pause(pace, undefined, { signal: ending.signal }).catch(() => undefined);
}
