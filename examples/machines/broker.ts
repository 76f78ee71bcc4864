/** Broker: the one of NATS_URL, else a nats-server of this story's own, on a free port and over a folder that goes with it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Broker extends AsyncDisposable {
  readonly url: string;
}

/** @throws Error where there is none, and no program to start one. */
export async function openBroker(url = process.env["NATS_URL"]): Promise<Broker> {
  if (url) return { url, [Symbol.asyncDispose]: () => Promise.resolve() };
  const folder = mkdtempSync(join(tmpdir(), "machines-"));
  const port = await freePort();
  const words = ["-js", "-a", "127.0.0.1", "-p", String(port), "-sd", folder];
  const child = spawn("nats-server", words, { stdio: ["ignore", "ignore", "pipe"] });
  const end = async (): Promise<void> => {
    if (child.pid !== undefined && child.exitCode === null) {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(child);
    return { url: `nats://127.0.0.1:${port}`, [Symbol.asyncDispose]: end };
  } catch (error) {
    await end();
    throw error;
  }
}

function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Server is ready")) resolve();
    });
    child.once("error", () =>
      reject(new Error("there is no nats-server on the PATH: install it, or name a broker by NATS_URL")),
    );
    child.once("exit", (code) => reject(new Error(`nats-server ended with code ${code}: ${said}`)));
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
