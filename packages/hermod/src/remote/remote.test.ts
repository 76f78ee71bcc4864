/** A store behind a hub keeps the laws of a store, also where the connection is cut again and again. */
import { test } from "node:test";
import { memory } from "../stores/memory.ts";
import { storeSuite } from "../testing/storeSuite.ts";
import { seeded } from "../testing/random.ts";
import { linked } from "../testing/pipes.ts";

const skips = {
  "what is ready is returned without a promise: a claim, its extension, the end of a watch":
    "every answer comes from elsewhere",
};

/** Whoever comes back is told that something may have happened. */
const often = Object.fromEntries(
  [
    "a watch hears of its own mailbox only",
    "reading consumes nothing and wakes nobody: the same question gives the same answer",
    "a follower is told of each new part when it can be read",
    "a follower is not told of the parts of other messages",
    "a follower is not told after its end, and the others of the message are",
    "a follower is not told of a settlement that did not happen",
    "a part of any size is read by its followers as by others",
  ].map((law) => [
    law,
    "after a cut each watch and each follower is woken once, for all that may have been missed",
  ]),
);

storeSuite("memory behind a hub", () => linked(memory()).open, { test, skips });

for (const seed of [1, 2, 3])
  storeSuite(
    `memory behind a hub whose connections are cut (seed ${seed})`,
    () => {
      const random = seeded(seed);
      return linked(memory(), { cuts: () => random() < 0.15 }).open;
    },
    { test, skips: { ...skips, ...often } },
  );
