/** A store over several files keeps the same laws. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { OpenStore } from "../core/store.ts";
import { sqlite } from "../stores/sqlite.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { spread } from "./spread.ts";
import { apartSkips } from "./spread.test.kit.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let files = 0;
const open = (): OpenStore => sqlite(join(folder, `${++files}.db`), { thread: false, durability: "fast" });

/** A store over so many files. */
function over(partitions: number): OpenStore {
  return async (env) =>
    spread(await Promise.all(Array.from({ length: partitions }, async () => open()(env))), env);
}

storeSuite("spread over 5 files", () => over(5), { test, skips: apartSkips });
