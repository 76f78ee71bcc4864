/** Stage: what the runtime suites stand on. A suite takes its name and how to start a system over the store under test. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError, type ChildStatus, type DeadLetter, type MessageRecord, type System } from "hermod";
import type { TestOptions, TestSystem } from "hermod/testing";

/** Starts a system for one test: `testSystem` with the store under test. */
export interface On {
  (options?: TestOptions): Promise<TestSystem>;
  /** The laws that the store does not keep, by their titles, each with the reason. */
  readonly differs?: Readonly<Record<string, string>>;
}

/** Node's `test` for the laws of a suite, which leaves out what the store under test does otherwise, and says why. */
export function testOn(name: string, on: On): (title: string, run: () => Promise<void>) => void {
  return (title, run) => {
    const reason = on.differs?.[title.slice(`${name}: `.length)];
    if (reason === undefined) void test(title, run);
    else void test(`${title} (SKIPPED: ${reason})`, { skip: true });
  };
}

/** How often a law is tried with what is drawn: what a pool does with it is decided before a store, and each try over a file opens one. */
export function runsOver(name: string): number {
  return name === "memory" ? 300 : 60;
}

/** A point that handlers wait at until the test lets them go on. */
export class Gate {
  readonly #passage = Promise.withResolvers<void>();
  readonly passed: Promise<void> = this.#passage.promise;

  open(): void {
    this.#passage.resolve();
  }
}

/** The coded error that a promise ends with; taken at once, so that it may come long before anyone awaits it. */
export function caught(promise: Promise<unknown>): Promise<HermodError> {
  return promise.then(
    (value) => assert.fail(`no error, but ${JSON.stringify(value)}`),
    (error: unknown) => {
      assert.ok(error instanceof HermodError, `an error without a code: ${String(error)}`);
      return error;
    },
  );
}

/** All dead letters, oldest first. */
export async function lettersOf(system: System, where = ""): Promise<readonly DeadLetter[]> {
  return (await system.deadLetters.list({ where })).items;
}

/** All that was said, oldest first. */
export async function saidIn(system: System, where = ""): Promise<readonly MessageRecord[]> {
  return (await system.history({ where })).items;
}

/** What runs, without what has failed for good. */
export function standing(system: System): readonly ChildStatus[] {
  return system.tree().filter(({ state }) => state !== "failed");
}

/** The items in an order that does not depend on who came first. */
export function sorted(items: readonly unknown[]): unknown[] {
  return items.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
}

/** The only item of a list. */
export function only<T>(items: readonly T[]): T {
  assert.equal(items.length, 1, `expected one item, got ${items.length}`);
  return items[0] as T;
}
