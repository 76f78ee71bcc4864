/** The cluster of compose.yaml: its parts fit, and three real servers with its configuration are what the store needs. */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadConfig } from "c12";
import { agent, start } from "hermod";
import { describe, nats } from "hermod/nats";
import { freePort, missing } from "../../packages/hermod/src/nats/server.test.kit.ts";

const here = import.meta.dirname;
const conf = readFileSync(join(here, "nats.conf"), "utf8");

interface Service {
  readonly image: string;
  readonly command: readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
}

const quiet = { rcFile: false, globalRc: false, dotenv: false, packageJson: false, extend: false } as const;
const { config } = await loadConfig({ cwd: here, configFile: "compose.yaml", ...quiet, giget: false });
const services = Object.entries(config["services"] as Readonly<Record<string, Service>>);
const names = services.map(([name]) => name);

test("three servers, each under its own name, with a volume and a port of its own", () => {
  assert.equal(services.length, 3);
  assert.deepEqual(Object.keys(config["volumes"] as object), names);
  for (const [name, { image, command, volumes, ports }] of services) {
    assert.match(image, /^nats:2\.1\d$/, "sync_interval needs 2.10");
    assert.deepEqual(command, ["-c", "/etc/nats/nats.conf", "--name", name]);
    assert.deepEqual(volumes, [`${name}:/data`, "./nats.conf:/etc/nats/nats.conf:ro"]);
    assert.match(ports.join(), /^127\.0\.0\.1:42\d\d:4222$/);
  }
  assert.equal(new Set(services.flatMap(([, { ports }]) => ports)).size, 3);
});

test("they know each other, and keep what they confirm where their volume is", () => {
  const routes = [...conf.matchAll(/"nats:\/\/([\w-]+):6222"/g)].map(([, name]) => name);
  assert.deepEqual(routes, names);
  assert.match(conf, /^ {2}store_dir: \/data$/m);
  assert.match(conf, /^ {2}sync_interval: always$/m);
});

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;

test("three servers with this configuration keep a store that outlives one of them", { skip }, async () => {
  await using cluster = await Cluster.start();
  const options = { servers: cluster.urls, replicas: 3 };
  await using system = await start({
    agents: [agent("echo", { on: { request: (said) => said } })],
    store: nats(options),
  });
  assert.equal(await system.call("echo", "say", "three"), "three");
  const { cluster: name, replicas } = await describe(options);
  assert.deepEqual([name, replicas], ["hermod", 3]);
  await cluster.kill();
  const said = { timeout: "60s", delivery: "at-least-once" } as const;
  assert.equal(await system.call("echo", "say", "two", said), "two");
});

/** The servers of compose.yaml on loopback ports, over folders of a test. */
class Cluster implements AsyncDisposable {
  readonly urls: readonly string[];
  readonly #folder: string;
  readonly #servers: readonly ChildProcess[];

  private constructor(urls: readonly string[], folder: string, servers: readonly ChildProcess[]) {
    this.urls = urls;
    this.#folder = folder;
    this.#servers = servers;
  }

  static async start(): Promise<Cluster> {
    const folder = mkdtempSync(join(tmpdir(), "hermod-compose-"));
    const [clients, routes] = [await freePorts(), await freePorts()];
    const servers = names.map((name, at) => {
      mkdirSync(join(folder, name));
      const file = join(folder, `${name}.conf`);
      writeFileSync(file, configOf(at, join(folder, name), clients, routes));
      return spawn("nats-server", ["-c", file, "--name", name], { stdio: ["ignore", "ignore", "pipe"] });
    });
    await Promise.all(servers.map(settled));
    return new Cluster(
      clients.map((port) => `nats://127.0.0.1:${port}`),
      folder,
      servers,
    );
  }

  /** Ends one as a power failure would. */
  async kill(): Promise<void> {
    await ended(this.#servers[0] as ChildProcess);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) await ended(server);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Also where it has ended by itself. */
async function ended(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  server.kill("SIGKILL");
  await once(server, "exit");
}

/** nats.conf with the places of a test; without the line that servers before 2.10 do not know. */
function configOf(at: number, folder: string, clients: readonly number[], routes: readonly number[]): string {
  const places = names.map((name, each) => [`${name}:6222`, `127.0.0.1:${routes[each]}`] as const);
  return places
    .reduce((text, [from, to]) => text.replace(from, to), conf)
    .replace("port: 4222", `listen: "127.0.0.1:${clients[at]}"`)
    .replace("port: 6222", `listen: "127.0.0.1:${routes[at]}"`)
    .replace("store_dir: /data", `store_dir: ${JSON.stringify(folder)}, max_file_store: 100GB`)
    .replace(/^.*sync_interval.*$/m, "");
}

/** Until it knows who leads the cluster. */
function settled(server: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    server.stderr?.on("data", (chunk: Buffer) => {
      said += chunk.toString();
      if (/JetStream cluster new metadata leader|Self is new JetStream cluster metadata leader/.test(said))
        resolve();
    });
    server.once("exit", (code) => reject(new Error(`nats-server ended with code ${code}: ${said}`)));
  });
}

async function freePorts(): Promise<readonly number[]> {
  return [await freePort(), await freePort(), await freePort()];
}
