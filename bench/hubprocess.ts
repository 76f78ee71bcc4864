/**
 * Hub process: what the hub's keys speak to, in a process of its own: `node bench/hubprocess.ts '{"kind":…}'` says its URL, and then its memory
 * for each line that it hears.
 */
import { createInterface } from "node:readline";
import { WebSocketServer } from "ws";

interface Orders {
  /** A hub, or a bare WebSocket that gives back each text. */
  readonly kind: "hub" | "echo";
  /** Where the hub keeps its messages; in memory where there is none. */
  readonly file?: string;
}

const { kind, file } = JSON.parse(process.argv[2] as string) as Orders;
const say = (line: string): void => void process.stdout.write(`${line}\n`);
say(kind === "hub" ? await openHub() : await openEcho());
for await (const _ of createInterface({ input: process.stdin })) say(String(held()));

async function openHub(): Promise<string> {
  const { Hub } = await import("@hermod/hub");
  const { memory } = await import("hermod");
  const { sqlite } = await import("hermod/sqlite");
  return (await Hub.open({ store: file === undefined ? memory() : sqlite(file), port: 0 })).url;
}

async function openEcho(): Promise<string> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: false });
  server.on("connection", (socket) =>
    socket.on("message", (data) => socket.send((data as Buffer).toString())),
  );
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://localhost:${(server.address() as { port: number }).port}`;
}

function held(): number {
  for (let round = 0; round < 3; round++) globalThis.gc?.();
  return process.memoryUsage().rss;
}
