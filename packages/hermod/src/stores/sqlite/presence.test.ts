/** Files that are taken away under their owner: nothing is confirmed that nobody would find, and all goes on when they are back. */
import assert from "node:assert/strict";
import { existsSync, renameSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Bench } from "../../testing/store/bench.ts";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite } from "../sqlite.ts";
import { directory } from "./file.test.kit.ts";

for (const part of ["", "-wal", ".owner"])
  test(`a send is refused by name while hermod.db${part} is away, and taken when it is back`, async (t) => {
    const file = join(directory(t), "hermod.db");
    const { env, ...heard } = createEnv();
    const store = await sqlite(file, { thread: false })(env);
    const bench = new Bench(store, heard, () => heard.clock.settle());
    await bench.announce();
    await bench.send({ id: "before" });
    renameSync(file + part, `${file}.away`);
    await assert.rejects(async () => store.append(bench.message({ id: "away" })), {
      code: "HERMOD_STORE_READONLY",
      message: `${file}${part}: it was moved or removed while it was open`,
    });
    assert.equal(existsSync(file + part), false, "nothing is begun in its place");
    renameSync(`${file}.away`, file + part);
    await bench.advance("1s");
    await bench.send({ id: "after" });
    assert.deepEqual(await bench.ids(), ["before", "after"]);
    await store.close();
  });
