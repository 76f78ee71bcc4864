/** What a store over NATS cannot be opened with: each is told by its code, with what to do next, and leaves nothing behind. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createServer as createWebServer } from "node:http";
import { connect as dial, createServer, type Server as Listener, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import type { HermodError } from "../core/errors.ts";
import type { Store } from "../core/store.ts";
import { codeOf } from "../core/samples.test.kit.ts";
import { createEnv } from "../testing/store/env.ts";
import { nats } from "./nats.ts";
import { openings } from "./openings.test.kit.ts";
import type { NatsOptions } from "./options.ts";
import { freePort, missing, Server, type ServerOptions } from "./server.test.kit.ts";

/** What is opened, the code that it is refused with, and what its message names. */
type Case = readonly [options: NatsOptions, code: string, names: RegExp];
const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
const terms = { skip, timeout: 60_000 };

async function refused(t: TestContext, cases: readonly Case[]): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-bad-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const found = await openings(
    cases.map(([options]) => ({ folder, namespace: "n", ...options })),
    t.signal,
  );
  for (const [at, [options, code, names]] of cases.entries()) {
    const { code: given, message, hint } = found[at] ?? { code: "", message: "", hint: "" };
    assert.equal(given, code, `${JSON.stringify(options)}: ${message}`);
    assert.match(message, names);
    assert.ok(hint.length > 20, message);
  }
  assert.deepEqual(readdirSync(folder), [], "files are left");
}

async function started(t: TestContext, options?: ServerOptions): Promise<Server> {
  const server = await Server.start(options);
  t.after(() => server.close());
  return server;
}

async function listening(t: TestContext, server: Listener): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const open = new Set<Socket>();
  server.on("connection", (socket: Socket) => void open.add(socket));
  t.after(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  return `nats://127.0.0.1:${(server.address() as { port: number }).port}`;
}

test("where no server of NATS answers", terms, async (t) => {
  const nobody = `nats://127.0.0.1:${await freePort()}`;
  await refused(t, [
    [{ servers: nobody }, "HERMOD_UNREACHABLE", /refused/],
    [{ servers: [nobody, nobody] }, "HERMOD_UNREACHABLE", /no NATS server answers at/],
  ]);
});

/** Whoever listens there and says this to each who comes, and the ends of all who came. */
function saying(text: string): { readonly server: Listener; readonly ends: readonly Promise<unknown>[] } {
  const ends: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    const ended = Promise.withResolvers<void>();
    ends.push(ended.promise);
    socket.on("error", () => undefined).on("close", () => ended.resolve());
    socket.resume().write(text);
  });
  return { server, ends };
}

test("where somebody else answers, or nobody says a word", terms, async (t) => {
  const web = await listening(
    t,
    createWebServer((_, response) => void response.end("hello")),
  );
  const silent = await listening(t, createServer());
  // Those who ask end by themselves: no socket is left to them.
  await refused(
    t,
    [web, silent].map((servers): Case => [
      { servers, timeout: "200ms" },
      "HERMOD_UNREACHABLE",
      /no NATS server answers at .*timeout/,
    ]),
  );
});

test("a start that is refused leaves no connection behind, however far it came", terms, async (t) => {
  const { env } = createEnv();
  const half = `INFO {"server_id":"a","version":"2.9.10","max_payload":1048576,"tls_required":true}\r\n`;
  const elsewhere = Number(new URL(await listening(t, createServer())).port);
  for (const text of ["", "INFO {", half]) {
    const { server, ends } = saying(text);
    const servers = await listening(t, server);
    const opened = nats({ servers, timeout: "500ms" })({ ...env, clock: systemClock });
    // Somebody else's, opened meanwhile.
    const other = dial(elsewhere, "127.0.0.1");
    await assert.rejects(async () => opened, { code: "HERMOD_UNREACHABLE" });
    assert.ok(ends.length > 0);
    await Promise.all(ends);
    assert.equal(other.destroyed, false);
    other.destroy();
  }
});

