/** Opening: what a store reports while it opens is heard by whoever starts the system. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError, memory, start, type OpenStore, type Report } from "hermod";
import { failure } from "./pull.kit.ts";

const corrupt = new HermodError("HERMOD_STORE_CORRUPT", "the store has less than it confirmed");
const told: Report = { type: "store.failed", step: "own", error: corrupt };

/** A store that finds something wrong with itself while it opens. */
const damaged: OpenStore = (env) => {
  env.reports.emit(told);
  return memory()(env);
};

test("what the store reports while it opens is heard by the listener of start", async () => {
  const heard: Report[] = [];
  await using system = await start({ store: damaged, reports: (report) => void heard.push(report) });
  assert.ok(system);
  assert.deepEqual(heard, [told]);
});

test("it is heard also where the store cannot be opened after all", async () => {
  const heard: Report[] = [];
  const store: OpenStore = (env) => {
    env.reports.emit(told);
    throw corrupt;
  };
  await failure("HERMOD_STORE_CORRUPT", start({ store, reports: (report) => void heard.push(report) }));
  assert.deepEqual(heard, [told]);
});

test("reports that are no function are refused before the store is opened", async () => {
  let isOpened = false;
  const store: OpenStore = (env) => {
    isOpened = true;
    return memory()(env);
  };
  await failure("HERMOD_BAD_OPTION", start({ store, reports: null as never }));
  assert.equal(isOpened, false);
});
