/**
 * The memory store under random commands, compared with plain models. On a failure fast-check prints the seed and the shortest
 * sequence of commands it found; FC_SEED=… repeats it, FC_RUNS=… sets how many sequences each property tries.
 */
import { test } from "node:test";
import fc from "fast-check";
import { deliveryModes } from "../core/envelope.ts";
import { tries } from "../core/samples.test.kit.ts";
import { Dedupe, type DedupeCommand, type Word } from "./dedupe.test.kit.ts";
import type { End } from "./entries.test.kit.ts";
import { Graves, type GraveCommand } from "./graves.test.kit.ts";
import { Ledger, type Draft, type LedgerCommand } from "./ledger.test.kit.ts";

const RUNS = 5000;

const some = <const T extends readonly unknown[]>(...values: T): fc.Arbitrary<T[number]> =>
  fc.constantFrom(...values);
const weighted = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const sometimes = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof(weighted(3, fc.constant(undefined)), weighted(1, arbitrary));
const which = fc.nat(20);
const ms = fc.integer({ min: 1, max: 60 });
const box = some(0, 1);

/** Plays up to `most` commands on a new model, and ends it. */
function plays<C, M extends { run(command: C): void }>(
  command: fc.Arbitrary<C>,
  most: number,
  open: () => M,
  end: (model: M) => void,
): void {
  const commands = fc.array(command, { maxLength: most, size: "max" });
  const play = (list: readonly C[]): void => {
    const model = open();
    for (const each of list) model.run(each);
    end(model);
  };
  fc.assert(fc.property(commands, play), tries(RUNS));
}

const word: fc.Arbitrary<Word> = fc.record({
  id: some("a", "b", "c"),
  key: some(undefined, "k", "l"),
  operation: some("note", "pay"),
  payload: some(1, 2),
  to: some(0, 1, "topic"),
});

const dedupeCommand: fc.Arbitrary<DedupeCommand> = fc.oneof(
  weighted(
    6,
    word.map((each) => ({ do: "send" as const, word: each })),
  ),
  weighted(
    1,
    word.map((each) => ({ do: "sendFresh" as const, word: each })),
  ),
  weighted(
    2,
    fc.array(word, { maxLength: 3 }).map((words) => ({ do: "sendAll" as const, words })),
  ),
  weighted(2, fc.record({ do: some("handle"), box })),
  weighted(
    2,
    ms.map((time) => ({ do: "advance" as const, ms: time })),
  ),
);

for (const remembers of [false, true]) {
  const how = remembers ? ", and of an id as long as the history holds it" : ", and never after it";
  test(`a repeat of an id or a key is recognised within the window${how}`, () => {
    plays(
      dedupeCommand,
      40,
      () => new Dedupe(remembers),
      (model) => model.close(),
    );
  });
}

const graveCommand: fc.Arbitrary<GraveCommand> = fc.oneof(
  weighted(
    5,
    sometimes(ms).map((life) => ({ do: "send" as const, life })),
  ),
  weighted(6, fc.record({ do: some("claim") })),
  weighted(5, fc.record({ do: some("kill"), which })),
  weighted(1, fc.record({ do: some("fail"), which })),
  weighted(
    6,
    fc.record({
      do: some("redrive"),
      which,
      force: fc.boolean(),
      dryRun: fc.nat(4).map((drawn) => drawn === 0),
    }),
  ),
  weighted(1, fc.record({ do: some("discard"), which })),
  weighted(1, fc.record({ do: some("bury", "remove") })),
  weighted(2, fc.record({ do: some("announce") })),
  weighted(
    1,
    ms.map((time) => ({ do: "advance" as const, ms: time })),
  ),
);

test("dead letters are those of a plain list, through redrives, discards, removals and their bound", () => {
  plays(
    graveCommand,
    40,
    () => new Graves(),
    (model) => model.close(),
  );
});

const draft: fc.Arbitrary<Draft> = fc.record({
  to: some(0, 0, 1, 1, "both"),
  instance: some(undefined, undefined, "a", "b"),
  priority: some(1, 2, 3, 4),
  key: some(undefined, "k", "l"),
  delay: sometimes(ms),
  life: sometimes(ms),
  delivery: some(...deliveryModes),
  control: fc.nat(15).map((drawn) => drawn === 0),
});

const end: fc.Arbitrary<End> = fc.oneof(
  weighted(4, fc.record({ type: some("ack", "fail", "dead", "release") })),
  weighted(2, fc.record({ type: some("retry", "releaseUntil"), delay: ms })),
);

const outputs = fc.oneof(
  weighted(3, fc.constant([])),
  weighted(1, fc.array(draft, { minLength: 1, maxLength: 3 })),
);

const ledgerCommand: fc.Arbitrary<LedgerCommand> = fc.oneof(
  weighted(
    8,
    draft.map((each) => ({ do: "send" as const, draft: each })),
  ),
  weighted(
    1,
    fc.array(draft, { maxLength: 3 }).map((drafts) => ({ do: "sendAll" as const, drafts })),
  ),
  weighted(
    6,
    fc.record({
      do: some("claim"),
      box,
      max: fc.nat(3),
      lease: some(10, 40, 100),
      beside: some(false, false, false, true),
    }),
  ),
  weighted(
    6,
    fc.record({ do: some("settle"), which, end, outputs, state: some("none", "none", "right", "wrong") }),
  ),
  weighted(1, fc.record({ do: some("settleStale", "extend"), which })),
  weighted(
    3,
    ms.map((time) => ({ do: "advance" as const, ms: time })),
  ),
  weighted(
    1,
    fc.record({
      do: some("rule"),
      box,
      count: some(undefined, 1, 2, 3),
      total: some(undefined, undefined, 1, 2, 4),
      overflow: some("reject", "drop-newest", "drop-oldest"),
    }),
  ),
);

test("every message is stored once and ends once: waiting, running, done, failed and dead add up to all that was sent", () => {
  plays(
    ledgerCommand,
    40,
    () => new Ledger(),
    (model) => model.finish(),
  );
});
