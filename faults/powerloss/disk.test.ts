/** The disk of the replayer: what was synced is there, whatever the draws are; of all else anything may be. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { drawsOf } from "../random.ts";
import { Disk, type Image } from "./disk.ts";
import type { Op } from "./trace.ts";

const write = (offset: number, sign: string, count: number, name = "a"): Op => ({
  type: "write",
  name,
  offset,
  data: Buffer.alloc(count, sign),
});
const create = (name: string): Op => ({ type: "create", name });
/** At the place `at` of the list; a sync covers what stands before it. */
const sync = (at: number, name = "a"): Op => ({ type: "sync", name, since: at });
const folder = (at: number): Op => ({ type: "sync-folder", since: at });
/** A file whose name is lasting. */
const made: readonly Op[] = [create("a"), folder(1)];

/** All images of 300 crashes after these operations. */
function images(ops: readonly Op[]): readonly Image[] {
  return Array.from({ length: 300 }, (_, seed) => {
    const disk = new Disk();
    for (const op of ops) disk.apply(op);
    return disk.crash(drawsOf(seed));
  });
}

/** The different contents of a file over all images; undefined where it is not there. */
function contents(ops: readonly Op[], name = "a"): ReadonlySet<string | undefined> {
  return new Set(images(ops).map((image) => image.get(name)?.toString()));
}

describe("lasting is", () => {
  test("what was written before a sync began", () => {
    const found = contents([...made, write(0, "x", 4), sync(3)]);
    assert.deepEqual([...found], ["xxxx"]);
  });
  test("the last of two writes to one place, both synced", () => {
    assert.deepEqual([...contents([...made, write(0, "x", 4), write(0, "y", 2), sync(4)])], ["yyxx"]);
  });
  test("a size that was cut and synced", () => {
    const ops: readonly Op[] = [...made, write(0, "x", 4), { type: "truncate", name: "a", size: 1 }, sync(4)];
    assert.deepEqual([...contents(ops)], ["x"]);
  });
  test("a name after a sync of the folder, and its end", () => {
    assert.deepEqual([...contents(made)], [""]);
    assert.deepEqual([...contents([...made, { type: "unlink", name: "a" }, folder(3)])], [undefined]);
  });
  test("what a name stands for after it was removed and made anew", () => {
    const again: readonly Op[] = [
      { type: "unlink", name: "a" },
      create("a"),
      write(0, "y", 1),
      sync(7),
      folder(8),
    ];
    assert.deepEqual([...contents([...made, write(0, "x", 4), sync(3), ...again])], ["y"]);
  });
});

describe("not lasting is", () => {
  test("what was written while a sync ran", () => {
    const found = contents([...made, write(0, "x", 2), write(2, "y", 2), sync(3)]);
    assert.ok(found.has("xx") && found.has("xxyy"));
  });
  test("a write that nobody synced: gone, there, or there without the one before", () => {
    const found = contents([...made, write(0, "x", 2), write(2, "y", 2)]);
    assert.deepEqual(found, new Set(["", "xxyy", "xx", "\0\0yy"]));
  });
  test("any sector of a long write, of 512 or 4096 bytes, counted from the start of the file", () => {
    const found = [...contents([...made, write(500, "x", 9000)])].map((text) => text ?? "");
    const starts = new Set(found.map((text) => text.indexOf("x")));
    assert.ok(starts.has(500) && starts.has(512) && starts.has(4096), [...starts].join());
    assert.ok(found.some((text) => /x\0+x/.test(text)));
  });
  test("the order of two writes to one place", () => {
    const found = contents([...made, write(0, "x", 2), write(0, "y", 2)]);
    assert.ok(found.has("xx") && found.has("yy"));
  });
  test("a cut that nobody synced", () => {
    const found = contents([...made, write(0, "x", 2), sync(3), { type: "truncate", name: "a", size: 0 }]);
    assert.deepEqual(found, new Set(["", "xx"]));
  });
  test("a new name, and the end of one", () => {
    assert.deepEqual(contents([create("a"), write(0, "x", 1), sync(2)]), new Set(["x", undefined]));
    assert.deepEqual(contents([...made, { type: "unlink", name: "a" }]), new Set(["", undefined]));
  });
  test("a change of name", () => {
    const found = images([...made, { type: "rename", name: "a", to: "b" }]);
    const names = new Set(found.map((image) => [...image.keys()].toSorted().join()));
    assert.deepEqual(names, new Set(["a", "b"]));
  });
});

test("two names of one file are one file", () => {
  const ops: readonly Op[] = [
    ...made,
    { type: "link", name: "a", to: "b" },
    write(0, "x", 2),
    folder(4),
    sync(4),
  ];
  assert.deepEqual([contents(ops), contents(ops, "b")], [new Set(["xx"]), new Set(["xx"])]);
});

test("a trace that changes a file which was never made is refused", () => {
  assert.throws(() => new Disk().apply(write(0, "x", 1)), /never created: a/);
});
