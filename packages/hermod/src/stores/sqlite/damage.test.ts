/** A file with one bit turned over, at many places: it works, or it is refused by name; what is lost does not go unnoticed. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { HermodError } from "../../core/errors.ts";
import { closeWriter } from "./checkpoint.ts";
import { child, directory, killed, store } from "./file.test.kit.ts";
import { check, describe } from "./moves.ts";
import { openWriter } from "./open.ts";

/** The same places in each run (mulberry32). */
function places(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

function flipped(bytes: Buffer, place: number, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(place) ^ (1 << bit), place);
  return copy;
}

/** What opening, describing and working with the file come to. */
function tried(file: string): HermodError | number {
  try {
    const { messages } = describe(file);
    const db = openWriter(file, { durability: "fast" });
    try {
      db.prepare("SELECT seq, body FROM message").all();
      db.prepare("SELECT * FROM waiting").all();
    } finally {
      closeWriter(db);
    }
    return messages;
  } catch (error) {
    const { errcode } = error as { errcode?: number };
    if (errcode === 11 || errcode === 267)
      return new HermodError("HERMOD_STORE_CORRUPT", "found while reading");
    assert.ok(error instanceof HermodError, `another error: ${String(error)}`);
    return error;
  }
}

const COUNT = 60;

test("one bit turned over at each of 200 places in a closed file", async (t) => {
  const file = store(join(directory(t), "a.db"), COUNT);
  const good = readFileSync(file);
  const next = places(7);
  // Half of them in what is used most: the header, the list of tables, the first pages.
  for (let trial = 0; trial < 200; trial++) {
    const place = next(trial % 4 === 0 ? 100 : trial % 4 === 1 ? 8192 * 2 : good.length);
    const bit = next(8);
    await judge(file, flipped(good, place, bit), `bit ${bit} of byte ${place}`);
  }
});

async function judge(file: string, bytes: Buffer, what: string): Promise<void> {
  for (const part of ["-wal", "-shm", "-journal"]) rmSync(`${file}${part}`, { force: true });
  writeFileSync(file, bytes);
  const checked = await check(file).catch((error: HermodError) => error.code);
  writeFileSync(file, bytes);
  const came = tried(file);
  if (came instanceof HermodError) {
    const codes = /of byte 6[0-3]$/.test(what)
      ? ["HERMOD_STORE_CORRUPT", "HERMOD_STORE_VERSION"]
      : ["HERMOD_STORE_CORRUPT"];
    assert.ok(codes.includes(came.code), `${what}: ${came.code} ${came.message}`);
  } else if (came !== COUNT)
    assert.ok(
      typeof checked === "object" && !checked.ok,
      `${what}: ${came} messages, and check found nothing`,
    );
}

test("one bit turned over in the -wal of a killed process: what it held is there, or is not, and never half", async (t) => {
  const file = join(directory(t), "a.db");
  const code =
    "globalThis.db = openWriter(file, { durability: 'durable' }); for (let i = 0; i < 6; i++) fill(db, 1 + 10 * i, 10);";
  await killed(await child(t, code, file));
  const [main, wal] = [readFileSync(file), readFileSync(`${file}-wal`)];
  const next = places(11);
  for (let trial = 0; trial < 60; trial++) {
    for (const part of ["-shm", "-journal"]) rmSync(`${file}${part}`, { force: true });
    writeFileSync(file, main);
    const place = next(wal.length);
    writeFileSync(`${file}-wal`, flipped(wal, place, next(8)));
    const came = tried(file);
    if (came instanceof HermodError) assert.equal(came.code, "HERMOD_STORE_CORRUPT");
    else {
      assert.equal(came % 10, 0, `byte ${place}`);
      const { findings } = await check(file);
      assert.deepEqual(findings, [], `byte ${place}`);
    }
  }
});