test("a server that knows no such user", terms, async (t) => {
  const { url: servers } = await started(t, { config: 'authorization { user: "a", password: "b" }' });
  await refused(t, [
    [{ servers }, "HERMOD_UNAUTHORIZED", /refuses this user/],
    [{ servers, user: "a", pass: "c" }, "HERMOD_UNAUTHORIZED", /refuses this user/],
    [{ servers, token: "b" }, "HERMOD_UNAUTHORIZED", /refuses this user/],
  ]);
});

test(
  "a server without JetStream, with too little room, or for messages that are too small",
  terms,
  async (t) => {
    const without = await started(t, { jetStream: false });
    const small = await started(t, { config: "max_payload: 1000" });
    const folder = mkdtempSync(join(tmpdir(), "hermod-full-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const room = `jetstream { store_dir: ${JSON.stringify(folder)}, max_file_store: 20MB }`;
    const full = await started(t, { jetStream: false, config: room });
    await refused(t, [
      [{ servers: without.url }, "HERMOD_UNSUPPORTED", /no JetStream/],
      [{ servers: small.url }, "HERMOD_UNSUPPORTED", /messages of 1000 bytes/],
      [{ servers: full.url }, "HERMOD_STORE_FULL", /nats\.journalBytes/],
    ]);
  },
);

/** A way to a server whose JetStream does not answer the first so many times that it is asked what it is. */
async function leaderless(t: TestContext, { port, url }: Server, times: number): Promise<string> {
  const asked = { times: 0 };
  // Somebody hears what is asked there, and says nothing.
  const nobody = await connect({ servers: url });
  t.after(() => nobody.close());
  nobody.subscribe("nobody.heard");
  await nobody.flush();
  return listening(
    t,
    createServer((near) => {
      const far = dial(port, "127.0.0.1");
      for (const end of [near, far]) end.on("error", () => undefined);
      near.on("data", (said: Buffer) => {
        const text = said.toString("latin1");
        const isMute = text.includes("PUB $JS.API.INFO") && asked.times++ < times;
        far.write(isMute ? text.replace("PUB $JS.API.INFO", "PUB nobody.heard") : text, "latin1");
      });
      far.pipe(near);
      near.on("close", () => far.destroy());
    }),
  );
}

test(
  "a JetStream that nobody leads yet is waited for, and told of when it takes too long",
  terms,
  async (t) => {
    const server = await started(t);
    const { env } = createEnv();
    const store = await nats({ servers: await leaderless(t, server, 1) })({ ...env, clock: systemClock });
    await store.close();
    const never = await leaderless(t, server, Infinity);
    await refused(t, [[{ servers: never, timeout: "1s" }, "HERMOD_STORE", /JetStream that does not answer/]]);
  },
);

test("streams that are another version's, somebody else's, or hold something else", terms, async (t) => {
  const { url: servers } = await started(t);
  const connection = await connect({ servers });
  const { streams } = await jetstreamManager(connection);
  const journal = { name: "a_journal_0", subjects: ["a.journal.0"] };
  await streams.add({ ...journal, description: "hermod journal 2" });
  await streams.add({ name: "b_journal_0", subjects: ["b.journal.0"] });
  await streams.add({ name: "anything", subjects: ["c.>"] });
  await streams.add({ name: "d_journal_0", subjects: ["d.journal.0"], description: "hermod journal 1" });
  await streams.add({ name: "e_image_0", subjects: ["e.image.0"], description: "hermod image 1" });
  connection.publish("d.journal.0", "hello");
  await connection.drain();
  await refused(t, [
    [{ servers, namespace: "a" }, "HERMOD_STORE_VERSION", /of version 2, this reads version 1/],
    [{ servers, namespace: "b" }, "HERMOD_STORE_VERSION", /not ours/],
    [{ servers, namespace: "c" }, "HERMOD_STORE_VERSION", /another stream keeps/],
    [{ servers, namespace: "d" }, "HERMOD_STORE_CORRUPT", /message 1: it is no record/],
    [{ servers, namespace: "e" }, "HERMOD_STORE_VERSION", /e_image_0: .*of version 1, this reads version 2/],
    [{ servers, replicas: 3 }, "HERMOD_BAD_OPTION", /nats\.replicas/],
    [{ servers, folder: join(tmpdir(), "no", "such") }, "HERMOD_BAD_OPTION", /nats\.folder/],
  ]);
});

test("two applications in one namespace, and one with other partitions", terms, async (t) => {
  const { url: servers } = await started(t);
  const open = async (more: Partial<NatsOptions>): Promise<Store> =>
    nats({ servers, namespace: "n", ...more })({ ...createEnv().env, clock: systemClock });
  const stores = [await open({ application: "orders" })];
  await refused(t, [
    [
      { servers, application: "post" },
      "HERMOD_STORE_VERSION",
      /has the application "orders", this is "post"/,
    ],
    [{ servers, partitions: 3 }, "HERMOD_STORE_VERSION", /has 16 partitions, nats\.partitions is 3/],
  ]);
  for (const more of [{ application: "orders", partitions: 16 }, {}]) stores.push(await open(more));
  for (const store of stores) await store.close();
});

test("a folder whose path is too long for a socket is told, and serves all the same", terms, async (t) => {
  const parent = mkdtempSync(join(tmpdir(), "hermod-bad-"));
  t.after(() => rmSync(parent, { recursive: true }));
  const folder = join(parent, "x".repeat(120));
  mkdirSync(folder);
  const { url: servers } = await started(t);
  const { env, reports } = createEnv();
  const store = await nats({ servers, folder, direct: true })({ ...env, clock: systemClock });
  const [report] = reports.flatMap((each) => (each.type === "store.failed" ? [each] : []));
  assert.equal(report?.step, "passage");
  const { code, message, hint } = report.error as HermodError;
  assert.equal(code, "HERMOD_STORE");
  assert.match(message, /no socket can be made in .*x/);
  assert.match(hint, /nats\.folder/);
  await store.close();
});

test("options of a wrong kind are refused by name before anything is opened", () => {
  const servers = "nats://127.0.0.1:1";
  const wrong: Record<string, readonly unknown[]> = {
    servers: [undefined, null, 1, "", " ", [], [1], "http://127.0.0.1:1", ["nats://a", ""], {}, "nats://"],
    namespace: ["", "a b", "a.b", "a*", "x".repeat(33), 1, {}],
    user: [1, null, "", {}],
    pass: [1, null, {}],
    token: [1, null, {}],
    tls: [1, "yes", [], true, { certificate: "file" }],
    application: ["", 1, {}],
    partitions: [0, 1025, 1.5, "16"],
    replicas: [0, 6, 1.5, "3", NaN],
    lease: [299, "1ms", -1, "soon", Infinity, NaN, {}],
    timeout: [-1, "soon", Infinity, {}],
    dedupe: [-1, "soon", {}],
    history: [1, "30d", { days: 3 }, { age: "long" }, { count: 0 }, { bytes: 1.5 }],
    deadLetters: [1, { most: 3 }, { count: 0 }, { age: -1 }],
    direct: ["yes", 1],
    journalBytes: [0, 1000, "1GB", Infinity],
    folder: [1, "", {}],
    buckets: [1],
  };
  for (const [name, values] of Object.entries(wrong))
    for (const value of values) {
      const made = (): unknown => nats({ servers, [name]: value } as NatsOptions);
      assert.equal(codeOf(made), "HERMOD_BAD_OPTION", `${name}: ${String(value)}`);
    }
  for (const options of [undefined, null, 1, "nats://a", []])
    assert.equal(
      codeOf(() => nats(options as unknown as NatsOptions)),
      "HERMOD_BAD_OPTION",
      String(options),
    );
});
