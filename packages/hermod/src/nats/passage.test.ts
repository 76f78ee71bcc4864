/** Two processes of one machine speak past the broker: whoever has a key comes in once, and nobody else does. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmdirSync, rmSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { toBytes } from "./texts.ts";
import { Passage, through } from "./passage.ts";
import { Pipe, type PipeEnds } from "./pipe.ts";

const terms = {
  timeout: 20_000,
  skip: process.platform === "win32" ? "SKIPPED: no sockets in files" : false,
};

/** What one side hears. */
class Ears implements PipeEnds {
  readonly texts: string[] = [];
  readonly reasons: string[] = [];
  readonly #end = Promise.withResolvers<void>();
  #waiting: (() => void)[] = [];
  readonly heard = (text: string): void => {
    this.texts.push(text);
    for (const told of this.#waiting.splice(0)) told();
  };
  readonly closed = (reason: string): void => {
    this.reasons.push(reason);
    this.#end.resolve();
  };

  async until(count: number): Promise<readonly string[]> {
    while (this.texts.length < count) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.texts;
  }

  ended(): Promise<void> {
    return this.#end.promise;
  }
}

async function laid(t: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "hermod-passage-"));
  const passage = await Passage.open(folder, Math.random);
  const pipes: Pipe[] = [];
  t.after(async () => {
    for (const pipe of pipes) pipe.close();
    await passage.close();
    rmSync(folder, { recursive: true });
  });
  const path = join(folder, "passage");
  return { folder, passage, path, pipes };
}

/** Both ends of a pipe. */
async function joined(t: TestContext) {
  const { passage, pipes, ...rest } = await laid(t);
  const [near, far] = [new Ears(), new Ears()];
  const came = Promise.withResolvers<Pipe>();
  const { text } = passage.invite((pipe) => (came.resolve(pipe), near));
  const pipe = (await through(text, far)) as Pipe;
  const back = await came.promise;
  pipes.push(pipe, back);
  return { ...rest, passage, text, near, far, pipe, back };
}

test("what is said arrives in its order on the other side, however long, both ways", terms, async (t) => {
  const { near, far, pipe, back } = await joined(t);
  const texts = ["a", "", "ü".repeat(2 ** 20), "b"];
  for (const text of texts) pipe.send(text);
  assert.deepEqual(await near.until(4), texts);
  for (const text of texts) back.send(text);
  assert.deepEqual(await far.until(4), texts);
});

test("what can wait goes with what cannot, or soon", terms, async (t) => {
  const { near, pipe } = await joined(t);
  pipe.piggyback(() => pipe.send("waited"));
  pipe.send("went");
  assert.deepEqual([...(await near.until(2))].toSorted(), ["waited", "went"]);
  pipe.piggyback(() => pipe.send("alone"));
  assert.equal((await near.until(3))[2], "alone");
});

test("whoever ends it has said all before, hears nothing more, and is not told", terms, async (t) => {
  const { near, far, pipe, back } = await joined(t);
  pipe.send("last");
  pipe.close();
  back.send("late");
  await near.ended();
  assert.deepEqual([near.texts, near.reasons], [["last"], ["the other side has ended it"]]);
  assert.deepEqual([far.texts, far.reasons], [[], []]);
  pipe.send("nothing");
  pipe.close();
});

test("a key opens once", terms, async (t) => {
  const { text } = await joined(t);
  const ears = new Ears();
  assert.ok(await through(text, ears));
  await ears.ended();
});

test("whoever is not awaited any more is not let in", terms, async (t) => {
  const { passage } = await laid(t);
  const invitation = passage.invite(() => assert.fail("let in"));
  invitation.cancel();
  const ears = new Ears();
  assert.ok(await through(invitation.text, ears));
  await ears.ended();
});

/** Somebody who says this to a passage. */
async function stranger(path: string, said: Buffer): Promise<Socket> {
  const socket = connect(path);
  socket.on("error", () => undefined);
  await once(socket, "connect");
  socket.write(said);
  return socket;
}

test("strangers are shown out: with no key, with a long word, and with none", terms, async (t) => {
  const { passage, path } = await laid(t);
  passage.invite(() => assert.fail("let in"));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(257);
  for (const said of [toBytes(""), toBytes("guess"), length, Buffer.alloc(0)]) {
    const socket = await stranger(path, said);
    socket.resume();
    await once(socket, "close");
  }
});

test(
  "where a passage does not lead is told by nothing but that: another machine has no such path",
  terms,
  async (t) => {
    const { folder } = await laid(t);
    assert.equal(await through("", new Ears()), undefined);
    assert.equal(await through(`key ${join(folder, "elsewhere")}`, new Ears()), undefined);
  },
);

test(
  "a path that is too long for a socket is refused, and a closed passage leaves nothing",
  terms,
  async (t) => {
    const { folder, passage } = await laid(t);
    mkdirSync(join(folder, "x".repeat(120)));
    await assert.rejects(Passage.open(join(folder, "x".repeat(120)), Math.random), /EINVAL|ENAMETOOLONG/);
    rmdirSync(join(folder, "x".repeat(120)));
    await passage.close();
    assert.deepEqual(readdirSync(folder), []);
  },
);

test("an end waits for those who came, a second at most", terms, async (t) => {
  for (const isEnded of [true, false]) {
    const { passage, pipe, back } = await joined(t);
    let isOver = false;
    const closing = passage.close().then(() => (isOver = true));
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(isOver, false);
    if (isEnded) back.close();
    await closing;
    pipe.close();
  }
});

test("nobody is believed who listens where others than this user can write", terms, async (t) => {
  const { folder, passage } = await laid(t);
  const { text } = passage.invite(() => assert.fail("let in"));
  chmodSync(folder, 0o755);
  assert.equal(await through(text, new Ears()), undefined);
});

test("whoever is shown out is heard no more, whatever it said in one breath", terms, async (t) => {
  const { passage, path } = await laid(t);
  const { text } = passage.invite(() => assert.fail("let in"));
  const [key = ""] = text.split(" ");
  const socket = await stranger(path, Buffer.concat(["wrong", key, "hello"].map(toBytes)));
  await once(socket.resume(), "close");
});

test("an end does not wait for ever for somebody who stands still", terms, async (t) => {
  const { folder } = await laid(t);
  const path = join(folder, "other");
  const server = createServer().listen(path);
  t.after(() => server.close());
  const coming = once(server, "connection") as Promise<[Socket]>;
  const still = (await stranger(path, Buffer.alloc(0))).pause();
  t.after(() => still.destroy());
  const [socket] = await coming;
  const pipe = new Pipe(socket, new Ears());
  // More than the system takes for somebody who reads nothing.
  pipe.send("ü".repeat(2 ** 21));
  const ended = once(socket, "close");
  pipe.close();
  assert.equal(socket.writableLength > 0, true);
  await ended;
});
