/** The same agent on two machines is one pool: both work, nothing is done twice, and what is sent while nobody is there is kept for who comes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent } from "hermod";
import { sorted } from "../runtime/stage.ts";
import { Machines, terms, type Machine } from "./machines.kit.ts";

const PIECES = 40;

test(
  "an agent on two machines works on both at once, and each message runs on one of them",
  terms,
  async (t) => {
    const { keeper, host, caller, end } = await Machines.around(t, "worker");
    const done: (readonly [machine: Machine, piece: unknown])[] = [];
    const [both, all] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const worker = (machine: Machine) =>
      agent("worker", {
        on: {
          notification: async (piece) => {
            done.push([machine, piece]);
            if (new Set(done.map(([by]) => by)).size === 2) both.resolve();
            if (done.length === PIECES) all.resolve();
            await both.promise;
          },
        },
      });
    const pieces = Array.from({ length: PIECES }, (_, piece) => piece);
    for (const piece of pieces) await keeper.system.cast("worker", "work", piece, { hold: true });
    await end(keeper);
    for (const machine of [host, caller]) await machine.system.spawn(worker(machine));
    await all.promise;
    await Promise.all([host, caller].map(({ system }) => system.drain()));
    assert.deepEqual(sorted(done.map(([, piece]) => piece)), sorted(pieces));
    assert.deepEqual(new Set(done.map(([machine]) => machine)), new Set([host, caller]));
  },
);
