/** Hubs: what the hub's keys speak to: a process with a hub, or one with a bare WebSocket, started for one measurement. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A process that is spoken to. */
export interface HubProcess {
  readonly url: string;
  /** Its resident set after three collections, in bytes. */
  readonly memory: () => Promise<number>;
}

/** Runs `work` beside such a process, which ends with it. */
export async function withHub<T>(
  orders: { readonly kind: "hub" | "echo"; readonly file?: string },
  work: (hub: HubProcess) => Promise<T>,
): Promise<T> {
  const program = join(import.meta.dirname, "hubprocess.ts");
  const child = spawn(process.execPath, ["--expose-gc", program, JSON.stringify(orders)], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => String((await lines.next()).value);
  try {
    const url = await next();
    const memory = async (): Promise<number> => {
      child.stdin.write("memory\n");
      return Number(await next());
    };
    return await work({ url, memory });
  } finally {
    child.kill("SIGKILL");
  }
}

/** A bare WebSocket that asks, and gets each text back in its order. */
export async function echoing(url: string): Promise<(text: string) => Promise<unknown>> {
  const socket = await opened(url);
  const waiting: ((data: unknown) => void)[] = [];
  let next = 0;
  socket.addEventListener("message", ({ data }) => {
    waiting[next++]?.(data);
    if (next === waiting.length) waiting.length = next = 0;
  });
  return (text) => {
    socket.send(text);
    return new Promise((resolve) => waiting.push(resolve));
  };
}

/** An open WebSocket. */
export async function opened(url: string): Promise<WebSocket> {
  const socket = new WebSocket(url.replace("http", "ws"));
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", reject, { once: true });
  });
  return socket;
}
