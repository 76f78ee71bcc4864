import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tries } from "./samples.test.kit.ts";
import { noSummary, summarize, toStatus, type TaskEntry, type TaskSummary } from "./tasklog.ts";

const error = {
  code: "HERMOD_FAILED",
  name: "Error",
  message: "no ink",
  category: "failure",
  retryable: true,
} as const;
const attempt = fc.integer({ min: 1, max: 3 });
const entry: fc.Arbitrary<TaskEntry> = fc.oneof(
  fc.record({ type: fc.constant("part" as const), attempt, value: fc.nat() }),
  fc.record({
    type: fc.constant("progress" as const),
    attempt,
    fraction: fc.constantFrom(0, 0.5, 1),
    at: fc.nat(),
  }),
  fc.record({ type: fc.constant("cancel" as const), at: fc.nat() }),
  fc.record({ type: fc.constant("again" as const), at: fc.nat() }),
  fc.record({
    type: fc.constant("end" as const),
    state: fc.constant("done" as const),
    attempt,
    at: fc.nat(),
    result: fc.nat(),
  }),
  fc.record({
    ...{ type: fc.constant("end" as const), state: fc.constantFrom("failed" as const, "cancelled" as const) },
    ...{ attempt, at: fc.nat(), error: fc.constant(error) },
  }),
);

function folded(log: readonly TaskEntry[]): TaskSummary {
  return log.reduce(summarize, noSummary);
}

test("the first end counts, whatever is said after it, until the task is given back", () => {
  const property = fc.property(fc.array(entry, { maxLength: 20 }), (log) => {
    const { end, isCancelled, parts, progress } = folded(log);
    const last = log.slice(log.findLastIndex(({ type }) => type === "again") + 1);
    assert.equal(
      end,
      last.find(({ type }) => type === "end"),
    );
    assert.equal(
      isCancelled,
      last.some(({ type }) => type === "cancel"),
    );
    assert.equal(parts, log.filter(({ type }) => type === "part").length);
    assert.equal(progress?.at, log.findLast((each) => each.type === "progress")?.at);
  });
  fc.assert(property, tries(5000));
});

test("what a log says does not depend on where its reading was broken off", () => {
  const property = fc.property(fc.array(entry, { maxLength: 20 }), fc.nat({ max: 20 }), (log, at) => {
    assert.deepEqual(log.slice(at).reduce(summarize, folded(log.slice(0, at))), folded(log));
  });
  fc.assert(property, tries());
});

test("a task of which neither log nor message is known is unknown", () => {
  assert.deepEqual(toStatus("t1", noSummary, undefined), {
    id: "t1",
    state: "unknown",
    attempt: 0,
    parts: 0,
  });
});

test("a task whose message is forgotten stands where its log says", () => {
  const states = (log: readonly TaskEntry[]) => toStatus("t1", folded(log), undefined).state;
  const part = { type: "part", attempt: 2, value: 1 } as const;
  assert.equal(states([part]), "running");
  assert.equal(states([part, { type: "end", state: "done", attempt: 2, at: 1 }]), "done");
  assert.equal(states([{ type: "end", state: "failed", attempt: 2, at: 1, error }, part]), "failed");
});
