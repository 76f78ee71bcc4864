import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LAST_TIME } from "./envelope.ts";
import { tries } from "./samples.test.kit.ts";
import {
  begin,
  followingOf,
  GRACE,
  interval,
  misfires,
  MOST_MISSED,
  step,
  type Misfire,
  type Rhythm,
} from "./schedule.ts";

const none = (): never => assert.fail("no pattern is read");

/** What is sent when the schedule is looked at, at these times of the wall clock; a look works off all that is due. */
function sent(rhythm: Rhythm, setAt: number, looks: readonly number[]): readonly (readonly number[])[] {
  const following = followingOf(rhythm, setAt, none);
  let progress = begin(rhythm, setAt, following);
  return looks.map((now) => {
    const dues: number[] = [];
    while (progress.due !== undefined && progress.due <= now) {
      const { due } = progress;
      const made = step(rhythm, due, progress, now, following);
      if (made.sends) dues.push(due);
      ({ progress } = made);
    }
    return dues;
  });
}

/** The same, by the words of the rule and with a list of all times. */
function naive(rhythm: Rhythm & { every: number }, setAt: number, looks: readonly number[]): number[][] {
  const { every, from, until = Infinity, times = Infinity, misfire } = rhythm;
  const last = Math.max(setAt, ...looks);
  const all: number[] = [];
  for (let at = from ?? setAt + every; at <= Math.min(last, until); at += every)
    if (at >= setAt) all.push(at);
  let [passed, left] = [-Infinity, times];
  return looks.map((now) => {
    const missed = all.filter((at) => at > passed && at <= now);
    passed = Math.max(passed, now);
    const kept = { once: missed.slice(0, 1), skip: missed.filter((at) => now - at <= GRACE) };
    const dues = (misfire === "all" ? missed.slice(0, MOST_MISSED) : kept[misfire]).slice(0, left);
    left -= dues.length;
    return dues;
  });
}

const looks = fc.array(
  fc.oneof(fc.integer({ min: -5000, max: 90_000 }), fc.integer({ min: -9e5, max: 3e6 })),
  {
    maxLength: 20,
  },
);
const optional = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });

test("what is sent is what the rule says, whatever the clock does between two looks", () => {
  const check = (
    every: number,
    misfire: Misfire,
    moves: readonly number[],
    from: number | undefined,
    times: number | undefined,
    until: number | undefined,
  ): void => {
    const setAt = 1_000_000;
    const bounds = {
      ...(from !== undefined && { from: setAt + from }),
      ...(times !== undefined && { times }),
      ...(until !== undefined && { until: setAt + until }),
    };
    const rhythm = { every, misfire, ...bounds };
    let now = setAt;
    const at = moves.map((by) => (now = Math.max(0, now + by)));
    const got = sent(rhythm, setAt, at);
    assert.deepEqual(got, naive(rhythm, setAt, at));
    const dues = got.flat();
    assert.ok(
      dues.every((due, index) => due > (dues[index - 1] ?? -1)),
      "each time once, and in order",
    );
  };
  const every = fc.integer({ min: 1000, max: 200_000 });
  const from = optional(fc.integer({ min: -500_000, max: 500_000 }));
  const times = optional(fc.integer({ min: 1, max: 30 }));
  const until = optional(fc.integer({ min: 0, max: 5_000_000 }));
  fc.assert(fc.property(every, fc.constantFrom(...misfires), looks, from, times, until, check), tries());
});

test("of more than a thousand missed times the first thousand are sent, and those after now come in time", () => {
  const rhythm = { every: 1000, misfire: "all" } as const;
  const [first, second] = sent(rhythm, 0, [5_000_500, 5_002_000]) as [number[], number[]];
  assert.deepEqual([first.length, first[0], first.at(-1)], [1000, 1000, 1_000_000]);
  assert.deepEqual(second, [5_001_000, 5_002_000]);
});

test("an interval that is set for the past has its next time from now on, and now is one", () => {
  const rhythm = { every: 1000, from: 500, misfire: "all" } as const;
  for (const [now, due] of [
    [0, 500],
    [500, 500],
    [501, 1500],
    [1500, 1500],
    [1e9, 1e9 + 500],
  ] as const)
    assert.equal(begin(rhythm, now, followingOf(rhythm, now, none)).due, due);
});

test("a time beyond all times never comes", () => {
  assert.equal(interval(1000, LAST_TIME)(0), LAST_TIME);
  assert.equal(interval(1000, LAST_TIME)(LAST_TIME), undefined);
  assert.equal(interval(LAST_TIME, 1)(5), undefined);
  assert.deepEqual(begin({ every: LAST_TIME, misfire: "once" }, 1, interval(LAST_TIME, 1)), { behind: 0 });
});

test("a pattern is read in its zone, and its times are those of the reader", () => {
  const asked: string[] = [];
  const rhythm = { cron: "0 9 * * *", zone: "Europe/Paris", misfire: "once" } as const;
  const following = followingOf(rhythm, 0, (pattern, zone) => {
    asked.push(pattern, zone);
    return (after) => (after < 50 ? 50 : undefined);
  });
  assert.deepEqual(asked, ["0 9 * * *", "Europe/Paris"]);
  const begun = begin(rhythm, 0, following);
  assert.deepEqual(begun, { due: 50, behind: 0 });
  assert.deepEqual(step(rhythm, 50, begun, 60, following), { sends: true, progress: { behind: 0 } });
});
