/** A pool on two machines: their members share the pool's mailbox, and members of one name share theirs. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { agent, pool, type PoolOptions } from "hermod";
import { sorted } from "../runtime/stage.ts";
import { Machines, terms, type Machine, type Trio } from "./machines.kit.ts";

/** What a member has handled, and where. */
interface Done {
  readonly piece: number;
  readonly machine: Machine;
}

/** A pool of two members on each of two machines, which end nothing before `rest`, and have handled so much when it resolves. */
async function pooled(t: TestContext, balance: NonNullable<PoolOptions["balance"]>, count: number) {
  const trio = await Machines.around(t, "crew");
  const done: Done[] = [];
  const [go, all] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const member = (machine: Machine) =>
    agent("crew", {
      on: {
        notification: async (piece) => {
          await go.promise;
          done.push({ piece: piece as number, machine });
          if (done.length === count) all.resolve();
        },
      },
    });
  for (const machine of [trio.host, trio.caller])
    await machine.system.spawn(pool(member(machine), { size: 2, balance }));
  // Whoever has ended what it has may have handled more.
  const rest = async (): Promise<void> => {
    go.resolve();
    await all.promise;
    await Promise.all([trio.host, trio.caller].map(({ system }) => system.drain()));
  };
  return { trio, done, rest };
}

/** Sends so many pieces from a machine that has no member. */
async function send({ keeper }: Trio, pieces: readonly number[], keys?: number): Promise<void> {
  for (const piece of pieces)
    await keeper.system.cast(
      "crew",
      "work",
      piece,
      keys === undefined ? {} : { orderKey: `k${piece % keys}` },
    );
}

const pieces = Array.from({ length: 24 }, (_, piece) => piece);

test(
  "its members work on both machines at once, and each message is handled by one of them",
  terms,
  async (t) => {
    const { trio, done, rest } = await pooled(t, "round-robin", pieces.length);
    await send(trio, pieces);
    await rest();
    assert.deepEqual(sorted(done.map(({ piece }) => piece)), sorted(pieces));
    assert.deepEqual(new Set(done.map(({ machine }) => machine)), new Set([trio.host, trio.caller]));
  },
);

test(
  "members told apart by key keep the order of a key, on whichever machine it is handled",
  terms,
  async (t) => {
    const { trio, done, rest } = await pooled(t, "key", pieces.length);
    await send(trio, pieces, 4);
    await rest();
    for (const key of [0, 1, 2, 3]) {
      const ofKey = (all: readonly number[]): readonly number[] => all.filter((piece) => piece % 4 === key);
      assert.deepEqual(ofKey(done.map(({ piece }) => piece)), ofKey(pieces));
    }
  },
);

test("of a broadcast each member's name gets one copy, wherever it is handled", terms, async (t) => {
  const { trio, done, rest } = await pooled(t, "broadcast", 2 * pieces.length);
  await send(trio, pieces);
  await rest();
  assert.deepEqual(sorted(done.map(({ piece }) => piece)), sorted([...pieces, ...pieces]));
});
