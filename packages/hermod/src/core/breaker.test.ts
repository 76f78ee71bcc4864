import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import {
  Breaker,
  defaultBreaker,
  toBreakerPolicy,
  type BreakerOptions,
  type BreakerOutcome,
} from "./breaker.ts";
import { thrownBy } from "./samples.test.kit.ts";

const options: BreakerOptions = { window: 100, least: 4, rate: 0.5, openFor: 50, probes: 1 };
let breaker: Breaker;

/** Lets deliveries begin and end at one moment; tells for each whether it changed the state. */
function run(now: number, ...outcomes: readonly BreakerOutcome[]): boolean[] {
  return outcomes.map((outcome) => breaker.end(breaker.begin(now), outcome, now));
}

/** A breaker that opened by itself at the given time. */
function opened(at: number, changes: BreakerOptions = {}): void {
  breaker = new Breaker(toBreakerPolicy({ ...options, ...changes }));
  run(at, "failed", "failed", "failed", "failed");
  assert.equal(breaker.state(at), "open");
}

beforeEach(() => (breaker = new Breaker(toBreakerPolicy(options))));

test("a new breaker is closed and lets everything through", () => {
  assert.equal(breaker.room(0), Infinity);
  assert.equal(breaker.retryAt, undefined);
  assert.deepEqual(breaker.view(0), { state: "closed", forced: false, deliveries: 0, failures: 0 });
});

test("it opens with the failure that makes the deliveries in the window enough, and not with one fewer", () => {
  assert.deepEqual(run(0, "failed", "failed", "failed", "failed"), [false, false, false, true]);
  assert.equal(breaker.state(0), "open");
  assert.equal(breaker.room(0), 0);
});

test("it opens at exactly the share of failures, and not below it", () => {
  assert.equal(run(0, "ok", "ok", "ok", "failed", "failed").includes(true), false);
  assert.deepEqual(run(0, "failed"), [true]);
});

test("a share written as a decimal is met by exactly that many of a hundred", () => {
  for (const failures of [1, 7, 14, 28, 29, 55, 57, 58, 99]) {
    breaker = new Breaker(toBreakerPolicy({ least: 100, rate: failures / 100 }));
    run(0, ...new Array<BreakerOutcome>(100 - failures).fill("ok"));
    const ends = run(0, ...new Array<BreakerOutcome>(failures).fill("failed"));
    assert.equal(ends.indexOf(true), failures - 1);
  }
});

test("with a rate of 1 a single success in the window keeps it closed", () => {
  breaker = new Breaker(toBreakerPolicy({ ...options, rate: 1 }));
  assert.equal(run(0, "ok", "failed", "failed", "failed", "failed", "failed").includes(true), false);
  assert.deepEqual(run(100, "failed", "failed", "failed", "failed"), [false, false, false, true]);
});

test("a success never opens it, also when it is the delivery that makes them enough", () => {
  assert.deepEqual(run(0, "failed", "failed", "failed", "ok"), [false, false, false, false]);
  assert.deepEqual(run(0, "failed"), [true]);
});

test("ignored outcomes are neither deliveries nor failures", () => {
  assert.equal(run(0, "failed", "failed", "failed", "ignored", "ignored").includes(true), false);
  assert.deepEqual(breaker.view(0), { state: "closed", forced: false, deliveries: 3, failures: 3 });
});

test("failures that the window has left behind do not open it", () => {
  run(9, "failed", "failed", "failed");
  assert.deepEqual(run(100, "failed"), [false]);
  run(109, "failed", "failed");
  assert.deepEqual(run(109, "failed"), [true]);
});

test("failures at the far end of the window still do", () => {
  run(9, "failed", "failed", "failed");
  assert.deepEqual(run(99, "failed"), [true]);
});

test("an outcome counts when it ends, not when it began", () => {
  const tickets = [0, 0, 0, 0].map((now) => breaker.begin(now));
  const ends = tickets.map((ticket) => breaker.end(ticket, "failed", 1000));
  assert.deepEqual(ends, [false, false, false, true]);
});

