/** A NATS server for tests: the machine's own `nats-server`, on a free loopback port, with a folder of its own, ended by its process id. */
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

/** Why the suites of NATS cannot run here; undefined where they can. */
export const missing: string | undefined = (() => {
  try {
    execFileSync("nats-server", ["--version"], { stdio: "ignore" });
    return undefined;
  } catch {
    return "nats-server is not on the PATH";
  }
})();

/** How a server is started. */
export interface ServerOptions {
  /** False: without JetStream. */
  readonly jetStream?: boolean;
  /** More lines of its configuration. */
  readonly config?: string;
}

/** In memory where there is a place for that: what a killed server had written is there all the same, and a thousand streams are made sooner. */
const place = existsSync("/dev/shm") ? "/dev/shm" : tmpdir();

/** What the streams of all tests may reserve together; none of them takes it. */
const ROOM = "4TB";

export class Server {
  readonly port: number;
  readonly folder: string;
  #options: ServerOptions;
  #process: ChildProcess | undefined;
  /** What it has said since it was started. */
  #said = "";

  private constructor(port: number, options: ServerOptions) {
    this.port = port;
    this.#options = options;
    this.folder = mkdtempSync(join(place, "hermod-broker-"));
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const server = new Server(await freePort(), options);
    await server.start();
    return server;
  }

  get url(): string {
    return `nats://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#process?.pid as number;
  }

  /** Starts it, again where it was ended: on the same port, over the same folder, as before or otherwise. */
  async start(options = this.#options): Promise<void> {
    this.#options = options;
    const file = join(this.folder, "server.conf");
    const { jetStream = true, config = "" } = options;
    const store = jetStream
      ? `jetstream { store_dir: ${JSON.stringify(join(this.folder, "js"))}, max_file_store: ${ROOM} }`
      : "";
    writeFileSync(file, `listen: "127.0.0.1:${this.port}"\n${store}\n${config}\n`);
    const child = spawn("nats-server", ["-c", file], { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    this.#said = "";
    child.stderr?.on("data", (chunk: Buffer) => (this.#said += chunk.toString()));
    await ready(child);
  }

  /** Until it has said this so many times since it was started. */
  async says(text: string, times = 1): Promise<void> {
    while (this.#said.split(text).length <= times) await once(this.#process?.stderr as Readable, "data");
  }

  /** Ends it, in order or at once. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  signal(signal: NodeJS.Signals): void {
    this.#process?.kill(signal);
  }

  /** Ends it, and removes what it kept. */
  async close(): Promise<void> {
    await this.end("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Until it says that it listens. */
function ready(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    child.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes("Server is ready")) resolve();
    });
    child.once("exit", (code) => reject(new Error(`nats-server ended with code ${code}: ${said}`)));
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
