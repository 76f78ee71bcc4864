/** Images: a journal that grows gets shorter, and whoever takes over has everything all the same; no more than two of them ever stand there. */
import { headers } from "@nats-io/transport-node";
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { agent, start } from "../index.ts";
import { connect, type Broker } from "./connect.ts";
import { Images } from "./images.ts";
import { imageStream, journalStream } from "./names.ts";
import { nats } from "./nats.ts";
import { toTerms } from "./options.ts";
import { missing, Server } from "./server.test.kit.ts";
import { openStream } from "./stream.ts";

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
const MIB = 2 ** 20;
const folder = mkdtempSync(join(tmpdir(), "hermod-images-"));
let server: Server;
let broker: Broker;
let [partitions, files] = [0, 0];

before(async () => {
  if (skip) return;
  server = await Server.start();
  broker = await connect(toTerms({ servers: server.url, namespace: "images", journalBytes: MIB }));
});
after(async () => {
  await broker?.close();
  await server?.close();
  rmSync(folder, { recursive: true });
});

/** An empty stream of images, of 4 MiB. */
async function stream(): Promise<number> {
  await openStream(broker, "image", partitions);
  return partitions++;
}

/** A file that packing makes no smaller. */
function file(bytes: number): { readonly path: string; readonly content: Buffer } {
  const [path, content] = [join(folder, `${++files}`), randomBytes(bytes)];
  writeFileSync(path, content);
  return { path, content };
}

async function loaded(partition: number): Promise<Buffer> {
  const path = join(folder, `${++files}`);
  const bytes = await new Images(broker, partition).load(path);
  const content = readFileSync(path);
  assert.equal(content.length, bytes);
  return content;
}

async function bytesOf(partition: number): Promise<number> {
  return (await broker.jsm.streams.info(imageStream("images", partition))).state.bytes;
}

/** A writer before whose message of this number, from 1, something else happens: its end, unless that goes by. */
function writerUntil(partition: number, number: number, happens: () => Promise<void>): Images {
  let count = 0;
  const js = Object.create(broker.js) as Broker["js"];
  js.publish = async (...given) => {
    if (++count === number) await happens();
    return broker.js.publish(...given);
  };
  return new Images({ ...broker, js }, partition);
}

/** A writer before whose request of this kind and number something else happens. */
function clearing(
  partition: number,
  kind: "info" | "deleteMessage",
  number: number,
  happens: () => Promise<void>,
): Images {
  let count = 0;
  const streams = new Proxy(broker.jsm.streams, {
    get:
      (target, name) =>
      async (...given: readonly never[]) => {
        if (name === kind && ++count === number) await happens();
        return (target[name as typeof kind] as (...all: readonly never[]) => unknown).call(target, ...given);
      },
  });
  const jsm = Object.create(broker.jsm, { streams: { value: streams } }) as Broker["jsm"];
  return new Images({ ...broker, jsm }, partition);
}

const ended = async (): Promise<void> => {
  throw new Error("the writer was ended");
};

test("an image goes in pieces that its server takes", { skip }, async () => {
  const small = await Server.start({ config: "max_payload: 65536" });
  const narrow = await connect(toTerms({ servers: small.url, namespace: "images", journalBytes: MIB }));
  try {
    const { path, content } = file(300_000);
    await openStream(narrow, "image", 0);
    const images = new Images(narrow, 0);
    await images.store(path);
    const back = join(folder, `${++files}`);
    assert.ok((await images.load(back)) > 0);
    assert.deepEqual(readFileSync(back), content);
  } finally {
    await narrow.close();
    await small.close();
  }
});

test(
  "an image comes back as it was, whatever its pieces, and takes as little as it can",
  { skip },
  async () => {
    const partition = await stream();
    for (const bytes of [0, 1, MIB / 2, MIB + 1, 1.5 * MIB]) {
      const { path, content } = file(bytes);
      assert.equal(await new Images(broker, partition).store(path), bytes);
      assert.deepEqual(await loaded(partition), content);
    }
    const { path } = file(0);
    writeFileSync(path, "the tide turns ".repeat(MIB));
    assert.equal(await new Images(broker, partition).store(path), 15 * MIB);
    assert.ok((await bytesOf(partition)) < MIB);
    assert.equal((await loaded(partition)).length, 15 * MIB);
  },
);

test("images whose writers were ended do not pile up, and leave the one before them", { skip }, async () => {
  const partition = await stream();
  const { path, content } = file(1.9 * MIB);
  await new Images(broker, partition).store(path);
  for (const message of [2, 4, 5, 3, 5, 5]) {
    await assert.rejects(writerUntil(partition, message, ended).store(file(1.9 * MIB).path));
    assert.deepEqual(await loaded(partition), content);
    assert.ok((await bytesOf(partition)) < 4 * MIB);
  }
  const last = file(1.9 * MIB);
  await new Images(broker, partition).store(last.path);
  assert.deepEqual(await loaded(partition), last.content);
  assert.ok((await bytesOf(partition)) < 2 * MIB, "something of the others is left");
});

