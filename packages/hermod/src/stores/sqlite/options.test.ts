/** What the durable store and its moves refuse before they touch a disk. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { codeOf } from "../../core/samples.test.kit.ts";
import { sqlite } from "../sqlite.ts";
import { backup, check, compact, describe, migrate, restore } from "./moves.ts";

const url = new URL("file:///tmp/agents.db");
const paths = [undefined, null, 5, {}, "", ":memory:", "a\0b", url, url.href, "file:agents.db?mode=memory"];

test("a path that can be none of a file is refused by name", async () => {
  for (const path of paths as string[]) {
    assert.equal(
      codeOf(() => sqlite(path)),
      "HERMOD_BAD_OPTION",
    );
    assert.equal(
      codeOf(() => describe(path)),
      "HERMOD_BAD_OPTION",
    );
    for (const move of [check, compact, migrate])
      await assert.rejects(move(path), { code: "HERMOD_BAD_OPTION" });
    await assert.rejects(backup(path, "b.db"), { code: "HERMOD_BAD_OPTION" });
    await assert.rejects(backup("none.db", path), { code: "HERMOD_BAD_OPTION" });
    await assert.rejects(restore(path, "b.db"), { code: "HERMOD_BAD_OPTION" });
  }
  assert.throws(() => sqlite(url as never), /got an object/);
  assert.throws(
    () => sqlite(url.href),
    ({ hint }: { hint: string }) => hint.includes("fileURLToPath"),
  );
});

test("options are checked by name, kind and range", () => {
  const bad: unknown[] = [
    ...[null, 5, "x", [], { durablity: "fast" }, { durability: "FAST" }, { durability: null }],
    ...[{ dedupe: Number.NaN }, { dedupe: -1 }, { dedupe: "5 fortnights" }, { openTimeout: Infinity }],
    ...[{ history: null }, { history: { count: 0 } }, { history: { bytes: 1.5 } }, { history: { size: 1 } }],
    ...[{ deadLetters: { count: 0 } }, { deadLetters: { age: "" } }],
    ...[{ window: 5 }, { window: { lane: 0 } }, { window: { all: Infinity } }],
    ...[{ thread: "no" }, { thread: 1 }, { thread: null }],
  ];
  for (const options of bad)
    assert.equal(
      codeOf(() => sqlite("agents.db", options as never)),
      "HERMOD_BAD_OPTION",
      JSON.stringify(options),
    );
});
