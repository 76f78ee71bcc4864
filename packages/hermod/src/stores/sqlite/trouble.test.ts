import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError } from "../../core/errors.ts";
import { toTrouble } from "./trouble.ts";

const sqlite = (errcode: number): Error =>
  Object.assign(new Error("as SQLite says"), { code: "ERR_SQLITE_ERROR", errcode });
const system = (code: string): Error => Object.assign(new Error("as the system says"), { code });

const expected: readonly (readonly [Error, string, boolean])[] = [
  [sqlite(13), "HERMOD_STORE_FULL", true],
  [sqlite(4874), "HERMOD_STORE_FULL", true],
  [system("ENOSPC"), "HERMOD_STORE_FULL", true],
  [system("EDQUOT"), "HERMOD_STORE_FULL", true],
  [sqlite(11), "HERMOD_STORE_CORRUPT", false],
  [sqlite(267), "HERMOD_STORE_CORRUPT", false],
  [sqlite(26), "HERMOD_STORE_CORRUPT", false],
  [sqlite(522), "HERMOD_STORE_CORRUPT", false],
  [sqlite(8), "HERMOD_STORE_READONLY", false],
  [sqlite(1032), "HERMOD_STORE_READONLY", false],
  [sqlite(14), "HERMOD_STORE_READONLY", false],
  [system("EACCES"), "HERMOD_STORE_READONLY", false],
  [system("EROFS"), "HERMOD_STORE_READONLY", false],
  [system("ENOENT"), "HERMOD_STORE_READONLY", false],
  [system("EISDIR"), "HERMOD_STORE_READONLY", false],
  [sqlite(5), "HERMOD_STORE", true],
  [sqlite(1), "HERMOD_STORE", true],
  [sqlite(10), "HERMOD_STORE", true],
  [new Error("?"), "HERMOD_STORE", true],
];

test("what SQLite and the file system say becomes a coded error with the file, the cause and a hint", () => {
  for (const [cause, code, retryable] of expected) {
    const error = toTrouble(cause, "/data/a.db");
    assert.equal(error.code, code, cause.message);
    assert.equal(error.retryable, retryable);
    assert.equal(error.category, "storage");
    assert.match(error.message, /^\/data\/a\.db: /);
    assert.deepEqual(error.details, { file: "/data/a.db" });
    assert.equal(error.cause, cause);
    assert.match(error.hint, /\.$/);
  }
});

test("a coded error stays as it is, and what is no error at all becomes one", () => {
  const coded = new HermodError("HERMOD_CANCELLED", "stopped");
  assert.equal(toTrouble(coded, "/data/a.db"), coded);
  for (const thrown of [undefined, null, "text", 5, { errcode: "13" }])
    assert.equal(toTrouble(thrown, "/data/a.db").code, "HERMOD_STORE");
});
