/** Broker: a `nats-server` of the machine's own with JetStream, and the ways in which its process fails. */
import { spawn, spawnSync } from "node:child_process";
import { createWriteStream, openSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../ports.ts";
import { Program } from "../program.ts";
import { here, type Host } from "./host.ts";

/** Why there is no broker to be had; false where there is one. */
export const missing: string | false =
  spawnSync("nats-server", ["--version"]).status !== 0 && "there is no nats-server on the PATH";

/** Longest that it may take to say how it is, in milliseconds. */
const LONGEST = 1000;

export class Broker {
  readonly name: string;
  readonly host: Host;
  /** Where clients and other brokers come in, and where it is asked how it is. */
  readonly ports: { readonly clients: number; readonly routes: number; readonly monitor: number };
  readonly #folder: string;
  #program: Program | undefined;

  private constructor(name: string, folder: string, ports: Broker["ports"], host: Host) {
    this.name = name;
    this.host = host;
    this.#folder = folder;
    this.ports = ports;
  }

  /** One that is not started yet; what it keeps, its configuration and its log lie in the folder. */
  static async at(folder: string, name: string, host = here): Promise<Broker> {
    mkdirSync(folder, { recursive: true });
    const [clients, routes, monitor] = [await freePort(), await freePort(), await freePort()];
    return new Broker(name, folder, { clients, routes, monitor }, host);
  }

  get url(): string {
    return `nats://${this.host.address}:${this.ports.clients}`;
  }

  /** Of its process, while it runs. */
  get pid(): number {
    return this.#program?.pid as number;
  }

  /** Writes down how it is set up, from its next start on; `more` is what belongs to a cluster. */
  configure(more = ""): void {
    const { clients, monitor } = this.ports;
    const store = JSON.stringify(join(this.#folder, this.name));
    const lines = [
      `server_name: ${this.name}`,
      `listen: "${this.host.address}:${clients}"`,
      `http: "${this.host.address}:${monitor}"`,
      `jetstream { store_dir: ${store} }`,
      more,
    ];
    writeFileSync(this.#file("conf"), `${lines.join("\n")}\n`);
  }

  /** Starts it, also after a kill: on the same ports, with what it has kept. @throws Error where it ends, or is not ready in 30 s. */
  async start(): Promise<void> {
    const [program, ...words] = this.host.command(["nats-server", "-c", this.#file("conf")]);
    const child = spawn(program, words, { stdio: ["ignore", "ignore", "pipe"] });
    // Opened at once: one that ends at once may be gone with its folder before a stream has opened it.
    const log = openSync(this.#file("log"), "a");
    child.stderr.pipe(createWriteStream("", { fd: log }));
    this.#program = new Program(child, {
      by: "stderr",
      word: (line) => line.replace(/^.*?\[[A-Z]{3}\] /u, ""),
    });
    await this.#program.said("Server is ready");
  }

  /** What it says of itself under a path, as "/jsz"; undefined where it says nothing within a second. */
  async ask(path: string): Promise<unknown> {
    const url = `http://${this.host.address}:${this.ports.monitor}${path}`;
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(LONGEST) })).json();
    } catch {
      return undefined;
    }
  }

  async kill(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    await this.#program?.kill(signal);
  }

  /** Stops it until it may go on; it says nothing any more when this resolves. */
  async pause(): Promise<void> {
    await this.#program?.pause();
  }

  resume(): void {
    this.#program?.resume();
  }

  /** Why it ended, where it ended by itself. */
  get fallen(): string | undefined {
    return this.#program?.fallen;
  }

  #file(kind: "conf" | "log"): string {
    return join(this.#folder, `${this.name}.${kind}`);
  }
}
