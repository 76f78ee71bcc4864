/** A store that is told to be fast says at each start what it may lose, and one that is not says nothing. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test, type TestContext } from "node:test";
import { createEnv } from "../../testing/store/env.ts";
import { sqlite, type SqliteOptions } from "../sqlite.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** The warnings of opening a store. */
async function warnings(t: TestContext, options: SqliteOptions): Promise<unknown[][]> {
  const emit = t.mock.method(process, "emitWarning", () => undefined);
  const file = join(folder, `${options.durability}.db`);
  await (await sqlite(file, { ...options, thread: false })(createEnv().env)).close();
  return emit.mock.calls
    .map((call) => call.arguments as unknown[])
    .filter(([text]) => String(text).includes(file));
}

test("durability fast warns of what a power failure may take", async (t) => {
  const [[text, how] = [], ...more] = await warnings(t, { durability: "fast" });
  assert.match(
    String(text),
    /fast\.db is kept with durability "fast": after a power failure .* may be missing/,
  );
  assert.deepEqual(how, { type: "HermodWarning", code: "HERMOD_STORE_FAST" });
  assert.deepEqual(more, []);
});

test("the default durability has nothing to warn of", async (t) => {
  assert.deepEqual(await warnings(t, {}), []);
});
