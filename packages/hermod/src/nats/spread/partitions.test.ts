import assert from "node:assert/strict";
import { test } from "node:test";
import { keyedAddress, mailboxOf, systemAddress, toAddress, type Address } from "../../core/address.ts";
import { bestOwner, fnv1a, partitionOf, partitionOfText, tagOf } from "./partitions.ts";

test("the hash is FNV-1a of 32 bits, over UTF-8", () => {
  // Of the test suite that its authors publish.
  const vectors: readonly (readonly [string, number])[] = [
    ["", 0x811c9dc5],
    ["a", 0xe40c292c],
    ["b", 0xe70c2de5],
    ["foobar", 0xbf9cf968],
  ];
  for (const [text, hash] of vectors) assert.equal(fnv1a(text), hash, text);
  let bytes = 0x811c9dc5;
  for (const byte of [0xc3, 0xa9]) bytes = Math.imul(bytes ^ byte, 0x01000193);
  assert.equal(fnv1a("é"), bytes >>> 0);
});

test("an address keeps its partition for ever", () => {
  const kept: readonly (readonly [string, number, number, number])[] = [
    ["critic", 2, 13, 61],
    ["editor", 2, 8, 56],
    ["~people", 0, 7, 23],
    ["tide:turner/α", 1, 2, 34],
  ];
  for (const [name, ...places] of kept)
    assert.deepEqual(
      [3, 16, 64].map((n) => partitionOf(toAddress(name), n)),
      places,
    );
});

test("an instance, the replies to an agent and a person live with their mailbox", () => {
  const writer = toAddress("writer");
  for (const address of [
    keyedAddress(writer, "user-42"),
    toAddress("~0001-a/writer"),
    toAddress("~people/ana"),
    toAddress("~schedules#nightly"),
  ])
    assert.equal(partitionOf(address, 1009), partitionOf(mailboxOf(address), 1009), address);
});

test("a system lives where its tag says, with the replies to its agents, as long as there is such a partition", () => {
  const system = systemAddress("01a20376-a258-959777d7d2c8", tagOf(13));
  assert.deepEqual([partitionOf(system, 16), partitionOf(`${system}/writer` as Address, 16)], [13, 13]);
  assert.equal(partitionOf(system, 13), partitionOfText(system, 13));
  assert.equal(partitionOf("writer.at13" as Address, 16), partitionOfText("writer.at13", 16));
});

test("names spread evenly over the partitions, numbered ones and ids too", () => {
  const names = (make: (at: number) => string) => Array.from({ length: 100_000 }, (_, at) => make(at));
  const kinds = [
    names((at) => `agent-${at}`),
    names((at) => `${at}`),
    names((at) => `team/${at % 100}/worker:${Math.floor(at / 100)}`),
    names((at) => `018f3c2a-${at.toString(16).padStart(4, "0")}-7000-8000-0123456789ab`),
  ];
  for (const partitions of [3, 16, 64])
    for (const kind of kinds) {
      const counts = new Array<number>(partitions).fill(0);
      for (const name of kind) counts[partitionOf(name as Address, partitions)]!++;
      const fair = kind.length / partitions;
      // Six standard deviations of a fair draw: an uneven hash is off by far more.
      for (const count of counts)
        assert.ok(
          Math.abs(count - fair) < 6 * Math.sqrt(fair),
          `${count} of ${fair} in one of ${partitions}`,
        );
    }
});

const members = Array.from({ length: 8 }, (_, at) => `system-${at}`);
const partitions = Array.from({ length: 4096 }, (_, at) => at);
const owners = (of: readonly string[]): readonly (string | undefined)[] =>
  partitions.map((partition) => bestOwner(partition, of));

test("partitions spread evenly over the members, and belong to nobody where there is none", () => {
  assert.equal(bestOwner(0, []), undefined);
  const fair = partitions.length / members.length;
  const found = owners(members);
  for (const member of members) {
    const count = found.filter((owner) => owner === member).length;
    assert.ok(Math.abs(count - fair) < 6 * Math.sqrt(fair), `${member} owns ${count} of ${fair}`);
  }
});

test("who comes takes only what becomes its own, and who goes leaves only what it had", () => {
  const before = owners(members);
  const more = owners([...members, "late"]);
  for (const at of partitions) assert.ok(more[at] === before[at] || more[at] === "late");
  const taken = more.filter((owner) => owner === "late").length;
  const fair = partitions.length / (members.length + 1);
  assert.ok(Math.abs(taken - fair) < 6 * Math.sqrt(fair), `${taken} of ${fair}`);
  const fewer = owners(members.slice(1));
  for (const at of partitions) assert.ok(fewer[at] === before[at] || before[at] === members[0]);
});

test("the order in which the members are known does not matter", () => {
  assert.deepEqual(owners(members.toReversed()), owners(members));
});

test("one partition keeps all", () => {
  assert.equal(partitionOfText("anything", 1), 0);
});
