/** Ports of loopback for servers that are started again on the same one. */
import { once } from "node:events";
import { createServer } from "node:net";
import { drawsOf } from "./random.ts";

/** Below those that a system gives to outgoing connections: one of these could take the port of a server that is away. */
const FIRST = 15_000;
const COUNT = 17_000;

const draw = drawsOf(process.pid * 7919 + Date.now());
const given = new Set<number>();

/** A port that nobody listens at, and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST + draw(COUNT);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
