/** Processes behind a hub: many that send at once, one that is frozen, one that is killed, and a crowd that comes back. */
import assert from "node:assert/strict";
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { after, test } from "node:test";
import { agent, memory, start, type System } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { Hub } from "./hub.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
const children = new Set<Worker["process"]>();
after(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

class Worker {
  readonly process: ChildProcessByStdio<null, Readable, null>;
  #said = "";

  constructor(orders: object) {
    const program = join(import.meta.dirname, "worker.test.kit.ts");
    this.process = spawn(process.execPath, [program, JSON.stringify(orders)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.process.stdout.on("data", (part: Buffer) => (this.#said += part.toString()));
    children.add(this.process);
  }

  has(text: string): boolean {
    return this.#said.includes(text);
  }

  async said(text: string): Promise<void> {
    while (!this.has(text)) await once(this.process.stdout, "data");
  }
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

/** A hub over a file, and a system of the test behind it. */
async function opened(
  name: string,
): Promise<AsyncDisposable & { readonly hub: Hub; readonly system: System }> {
  const hub = await Hub.open({ store: sqlite(join(folder, name)), port: 0 });
  const system = await start({ store: remote(hub.url, { client: "test" }) });
  const end = async (): Promise<void> => {
    await system.close();
    await hub.close();
  };
  return { hub, system, [Symbol.asyncDispose]: end };
}

test(
  "sixteen processes send to one inbox at once: all of it is there, each once",
  { timeout: 120_000 },
  async () => {
    await using ground = await opened("inbox.db");
    const { hub, system } = ground;
    await system.pull("inbox");
    const senders = Array.from(
      { length: 16 },
      (_, at) => new Worker({ url: hub.url, name: `p${at}`, send: 250 }),
    );
    for (const sender of senders) await sender.said("sent 250");
    const inbox = system.mailbox("inbox");
    const got: unknown[] = [];
    for (let all = await inbox.receiveAll(); all.length > 0; all = await inbox.receiveAll()) {
      got.push(...all.map(({ payload }) => payload));
      // Together: each one alone would wait for the disk.
      await Promise.all(all.map((delivery) => delivery.ack()));
    }
    assert.equal(got.length, 4000);
    assert.equal(new Set(got).size, 4000);
    // Each sender's own in their order.
    const own = got.filter((payload) => String(payload).startsWith("p7 "));
    assert.deepEqual(
      own,
      Array.from({ length: 250 }, (_, at) => `p7 ${at}`),
    );
  },
);

for (const [what, stop] of [
  ["killed", "SIGKILL"],
  ["frozen", "SIGSTOP"],
] as const)
  test(
    `what a ${what} worker held is given to the next, and takes effect once`,
    { timeout: 60_000 },
    async () => {
      await using ground = await opened(`${what}.db`);
      const { hub, system } = ground;
      const first = new Worker({ url: hub.url, name: "first" });
      await first.said("ready");
      await system.cast("desk", "", "a letter");
      await first.said("begun");
      first.process.kill(stop);
      const second = new Worker({ url: hub.url, name: "second" });
      await second.said("ready");
      second.process.kill("SIGUSR2");
      await second.said("ended");
      if (stop === "SIGSTOP") {
        // It wakes, ends what it had begun long ago, and nobody listens.
        first.process.kill("SIGUSR2");
        first.process.kill("SIGCONT");
        await first.said("ended");
      }
      assert.deepEqual(await system.call("desk", "", {}), ["second"]);
    },
  );

test(
  "a crowd comes back to a hub that was started anew, and everybody is served",
  { timeout: 60_000 },
  async () => {
    const file = join(folder, "crowd.db");
    let hub = await Hub.open({ store: sqlite(file), port: 0 });
    const { url } = hub;
    const echo = agent("echo", { concurrency: 100, on: { request: (said) => said } });
    const server = await start({ agents: [echo], store: remote(url) });
    const crowd = await Promise.all(Array.from({ length: 100 }, () => start({ store: remote(url) })));
    const call = (system: System, at: number): Promise<unknown> =>
      system.call("echo", "", at, { delivery: "at-least-once", timeout: "30s" });
    assert.deepEqual(await Promise.all(crowd.map(call)), [...crowd.keys()]);
    await hub.close();
    const asked = crowd.map(call);
    hub = await Hub.open({ store: sqlite(file), port: Number(new URL(url).port) });
    assert.deepEqual(await Promise.all(asked), [...crowd.keys()]);
    await Promise.all([...crowd, server].map((system) => system.close()));
    await hub.close();
  },
);

test("a client that ends leaves nothing behind: its mailboxes are served by nobody", async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const worker = await start({
    agents: [agent("gone", { on: { notification: () => undefined } })],
    store: remote(hub.url),
  });
  await worker.close();
  while ((await hub.systems()).length > 1) await soon();
});
