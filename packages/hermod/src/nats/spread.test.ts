/** A store over several partitions keeps the laws of a store, but for a few that need one place for all. */
import { test } from "node:test";
import type { OpenStore } from "../core/store.ts";
import { memory } from "../stores/memory.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { spread } from "./spread.ts";
import { apartSkips, spreadSkips } from "./spread.test.kit.ts";

/** A store over so many memory stores. */
function over(partitions: number): OpenStore {
  return async (env) =>
    spread(await Promise.all(Array.from({ length: partitions }, async () => memory()(env))), env);
}

storeSuite("spread over one", () => over(1), { test });
// Here two of the three mailboxes of the laws live together, and in the others none do.
storeSuite("spread over 3", () => over(3), { test, skips: spreadSkips });
storeSuite("spread over 5", () => over(5), { test, skips: apartSkips });
storeSuite("spread over 16", () => over(16), { test, skips: apartSkips });
