import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Balancer, type Candidate } from "./balance.ts";
import { tries } from "./samples.test.kit.ts";

const rules = ["round-robin", "least-busy", "random"] as const;

/** Members with room, by how many each has running. */
function busy(...running: readonly number[]): Candidate[] {
  return running.map((count) => ({ room: 1, running: count }));
}

/** Members with nothing running, by their room. */
function rooms(...room: readonly number[]): Candidate[] {
  return room.map((left) => ({ room: left, running: 0 }));
}

/** A balancer whose randomness must not be asked. */
function balancer(rule: "round-robin" | "least-busy"): Balancer {
  return new Balancer(rule, () => assert.fail("randomness was drawn"));
}

/** Whom it chooses, message by message. */
function chosen(by: Balancer, members: readonly Candidate[], messages: number): number[] {
  return Array.from({ length: messages }, () => by.choose(members));
}

test("round-robin goes round, and passes over those without room", () => {
  const by = balancer("round-robin");
  assert.deepEqual(chosen(by, rooms(1, 1, 1), 4), [0, 1, 2, 0]);
  assert.deepEqual(chosen(by, rooms(1, 0, 1), 3), [2, 0, 2]);
  assert.deepEqual(chosen(by, rooms(0, 1, 0), 2), [1, 1]);
});

test("round-robin goes on after the last one chosen, also when nobody had room in between", () => {
  const by = balancer("round-robin");
  assert.equal(by.choose(rooms(1, 1, 1)), 0);
  assert.equal(by.choose(rooms(0, 0, 0)), -1);
  assert.equal(by.choose(rooms(1, 1, 1)), 1);
});

test("round-robin follows a pool that grows, and begins anew where its place is gone", () => {
  const by = balancer("round-robin");
  assert.deepEqual(chosen(by, rooms(1, 1), 2), [0, 1]);
  assert.deepEqual(chosen(by, rooms(1, 1, 1, 1), 2), [2, 3]);
  assert.deepEqual(chosen(by, rooms(1, 1), 2), [0, 1]);
  assert.deepEqual(chosen(by, [], 1), [-1]);
  assert.deepEqual(chosen(by, rooms(1), 2), [0, 0]);
});

test("least-busy takes the fewest running of those with room; among equals the next after the last one chosen", () => {
  const by = balancer("least-busy");
  assert.equal(by.choose(busy(2, 1, 3)), 1);
  assert.deepEqual(chosen(by, busy(1, 1, 1), 3), [2, 0, 1]);
  assert.equal(by.choose([{ room: 0, running: 0 }, ...busy(5, 4)]), 2);
  assert.equal(by.choose(busy(1, 0, 0, 1)), 1);
});

test("random takes what its one draw says, evenly cut among those with room", () => {
  const members = rooms(1, 0, 1, 1);
  let draws = 0;
  for (const [drawn, at] of [
    [0, 0],
    [0.33, 0],
    [0.34, 2],
    [0.66, 2],
    [0.67, 3],
    [1 - 2 ** -53, 3],
  ] as const) {
    const by = new Balancer("random", () => (draws++, drawn));
    assert.equal(by.choose(members), at);
  }
  assert.equal(draws, 6);
});

const candidate = fc.record({ room: fc.constantFrom(0, 0, 1, 2, 5, Infinity), running: fc.nat(5) });
const pools = fc.array(fc.array(candidate, { maxLength: 8 }), { minLength: 1, maxLength: 20 });
const drawn = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test("under every rule, and whatever becomes of the pool, a message goes to a member with room while there is one", () => {
  const check = (rule: (typeof rules)[number], states: readonly Candidate[][], draw: number): void => {
    const by = new Balancer(rule, () => draw);
    for (const members of states) {
      const at = by.choose(members);
      if (members.every(({ room }) => room === 0)) assert.equal(at, -1);
      else assert.ok((members[at]?.room ?? 0) > 0);
    }
  };
  fc.assert(fc.property(fc.constantFrom(...rules), pools, drawn, check), tries(20_000));
});

/** How many messages each member got. */
function countsOf(places: readonly number[], members: number): number[] {
  return Array.from({ length: members }, (_, at) => places.filter((place) => place === at).length);
}

test("with room everywhere round-robin gives each member its share, rounded up or down, wherever it begins", () => {
  const check = (members: number, before: number, messages: number): void => {
    const by = balancer("round-robin");
    const pool = rooms(...new Array<number>(members).fill(1));
    chosen(by, pool, before);
    const counts = countsOf(chosen(by, pool, messages), members);
    const [least, most] = [Math.floor(messages / members), Math.ceil(messages / members)];
    assert.ok(counts.every((count) => count >= least && count <= most));
  };
  fc.assert(fc.property(fc.integer({ min: 1, max: 10 }), fc.nat(20), fc.nat(60), check), tries(20_000));
});

test("least-busy takes nobody while a member with room has fewer running", () => {
  const check = (states: readonly Candidate[][]): void => {
    const by = balancer("least-busy");
    for (const members of states) {
      const fewest = Math.min(...members.filter(({ room }) => room > 0).map(({ running }) => running));
      assert.equal(members[by.choose(members)]?.running ?? Infinity, fewest);
    }
  };
  fc.assert(fc.property(pools, check), tries(20_000));
});

test("least-busy levels a pool: once every gap is filled, no two members differ by more than one", () => {
  const check = (start: readonly number[], further: number): void => {
    const running = [...start];
    const most = Math.max(...running);
    const gaps = running.reduce((sum, count) => sum + most - count, 0);
    const by = balancer("least-busy");
    for (let message = 0; message < gaps + further; message++) {
      const at = by.choose(busy(...running));
      running[at] = (running[at] as number) + 1;
    }
    assert.ok(Math.max(...running) - Math.min(...running) <= 1);
  };
  const start = fc.array(fc.nat(6), { minLength: 1, maxLength: 8 });
  fc.assert(fc.property(start, fc.nat(20), check), tries(5000));
});

test("random reaches each member with room by an equal part of the draws", () => {
  const check = (members: readonly Candidate[]): void => {
    const open = members.filter(({ room }) => room > 0).length;
    const draws = Array.from({ length: open * 4 }, (_, at) => (at + 0.5) / (open * 4));
    const places = draws.map((draw) => new Balancer("random", () => draw).choose(members));
    const expected = members.map(({ room }) => (room > 0 ? 4 : 0));
    assert.deepEqual(countsOf(places, members.length), expected);
  };
  fc.assert(fc.property(fc.array(candidate, { maxLength: 8 }), check), tries(5000));
});
