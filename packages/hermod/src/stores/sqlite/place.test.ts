import assert from "node:assert/strict";
import { chmodSync, chownSync, lchownSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { codeOf, thrownBy } from "../../core/samples.test.kit.ts";
import { directory } from "./file.test.kit.ts";
import { realPath, safePath } from "./place.ts";

const root = process.getuid?.() === 0;

test("a path is where its links lead to, whether the file is there or not", (t) => {
  const home = directory(t);
  mkdirSync(join(home, "real"));
  symlinkSync(join(home, "real"), join(home, "link"));
  assert.equal(safePath(join(home, "link/new.db")), join(home, "real/new.db"));
  writeFileSync(join(home, "real/a.db"), "");
  symlinkSync("real/a.db", join(home, "b.db"));
  assert.equal(safePath(join(home, "b.db")), join(home, "real/a.db"));
});

test("a missing directory, a link to nowhere, a circle and what is no file are refused by name", (t) => {
  const home = directory(t);
  symlinkSync(join(home, "gone"), join(home, "nowhere"));
  symlinkSync(join(home, "circle"), join(home, "circle"));
  writeFileSync(join(home, "plain"), "");
  const cases = [
    ["no/a.db", /the directory .*no does not exist/],
    ["nowhere", /the symbolic link leads nowhere/],
    ["circle", /circle/],
    ["", /it is a directory/],
    ["plain/a.db", /no directory/],
  ] as const;
  for (const [name, text] of cases) {
    const error = thrownBy(() => realPath(join(home, name)));
    assert.equal(error.code, "HERMOD_STORE_READONLY");
    assert.match(error.message, text);
  }
  assert.match(thrownBy(() => realPath("/dev/null")).message, /no plain file/);
});

test("a directory where anybody may write is refused, with the sticky bit it is taken", (t) => {
  const home = directory(t);
  const open = join(home, "open");
  mkdirSync(open);
  chmodSync(open, 0o777);
  const error = thrownBy(() => safePath(join(open, "a.db")));
  assert.equal(error.code, "HERMOD_STORE_READONLY");
  assert.match(error.message, /anybody may write in the directory/);
  assert.match(error.hint, /mkdir -m 700/);
  chmodSync(open, 0o1777);
  assert.equal(safePath(join(open, "a.db")), join(open, "a.db"));
});

test("a link to a private place is taken, one to or from an open directory is not", (t) => {
  const home = directory(t);
  const [open, shut] = [join(home, "open"), join(home, "shut")];
  mkdirSync(open);
  mkdirSync(shut, { mode: 0o700 });
  chmodSync(open, 0o777);
  for (const folder of [open, shut]) writeFileSync(join(folder, "a.db"), "");
  symlinkSync(join(shut, "a.db"), join(home, "good.db"));
  symlinkSync(join(open, "a.db"), join(home, "bad.db"));
  symlinkSync(join(shut, "a.db"), join(open, "bad.db"));
  assert.equal(safePath(join(home, "good.db")), join(shut, "a.db"));
  assert.equal(
    codeOf(() => safePath(join(home, "bad.db"))),
    "HERMOD_STORE_READONLY",
  );
  assert.equal(
    codeOf(() => safePath(join(open, "bad.db"))),
    "HERMOD_STORE_READONLY",
  );
});

test(
  "in an open directory with the sticky bit, another user's file or link is refused",
  { skip: !root },
  (t) => {
    const home = directory(t);
    chmodSync(home, 0o1777);
    writeFileSync(join(home, "a.db"), "");
    chownSync(join(home, "a.db"), 12_345, 12_345);
    writeFileSync(join(home, "mine.db"), "");
    symlinkSync(join(home, "mine.db"), join(home, "link.db"));
    lchownSync(join(home, "link.db"), 12_345, 12_345);
    for (const name of ["a.db", "link.db"])
      assert.match(thrownBy(() => safePath(join(home, name))).message, /belongs to another user/);
    assert.equal(safePath(join(home, "mine.db")), join(home, "mine.db"));
  },
);
