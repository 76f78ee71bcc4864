/** The Python client, driven against a live hub: what it shows is that docs/protocol.md is enough to write one. */
import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createServer as createTlsServer } from "node:tls";
import { after, test } from "node:test";
import { agent, memory, start, type System, type Task } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { Hub } from "../../packages/hub/src/hub.ts";

const { status } = spawnSync("python3", [
  "-c",
  "import sys; sys.exit(0 if sys.version_info >= (3, 10) else 1)",
]);
const skip = status === 0 ? false : "NOT TESTED: python3 3.10 or later is not on this machine";
if (skip) console.warn(`clients/python: ${skip}`);

const folder = mkdtempSync(join(tmpdir(), "hermod-python-"));
after(() => rmSync(folder, { recursive: true, force: true }));

type Line = Readonly<Record<string, unknown>>;

/** A script that runs: the lines it says, and its end. */
class Python implements AsyncDisposable {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: AsyncIterator<string>;
  readonly #end: Promise<unknown[]>;
  #errors = "";

  constructor(...args: readonly string[]) {
    this.#child = spawn("python3", args, {
      cwd: import.meta.dirname,
      env: { ...process.env, PYTHONUTF8: "1" },
    });
    this.#child.stderr.on("data", (text) => (this.#errors += String(text)));
    this.#end = once(this.#child, "exit");
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** The next line that it says. */
  async line(): Promise<Line | undefined> {
    const { value, done } = await this.#lines.next();
    return done === true ? undefined : (JSON.parse(value as string) as Line);
  }

  tell(word = "go on"): void {
    this.#child.stdin.write(`${word}\n`);
  }

  /** Waits for its end. @throws what it wrote where it has failed. */
  async ended(): Promise<void> {
    this.#child.stdin.end();
    const [code] = await this.#end;
    assert.equal(code, 0, this.#errors);
    assert.equal(this.#errors, "");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#end;
  }
}

const check = (name: string, url: string): Python => new Python("check.py", name, url);

const notes: unknown[] = [];

/** The other side. */
const ts = agent("ts", {
  concurrency: 16,
  retry: { retries: 0 },
  on: {
    async request(said, { envelope: { operation }, signal }) {
      if (operation === "fail") throw new RangeError(`cannot ${String(said)}`);
      if (operation === "silent") await once(signal, "abort");
      return said;
    },
    async *task(most, { envelope: { operation }, signal }) {
      if (operation === "fail") throw new RangeError(`cannot ${String(most)}`);
      if (operation === "endless") yield "begun";
      if (operation === "endless") await new Promise((_, reject) => signal.addEventListener("abort", reject));
      for (let at = 1; at <= (most as number); at++) yield at;
      return "done";
    },
    notification: (said) => void notes.push(said),
    result: (said) => void notes.push(said),
  },
});

interface World extends AsyncDisposable {
  readonly hub: Hub;
  readonly system: System;
}

async function world(): Promise<World> {
  const hub = await Hub.open({ store: memory(), port: 0 });
  const system = await start({ agents: [ts], store: remote(hub.url) });
  const end = async (): Promise<void> => {
    await system.close();
    await hub.close();
  };
  return { hub, system, [Symbol.asyncDispose]: end };
}

for (const [name, says] of [
  ["calls", "Python calls TypeScript: payloads, errors, keys, history"],
  ["tasks", "Python hands tasks to TypeScript: parts, results, failures, cancelling"],
  ["pull", "Python takes from a mailbox by hand"],
  ["repeated", "a call with a key of before has the answer of before, whoever of its principal asks"],
  ["closing", "a close lets end what ends, and gives back the rest"],
  ["skewed", "a machine whose clock is hours off works as one whose is not"],
  ["refused", "who is refused, and a hub that is not there, are told"],
] as const)
  test(says, { skip }, async () => {
    await using all = await world();
    await using script = check(name, all.hub.url);
    await script.ended();
  });

test("TypeScript calls Python: payloads, errors, calls onward, events", { skip }, async () => {
  await using all = await world();
  const { system } = all;
  await using script = check("serve", all.hub.url);
  assert.deepEqual(await script.line(), { ready: true });
  const odd = [
    "ß 漢 😀 \0",
    "\ud800",
    { $bytes: 1 },
    { __proto__: null, a: [null, 0.5] },
    new Uint8Array([0, 255, 128]),
  ];
  assert.deepEqual(await system.call("py", "echo", odd), [...odd.slice(0, 3), { a: [null, 0.5] }, odd[4]]);
  assert.deepEqual(await system.call("py", "relay", 7), { relayed: 7 });
  const who = (await system.call("py", "who", null)) as Line;
  assert.deepEqual([who["agent"], who["operation"], who["attempt"]], ["py", "who", 1]);
  await assert.rejects(
    async () => system.call("py", "fail", "call"),
    (error: Error) => {
      assert.match(error.message, /py\.fail failed: cannot call/u);
      assert.equal((error.cause as Error).name, "ValueError");
      return true;
    },
  );
  await assert.rejects(async () => system.call("py", "odd_answer", null), /set is not plain data/u);
  await system.cast("py", "hand_on", "by py");
  await system.publish("tide.high", { metres: 3 });
  assert.deepEqual(await script.line(), { heard: { metres: 3 }, verb: "publish", topic: "tide.high" });
  await system.cast("py", "whatever", "any");
  assert.deepEqual(await script.line(), { heard: "any", verb: "cast", topic: null });
  while (!notes.includes("by py")) await system.history({ limit: 1 });
  await script.ended();
});

test("TypeScript hands tasks to Python: progress, parts, result, cancelling", { skip }, async () => {
  await using all = await world();
  const { system } = all;
  await using script = check("serve", all.hub.url);
  await script.line();
  const task = await system.task("py", "count", 3, { ahead: 1, onDone: ["ts", "ended"] });
  const parts: unknown[] = [];
  for await (const { value } of task.parts()) parts.push(value);
  assert.deepEqual([parts, await task.result()], [[10, 20, 30], { counted: 3 }]);
  const { state, progress, attempt } = await task.status();
  assert.deepEqual([state, progress?.fraction, progress?.note, attempt], ["done", 1, "part 3", 1]);
  const endless = await system.task("py", "endless", null);
  assert.deepEqual(await script.line(), { begun: endless.id });
  assert.equal(await endless.cancel("enough"), "signalled");
  await assert.rejects(endless.result(), { code: "HERMOD_CANCELLED" });
  const isTold = (said: unknown): boolean => (said as Line)?.["task"] === task.id;
  while (!notes.some(isTold)) await system.history({ limit: 1 });
  const told = notes.find(isTold) as Line;
  assert.deepEqual([told["state"], told["agent"], told["result"]], ["done", "py", { counted: 3 }]);
  await script.ended();
});

/** As the agent that Python has, with two hands. */
const besidePython = agent("py", {
  concurrency: 2,
  on: {
    task: async (_, { signal }) => {
      if (!signal.aborted) await once(signal, "abort");
      throw signal.reason;
    },
  },
});

for (const [places, own] of [
  [8, []],
  [10, [besidePython]],
] as const)
  test(
    `a cancelled task is told to stop in whichever process it runs: ${places} at a time`,
    { skip },
    async () => {
      await using all = await world();
      const { system } = all;
      await using one = check("serve", all.hub.url);
      await using two = check("serve", all.hub.url);
      await Promise.all([one.line(), two.line()]);
      for (const each of own) await system.spawn(each);
      const tasks = await Promise.all(Array.from({ length: 12 }, () => system.task("py", "endless", null)));
      const isRunning = async (each: Task): Promise<boolean> => (await each.status()).state === "running";
      while ((await Promise.all(tasks.map(isRunning))).filter(Boolean).length < places);
      await Promise.all(tasks.map((each) => each.cancel("enough")));
      for (const each of tasks) await assert.rejects(each.result(), { code: "HERMOD_CANCELLED" });
    },
  );

test("a handler that fails in Python is tried again, and then a dead letter", { skip }, async () => {
  await using all = await world();
  const { system } = all;
  await using script = check("serve", all.hub.url);
  await script.line();
  const { id } = await system.cast("py", "fail", "twice");
  const dead = async () => (await system.deadLetters.list({ where: `id:${id}` })).items[0];
  while ((await dead()) === undefined);
  const letter = await dead();
  assert.equal(letter?.reason, "exhausted");
  assert.deepEqual(
    letter?.attempts.map(({ number, outcome, error }) => [number, outcome, error?.name, error?.message]),
    [
      [1, "retried", "ValueError", "cannot twice"],
      [2, "dead", "ValueError", "cannot twice"],
    ],
  );
  assert.deepEqual(await system.call("py", "tried", null), ["twice", "twice"]);
  const never = await system.cast("py", "never", "no use");
  const other = async () => (await system.deadLetters.list({ where: `id:${never.id}` })).items[0];
  while ((await other()) === undefined);
  assert.deepEqual([(await other())?.reason, (await other())?.attempts.length], ["terminal", 1]);
  await script.ended();
});

/** Stands between client and hub, and cuts what passes. */
class Proxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  made = 0;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async before(
    url: string,
    serve: (join: (near: Socket) => void) => Server = createServer,
  ): Promise<Proxy> {
    const server = serve((near) => proxy.#join(near, Number(new URL(url).port)));
    const proxy = new Proxy(server);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return proxy;
  }

  get url(): string {
    return `http://localhost:${(this.#server.address() as AddressInfo).port}`;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #join(near: Socket, port: number): void {
    this.made++;
    const far = connect(port, "127.0.0.1");
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on("error", () => undefined);
      one.on("close", () => (this.#sockets.delete(one), other.destroy()));
      one.pipe(other);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.close();
    await once(this.#server, "close");
  }
}

test("a connection that is cut again and again loses nothing and does nothing twice", { skip }, async () => {
  await using all = await world();
  await using proxy = await Proxy.before(all.hub.url);
  notes.length = 0;
  await using script = check("storm", proxy.url);
  let done = 0;
  for (let line = await script.line(); line && line["over"] === undefined; line = await script.line())
    if (++done % 8 === 0) proxy.cut();
  await script.ended();
  assert.ok(proxy.made > 10, `${proxy.made} connections`);
  const expected = [0, 1, 2, 3].flatMap((thread) =>
    Array.from({ length: 40 }, (_, at) => `storm,${thread},${at}`),
  );
  assert.deepEqual(notes.map(String).toSorted(), expected.toSorted());
});

const hasOpenssl = spawnSync("openssl", ["version"]).status === 0;

test(
  "by way of a proxy that speaks TLS",
  { skip: skip || (!hasOpenssl && "openssl is not here") },
  async () => {
    const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const given =
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
    const more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", key, "-out", cert];
    assert.equal(spawnSync("openssl", [...given.split(" "), ...more]).status, 0);
    await using all = await world();
    const secrets = { key: readFileSync(key), cert: readFileSync(cert) };
    await using proxy = await Proxy.before(all.hub.url, (join) => createTlsServer(secrets, join));
    await using script = check("secure", `${proxy.url.replace("http", "https")}#${cert}`);
    assert.deepEqual(await script.line(), { ready: true });
    proxy.cut();
    script.tell();
    await script.ended();
  },
);

for (const [word, store] of [
  ["remembers", () => sqlite(join(folder, "restart.db"))],
  ["forgets", () => memory()],
] as const)
  test(`a hub that is started anew and ${word} finds the Python agent again`, { skip }, async () => {
    const first = await Hub.open({ store: store(), port: 0 });
    const port = Number(new URL(first.url).port);
    await using script = check("restart", first.url);
    await script.line();
    await first.close();
    await using _ = await Hub.open({ store: store(), port });
    script.tell(word);
    assert.deepEqual(await script.line(), { topic: "tide.high.north" });
    script.tell();
    await script.ended();
  });

test("the example of the README runs as it says", { skip }, async () => {
  await using hub = await Hub.open({ store: memory(), port: 0 });
  const page = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
  const [, code = "", expected = ""] = /```python\n(.*?)```\s+```text\n(.*?)```/su.exec(page) ?? [];
  const file = join(folder, "example.py");
  writeFileSync(file, code.replaceAll("http://localhost:4700", hub.url));
  const run = spawn("python3", [file], {
    env: { ...process.env, PYTHONPATH: import.meta.dirname, PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" },
  });
  let said = "";
  run.stdout.on("data", (text) => (said += String(text)));
  run.stderr.on("data", (text) => (said += String(text)));
  await once(run, "close");
  assert.equal(said, expected);
});