test("the first writer's end leaves nothing behind either", { skip }, async () => {
  const partition = await stream();
  for (let times = 0; times < 3; times++) {
    await assert.rejects(writerUntil(partition, 5, ended).store(file(1.9 * MIB).path));
    assert.ok((await bytesOf(partition)) < 2 * MIB);
  }
  assert.equal(await new Images(broker, partition).load(join(folder, "none")), 0);
  const { path, content } = file(MIB);
  await new Images(broker, partition).store(path);
  assert.deepEqual(await loaded(partition), content);
  assert.ok((await bytesOf(partition)) < 1.1 * MIB);
});

test("of two writers the one that began last has its way, wherever the other one was", { skip }, async () => {
  for (const message of [1, 2, 3, 5]) {
    const partition = await stream();
    await assert.rejects(writerUntil(partition, 4, ended).store(file(1.9 * MIB).path));
    const [early, late] = [file(1.9 * MIB), file(1.2 * MIB)];
    const other = async (): Promise<void> => void (await new Images(broker, partition).store(late.path));
    const writing = writerUntil(partition, message, other).store(early.path);
    if (message > 1) await assert.rejects(writing);
    else await writing;
    assert.deepEqual(await loaded(partition), message > 1 ? late.content : early.content);
  }
});

test("a writer that was frozen while it cleared takes nothing from those behind it", { skip }, async () => {
  const partition = await stream();
  await new Images(broker, partition).store(file(1000).path);
  await assert.rejects(writerUntil(partition, 4, ended).store(file(1.9 * MIB).path));
  const { path, content } = file(1.2 * MIB);
  let isFrozen = false;
  const frozen = clearing(partition, "deleteMessage", 1, async () => {
    await new Images(broker, partition).store(path);
    isFrozen = true;
  });
  await assert.rejects(frozen.store(file(1000).path));
  assert.ok(isFrozen);
  assert.deepEqual(await loaded(partition), content);
});

test("nor from one that is in the middle when it goes on", { skip }, async () => {
  const partition = await stream();
  const { path, content } = file(1.9 * MIB);
  const [begun, early] = [Promise.withResolvers<void>(), file(1000).path];
  let late: Promise<unknown> | undefined;
  const frozen = clearing(partition, "info", 2, async () => {
    late = writerUntil(partition, 4, async () => (begun.resolve(), assert.rejects(storing))).store(path);
    await begun.promise;
  });
  const storing = frozen.store(early);
  await assert.rejects(storing);
  await late;
  assert.deepEqual(await loaded(partition), content);
});

test("an image of which two would not fit is refused by name, and changes nothing", { skip }, async () => {
  const partition = await stream();
  const { path, content } = file(1000);
  await new Images(broker, partition).store(path);
  const before = await bytesOf(partition);
  await assert.rejects(new Images(broker, partition).store(file(2 * MIB).path), {
    code: "HERMOD_STORE_FULL",
    hint: /nats\.journalBytes/,
  });
  assert.deepEqual([await bytesOf(partition), await loaded(partition)], [before, content]);
});

test("what is no image is told by name", { skip }, async () => {
  const partition = await stream();
  const head = headers();
  head.set("Hermod-Piece", "1/1");
  await broker.js.publish(`images.image.${partition}`, "SQLite format 3", { headers: head });
  await assert.rejects(new Images(broker, partition).load(join(folder, "foreign")), {
    code: "HERMOD_STORE_CORRUPT",
    message: new RegExp(`^stream images_image_${partition}: `),
  });
});

test("a journal does not grow without an end, and nothing of it is lost", { skip }, async () => {
  const open = () => nats({ servers: server.url, namespace: "grown", partitions: 1, journalBytes: 2 ** 24 });
  const first = await start({ agents: [quiet], store: open() });
  const text = "x".repeat(20_000);
  for (let n = 0; n < 100; n++)
    await Promise.all(
      Array.from({ length: 20 }, (_, at) =>
        first.cast("later", "note", { n: n * 20 + at, text }, { delay: "1h" }),
      ),
    );
  await first.close();
  const { state } = await broker.jsm.streams.info(journalStream("grown", 0));
  assert.ok(state.first_seq > 1, "nothing was purged");
  const second = await start({ agents: [quiet], store: open() });
  const waiting = (await second.stats()).mailboxes.find(({ mailbox }) => mailbox === "later");
  assert.equal(waiting?.delayed, 2000);
  await second.close();
});

const quiet = agent("later", { on: { notification: () => undefined } });