test("it half-opens exactly when its time is over, by the time alone", () => {
  opened(10);
  assert.equal(breaker.retryAt, 60);
  assert.deepEqual([breaker.state(59.9), breaker.room(59.9)], ["open", 0]);
  assert.deepEqual([breaker.state(60), breaker.room(60)], ["half-open", 1]);
});

test("half-open lets as many through at a time as there are probes", () => {
  opened(0, { probes: 2 });
  const first = breaker.begin(50);
  assert.equal(breaker.room(50), 1);
  breaker.begin(50);
  assert.equal(breaker.room(50), 0);
  breaker.end(first, "ok", 51);
  assert.equal(breaker.room(51), 1);
});

test("a delivery that begins without room is a probe too, and room is never below 0", () => {
  opened(0);
  const tickets = [breaker.begin(50), breaker.begin(50)];
  assert.equal(breaker.room(50), 0);
  breaker.end(tickets[0] as number, "ignored", 50);
  assert.equal(breaker.room(50), 0);
  breaker.end(tickets[1] as number, "ignored", 50);
  assert.equal(breaker.room(50), 1);
});

test("as many successes as there are probes close it, with an empty window", () => {
  opened(0, { probes: 3 });
  assert.deepEqual(run(50, "ok", "ignored", "ok", "ok"), [false, false, false, true]);
  assert.deepEqual(breaker.view(50), { state: "closed", forced: false, deliveries: 0, failures: 0 });
  assert.deepEqual(run(50, "failed", "failed", "failed", "failed"), [false, false, false, true]);
});

test("a failed probe opens it again for the whole time, and the successes before it are forgotten", () => {
  opened(0, { probes: 2 });
  assert.deepEqual(run(55, "ok", "failed"), [false, true]);
  assert.deepEqual([breaker.state(104), breaker.retryAt], ["open", 105]);
  assert.deepEqual(run(105, "ok", "ok"), [false, true]);
});

test("an ignored probe gives its place back and decides nothing", () => {
  opened(0);
  const ticket = breaker.begin(50);
  assert.equal(breaker.room(50), 0);
  assert.equal(breaker.end(ticket, "ignored", 50), false);
  assert.deepEqual([breaker.state(50), breaker.room(50)], ["half-open", 1]);
});

test("what began before it opened counts for nothing, in whatever state it ends", () => {
  const early = [0, 0, 0].map((now) => breaker.begin(now));
  run(0, "failed", "failed", "failed", "failed");
  assert.equal(breaker.end(early[0] as number, "ok", 10), false);
  assert.equal(breaker.end(early[1] as number, "failed", 50), false);
  assert.deepEqual([breaker.state(50), breaker.room(50)], ["half-open", 1]);
  run(50, "ok");
  assert.equal(breaker.end(early[2] as number, "failed", 50), false);
  assert.equal(breaker.view(50).deliveries, 0);
});

test("what began while it was open counts for nothing", () => {
  opened(0);
  const ticket = breaker.begin(10);
  assert.equal(breaker.end(ticket, "failed", 20), false);
  assert.equal(breaker.end(breaker.begin(10), "ok", 50), false);
  assert.deepEqual([breaker.state(50), breaker.room(50)], ["half-open", 1]);
});

test("a probe of an earlier half-open time takes no place and gives none back", () => {
  opened(0, { probes: 2 });
  const late = breaker.begin(50);
  run(50, "failed");
  assert.equal(breaker.room(100), 2);
  breaker.begin(100);
  assert.equal(breaker.end(late, "failed", 100), false);
  assert.equal(breaker.room(100), 1);
});

test("while open and half-open its view keeps the numbers that opened it", () => {
  run(0, "ok");
  run(7, "failed", "failed", "failed");
  const why = { forced: false, deliveries: 4, failures: 3 };
  assert.deepEqual(breaker.view(8), { state: "open", ...why, openedAt: 7, retryAt: 57 });
  assert.deepEqual(breaker.view(5000), { state: "half-open", ...why, openedAt: 7, retryAt: 57 });
  run(5000, "failed");
  assert.deepEqual(breaker.view(5001), { state: "open", ...why, openedAt: 5000, retryAt: 5050 });
});

