/** What strace writes down, read: the lines here are its own, with other paths. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { toOps } from "./trace.ts";

const hex = (text: string): string =>
  [...Buffer.from(text)].map((byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
const fd = (number: number, path: string): string => `${number}<${hex(path)}>`;
const read = (...lines: readonly string[]) => toOps(`${lines.join("\n")}\n`, "/d", "/marks");

test("each call becomes its operation", () => {
  const ops = read(
    `7 openat(AT_FDCWD<${hex("/")}>, "${hex("/d/a")}", O_RDWR|O_CREAT|O_NOFOLLOW|O_CLOEXEC, 0644) = ${fd(3, "/d/a")}`,
    `7 pwrite64(${fd(3, "/d/a")}, "${hex("one")}", 3, 8248) = 3`,
    `7 fdatasync(${fd(3, "/d/a")})        = 0`,
    `7 fsync(${fd(4, "/d")}) = 0`,
    `7 ftruncate(${fd(3, "/d/a")}, 0) = 0`,
    `7 rename("${hex("/d/a")}", "${hex("/d/b")}") = 0`,
    `7 unlink("${hex("/d/b")}") = 0`,
    `7 write(${fd(5, "/marks")}, "${hex("done 1, (2) = 3\n")}", 16) = 16`,
  );
  assert.deepEqual(ops, [
    { type: "create", name: "a" },
    { type: "write", name: "a", offset: 8248, data: Buffer.from("one") },
    { type: "sync", name: "a", since: 2 },
    { type: "sync-folder", since: 3 },
    { type: "truncate", name: "a", size: 0 },
    { type: "rename", name: "a", to: "b" },
    { type: "unlink", name: "b" },
    { type: "mark", text: "done 1, (2) = 3\n" },
  ]);
});

test("a file that is opened anew is cut, and writes without a place follow one another", () => {
  const ops = read(
    `7 openat(AT_FDCWD<${hex("/")}>, "${hex("/d/a")}", O_WRONLY|O_CREAT|O_TRUNC|O_CLOEXEC, 0666) = ${fd(9, "/d/a")}`,
    `7 write(${fd(9, "/d/a")}, "${hex("one")}", 3) = 3`,
    `7 write(${fd(9, "/d/a")}, "${hex("two")}", 3) = 3`,
    `7 link("${hex("/d/a")}", "${hex("/d/b")}") = 0`,
  );
  assert.deepEqual(ops, [
    { type: "create", name: "a" },
    { type: "truncate", name: "a", size: 0 },
    { type: "write", name: "a", offset: 0, data: Buffer.from("one") },
    { type: "write", name: "a", offset: 3, data: Buffer.from("two") },
    { type: "link", name: "a", to: "b" },
  ]);
});

test("a call of two lines happens at its second one, and a sync covers only what was before its first one", () => {
  const ops = read(
    `7 pwrite64(${fd(3, "/d/a")}, "${hex("one")}", 3, 0) = 3`,
    `7 fsync(${fd(3, "/d/a")} <unfinished ...>`,
    `8 pwrite64(${fd(3, "/d/a")}, "${hex("two")}", 3, 3 <unfinished ...>`,
    `8 <... pwrite64 resumed>) = 3`,
    `7 <... fsync resumed>) = 0`,
  );
  assert.deepEqual(
    ops.map(({ type }) => type),
    ["write", "write", "sync"],
  );
  assert.deepEqual(ops[2], { type: "sync", name: "a", since: 1 });
  assert.equal((ops[1] as { data: Buffer }).data.toString(), "two");
});

test("what failed, what is elsewhere, and shared memory are left out", () => {
  const ops = read(
    `7 unlink("${hex("/d/a")}") = -1 ENOENT (No such file or directory)`,
    `7 pwrite64(${fd(3, "/e/a")}, "${hex("one")}", 3, 0) = 3`,
    `7 pwrite64(${fd(3, "/d/a-shm")}, "${hex("one")}", 3, 0) = 3`,
    `7 +++ exited with 0 +++`,
  );
  assert.deepEqual(ops, []);
});

test("what is not understood, or cut short, is refused", () => {
  const path = fd(3, "/d/a");
  assert.throws(
    () => read(`7 pwritev(${path}, [{iov_base="${hex("x")}", iov_len=1}], 1, 0) = 1`),
    /not understood: pwritev/,
  );
  assert.throws(() => read(`7 write(${path}, "${hex("x")}", 1) = 1`), /not understood: write/);
  assert.throws(() => read(`7 pwrite64(${path}, "${hex("x")}"..., 9, 0) = 9`), /1 of 9 bytes/);
  const append = `7 openat(AT_FDCWD<${hex("/")}>, "${hex("/d/a")}", O_RDWR|O_APPEND, 0644) = ${path}`;
  assert.throws(() => read(append), /not understood: openat/);
});
