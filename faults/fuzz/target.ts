/** Target: the hub in its process, the connection to it, and whether it still answers. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Input } from "./generate.ts";

/** How long it may take to answer, in milliseconds. */
const PATIENCE = 5000;

export class Target implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #url: URL;
  #socket: WebSocket | undefined;
  /** What it said as it died. */
  last = "";

  private constructor(child: ChildProcess, url: string) {
    this.#child = child;
    this.#url = new URL(url);
    child.stderr?.on("data", (text: Buffer) => (this.last = (this.last + text.toString()).slice(-2000)));
  }

  static async start(kind: string): Promise<Target> {
    const child = spawn(process.execPath, [join(import.meta.dirname, "hub.ts"), kind], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const lines = createInterface({ input: child.stdout });
    const [url] = (await once(lines, "line")) as [string];
    return new Target(child, url);
  }

  /** False once the process has ended. */
  get lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async send(input: Input): Promise<void> {
    if (input.way === "bytes") return this.#bytes(input.bytes);
    const socket = await this.#open();
    socket?.send(input.text);
  }

  /** True where it answers a greeting and a request for its health. */
  async answers(): Promise<boolean> {
    if (!this.lives) return false;
    const asked = fetch(new URL("/v1/health", this.#url), { signal: AbortSignal.timeout(PATIENCE) });
    const isHealthy = await asked.then(
      (answer) => answer.body?.cancel().then(() => answer.ok),
      () => false,
    );
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), PATIENCE);
    this.#socket?.close();
    this.#socket = undefined;
    const socket = await Promise.race([this.#open(), late.promise]);
    clearTimeout(timer);
    return this.lives && isHealthy === true && socket !== undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.close();
    if (!this.lives) return;
    this.#child.kill("SIGKILL");
    await once(this.#child, "exit");
  }

  /** The open socket, or a new one that was welcomed; undefined where none opens. */
  async #open(): Promise<WebSocket | undefined> {
    if (this.#socket?.readyState === WebSocket.OPEN) return this.#socket;
    const socket = new WebSocket(new URL("/v1/socket", this.#url.href.replace("http", "ws")));
    this.#socket = socket;
    return new Promise((resolve) => {
      socket.addEventListener("open", () => socket.send('[{"hello":1}]'));
      socket.addEventListener("message", () => resolve(socket), { once: true });
      socket.addEventListener("close", () => resolve(undefined));
      socket.addEventListener("error", () => resolve(undefined));
    });
  }

  #bytes(bytes: Buffer): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect({ host: "127.0.0.1", port: Number(this.#url.port) }, () => socket.write(bytes));
      const end = (): void => {
        socket.destroy();
        resolve();
      };
      socket.setTimeout(20, end);
      socket.on("data", end);
      socket.on("error", end);
      socket.on("close", end);
    });
  }
}
