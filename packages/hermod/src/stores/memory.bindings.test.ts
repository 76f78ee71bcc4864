/** The bindings of the memory store and whom they reach, compared with a plain list, and that what has expired does not pile up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress, type Address } from "../core/address.ts";
import { tries } from "../core/samples.test.kit.ts";
import { matchesTopic } from "../core/topic.ts";
import { defaultMailboxRule } from "../core/store.ts";
import { Bindings } from "./shelf/bindings.ts";
import { Box } from "./shelf/box.ts";
import { Reach } from "./shelf/reach.ts";

interface Entry {
  readonly pattern: string;
  readonly mailbox: Address;
  until: number;
}

/** Bindings told plainly: a list in the order of binding, from which goes what has expired before anything else is done. */
class Plain {
  #entries: Entry[] = [];

  add(pattern: string, mailbox: Address, until: number, now: number): void {
    this.#forget(now);
    const found = this.#entries.find((entry) => entry.pattern === pattern && entry.mailbox === mailbox);
    if (found) found.until = until;
    else this.#entries.push({ pattern, mailbox, until });
  }

  delete(pattern: string, mailbox: Address): void {
    this.#entries = this.#entries.filter((entry) => entry.pattern !== pattern || entry.mailbox !== mailbox);
  }

  forget(mailbox: Address): void {
    this.#entries = this.#entries.filter((entry) => entry.mailbox !== mailbox);
  }

  list(now: number, mailbox?: Address, topic?: string): Entry[] {
    this.#forget(now);
    return this.#entries.filter(
      (entry) =>
        (mailbox === undefined || entry.mailbox === mailbox) &&
        (topic === undefined || matchesTopic(entry.pattern, topic)),
    );
  }

  #forget(now: number): void {
    this.#entries = this.#entries.filter(({ until }) => until > now);
  }
}

/** Bindings with the mailboxes that they may reach. */
class Bound {
  readonly boxes = new Map<Address, Box>();
  readonly bindings = new Bindings(() => this.reach.forget());
  readonly reach = new Reach(this.bindings, this.boxes);

  /** Opens a mailbox that is not there, and closes one that is. */
  turn(mailbox: Address): void {
    if (!this.boxes.delete(mailbox)) this.boxes.set(mailbox, new Box(mailbox, defaultMailboxRule));
    this.reach.forget();
  }

  reached(topic: string, now: number): Address[] {
    return this.reach.of(topic, now).map(({ address }) => address);
  }
}

const mailbox = fc.constantFrom(...["a", "b", "c"].map((name) => toAddress(name)));
const pattern = fc.constantFrom("x", "*", ">", "x.y", "x.*", "*.y", "x.>");
const step = fc.record({
  do: fc.constantFrom(
    "bind",
    "bind",
    "bind",
    "bind",
    "unbind",
    "forget",
    "wait",
    "wait",
    "match",
    "match",
    "list",
    "turn",
  ),
  mailbox,
  pattern,
  topic: fc.constantFrom("x", "x.y", "z.y", "z"),
  ms: fc.nat(5),
  lasting: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const told = (entries: readonly Entry[]) =>
  entries.map((entry) => [entry.pattern, entry.mailbox, entry.until]);

/** One step on both; answers what the time is after it. */
function take(bound: Bound, plain: Plain, each: Step, now: number): number {
  const { bindings, boxes } = bound;
  const until = each.lasting ? Infinity : now + each.ms;
  if (each.do === "bind") for (const to of [bindings, plain]) to.add(each.pattern, each.mailbox, until, now);
  if (each.do === "unbind") for (const from of [bindings, plain]) from.delete(each.pattern, each.mailbox);
  if (each.do === "forget") for (const from of [bindings, plain]) from.forget(each.mailbox);
  if (each.do === "match") {
    const fitting = plain.list(now, undefined, each.topic).map((entry) => entry.mailbox);
    const there = [...new Set(fitting)].filter((address) => boxes.has(address));
    assert.deepEqual(bound.reached(each.topic, now), there);
  }
  if (each.do === "turn") bound.turn(each.mailbox);
  if (each.do === "list") {
    assert.deepEqual(told(bindings.list(now)), told(plain.list(now)));
    const [of, topic] = [each.mailbox, each.topic];
    assert.deepEqual(told(bindings.list(now, of)), told(plain.list(now, of)));
    assert.deepEqual(told(bindings.list(now, of, topic)), told(plain.list(now, of, topic)));
    assert.deepEqual(told(bindings.list(now, undefined, topic)), told(plain.list(now, undefined, topic)));
  }
  return each.do === "wait" ? now + each.ms : now;
}

test("bindings are those of a plain list: who is reached, in which order, until when", () => {
  const check = (steps: readonly Step[]): void => {
    const [bound, plain] = [new Bound(), new Plain()];
    let now = 0;
    for (const each of steps) now = take(bound, plain, each, now);
    const sequences = bound.bindings.list(now).map(({ sequence }) => sequence);
    assert.deepEqual(
      sequences,
      [...new Set(sequences)].sort((a, b) => a - b),
    );
  };
  fc.assert(fc.property(fc.array(step, { maxLength: 40, size: "max" }), check), tries(20_000));
});

test("an expired binding goes when a topic meets it", () => {
  const bindings = new Bindings();
  for (const name of ["a", "b"]) bindings.add("x.*", toAddress(name), 10, 0);
  bindings.add("x.*", toAddress("c"), 11, 0);
  assert.equal(bindings.list(10, undefined, "x.y").length, 1);
  assert.equal(bindings.size, 1);
});

test("expired bindings of topics that nobody publishes to do not pile up", () => {
  const bindings = new Bindings();
  for (let at = 0; at < 300; at++) bindings.add(`lasting.${at}`, toAddress("a"), Infinity, 0);
  for (let at = 0; at < 100_000; at++) bindings.add(`reply.${at}`, toAddress(`m${at}`), at + 10, at);
  assert.ok(bindings.size <= 2 * (300 + 10) + 64, `${bindings.size} are kept`);
  assert.equal(bindings.list(100_000).length, 300 + 9);
});

test("a mailbox is forgotten with all its bindings, and no other", () => {
  const bindings = new Bindings();
  for (const name of ["a", "b"])
    for (const under of ["x", "*", ">"]) bindings.add(under, toAddress(name), 1, 0);
  bindings.forget(toAddress("a"));
  assert.ok(bindings.list(0, undefined, "x").every(({ mailbox }) => mailbox === "b"));
  assert.equal(bindings.size, 3);
});