test("a view is frozen, and looking changes nothing", () => {
  run(0, "failed", "failed", "failed");
  assert.ok(Object.isFrozen(breaker.view(0)));
  breaker.view(10_000);
  breaker.room(10_000);
  assert.deepEqual(run(0, "failed"), [true]);
  breaker.view(10_000);
  assert.equal(breaker.state(0), "open");
});

test("forced open it lets nothing through, whatever the time and the outcomes", () => {
  const ticket = breaker.begin(0);
  breaker.force("open");
  assert.equal(breaker.end(ticket, "ok", 0), false);
  assert.deepEqual(run(1_000_000, "ok"), [false]);
  assert.deepEqual([breaker.room(1_000_000), breaker.retryAt], [0, undefined]);
  assert.deepEqual(breaker.view(0), { state: "open", forced: true, deliveries: 0, failures: 0 });
});

test("forced closed it lets everything through and goes on counting, whatever fails", () => {
  opened(0);
  breaker.force("closed");
  assert.equal(breaker.room(0), Infinity);
  assert.equal(run(0, "ok", "failed", "failed", "failed", "failed", "failed").includes(true), false);
  assert.deepEqual(breaker.view(0), { state: "closed", forced: true, deliveries: 6, failures: 5 });
});

test("left to itself again it starts closed with an empty window, from any state", () => {
  const hands = [() => {}, () => breaker.force("closed"), () => breaker.force("open"), () => opened(0)];
  for (const hand of hands) {
    hand();
    run(0, "failed", "failed", "failed");
    const ticket = breaker.begin(0);
    breaker.force(undefined);
    assert.deepEqual(breaker.view(0), { state: "closed", forced: false, deliveries: 0, failures: 0 });
    assert.equal(breaker.end(ticket, "failed", 0), false);
    assert.deepEqual(run(0, "failed", "failed", "failed", "failed"), [false, false, false, true]);
  }
});

test("the default opens at 5 deliveries and half of them failed in 10 s, and tries one after 30 s", () => {
  const policy = { window: 10_000, least: 5, rate: 0.5, openFor: 30_000, probes: 1 };
  assert.deepEqual(defaultBreaker, policy);
  for (const given of [undefined, true, {}] as const) assert.deepEqual(toBreakerPolicy(given), policy);
  assert.ok(Object.isFrozen(toBreakerPolicy({})) && Object.isFrozen(defaultBreaker));
});

test("each option takes the place of its default", () => {
  const changed = { window: "1m", least: 1, rate: 1, openFor: "2s", probes: 3 } as const;
  const policy = { ...changed, window: 60_000, openFor: 2000 };
  assert.deepEqual(toBreakerPolicy(changed), policy);
  for (const name of Object.keys(policy) as (keyof typeof policy)[])
    assert.deepEqual(toBreakerPolicy({ [name]: changed[name] }), { ...defaultBreaker, [name]: policy[name] });
});

const bad: readonly (readonly [string, unknown])[] = [
  ["breaker.window", { window: "9ms" }],
  ["breaker.window", { window: null }],
  ["breaker.least", { least: 0 }],
  ["breaker.least", { least: 1.5 }],
  ["breaker.rate", { rate: 0 }],
  ["breaker.rate", { rate: 1.01 }],
  ["breaker.rate", { rate: NaN }],
  ["breaker.rate", { rate: "0.5" }],
  ["breaker.openFor", { openFor: 0 }],
  ["breaker.openFor", { openFor: "long" }],
  ["breaker.probes", { probes: 0 }],
  ["breaker.probes", { probes: Infinity }],
  ["openfor", { openfor: 5 }],
  ["breaker", false],
  ["breaker", null],
];

test("an option out of its range, or misspelt, is refused by name", () => {
  for (const [named, given] of bad) {
    const error = thrownBy(() => toBreakerPolicy(given as BreakerOptions));
    assert.equal(error.code, "HERMOD_BAD_OPTION");
    assert.ok(error.message.includes(named), error.message);
  }
});
