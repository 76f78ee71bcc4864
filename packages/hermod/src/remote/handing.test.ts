/** Handing: what a claim that stands hands out, in what order and for how long, over a store that takes its time. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import { fromMap } from "../core/envelopemap.ts";
import type { Claim } from "../core/store.ts";
import { TestClock } from "../testing/clock.ts";
import { Standing, type Stand } from "./standing.ts";

const tide = "tide" as Address;
const stand = (room: number): Stand => ({ lease: 1000, beside: false, room });

function claim(id: string, more: object = {}): Claim {
  const envelope = fromMap({ id, from: "writer", to: tide, payload: id, ...more });
  return { mailbox: tide, attempt: 1, token: 1, startedAt: 0, leaseUntil: 1, generation: 0, envelope };
}

/** Claims that stand, of a client that listens, over a store that answers when the test does. */
function standing() {
  const clock = new TestClock(0);
  const seen = { texts: [] as string[], wakes: 0, failed: [] as unknown[], isOver: false };
  const asked: PromiseWithResolvers<readonly Claim[]>[] = [];
  const standing = new Standing({
    clock,
    claim: () => {
      const answer = Promise.withResolvers<readonly Claim[]>();
      asked.push(answer);
      return answer.promise;
    },
    hold: () => !seen.isOver,
    push: (text) => void seen.texts.push(text as string),
    hands: () => false,
    wake: () => void seen.wakes++,
    failed: (error) => void seen.failed.push(error),
  });
  standing.heard();
  const give = async (at: number, ...claims: readonly Claim[]) => {
    asked[at]?.resolve(claims);
    await clock.settle();
  };
  /** Something has come; answers whether it is handed out. */
  const comes = async () => {
    const isTaken = standing.woken(tide);
    await clock.settle();
    return isTaken;
  };
  return { clock, seen, asked, standing, give, comes };
}

test("what comes while it hands out is told of, and handed out after that", async () => {
  const { standing: stands, asked, comes, give } = standing();
  stands.begin(tide, stand(3));
  assert.deepEqual([await comes(), await comes(), asked.length], [true, false, 1]);
  await give(0, claim("a"));
  assert.deepEqual([await comes(), asked.length], [true, 2]);
});

test("what has taken its place before it is handed out has seen what woke it", async () => {
  const { standing: stands, asked, clock } = standing();
  stands.begin(tide, stand(1));
  assert.equal(stands.woken(tide), true);
  stands.begin(tide, stand(1));
  await clock.settle();
  assert.equal(asked.length, 0);
});

test("a claim without room takes the place of what stood", async () => {
  const { standing: stands, comes } = standing();
  stands.begin(tide, stand(1));
  stands.begin(tide, stand(0));
  assert.equal(await comes(), false);
});

test("messages take room, and control messages none; without room it stands no more", async () => {
  const { standing: stands, comes, give } = standing();
  stands.begin(tide, stand(2));
  await comes();
  await give(0, claim("a"), claim("n", { verb: "info", type: "notification" }));
  assert.equal(await comes(), true);
  await give(1, claim("b"));
  assert.equal(await comes(), false);
});

test("what is full by an answer that comes late does not end what has taken its place", async () => {
  const { standing: stands, comes, give } = standing();
  stands.begin(tide, stand(1));
  await comes();
  stands.begin(tide, stand(1));
  await give(0, claim("a"));
  assert.equal(await comes(), true);
});

test("whoever asks waits for what is about to be handed out, also where another took its place", async () => {
  const { standing: stands, comes, give, clock } = standing();
  let isHanded = false;
  stands.begin(tide, stand(1));
  await comes();
  stands.begin(tide, stand(1));
  await comes();
  await give(0, claim("a"));
  void Promise.resolve(stands.handed(tide)).then(() => (isHanded = true));
  await clock.settle();
  assert.equal(isHanded, false);
  await give(1, claim("b"));
  assert.deepEqual([isHanded, stands.handed(tide)], [true, undefined]);
});

test("offers are kept until they are said to be there, the newer ones longer, with their weight", async () => {
  const { standing: stands, comes, give, seen } = standing();
  stands.begin(tide, stand(9));
  for (const [at, id] of ["a", "b"].entries()) {
    await comes();
    await give(at, claim(id));
  }
  const [first = "", second = ""] = seen.texts;
  assert.deepEqual([stands.size, stands.weight], [2, first.length + second.length]);
  stands.forget(1);
  assert.deepEqual([stands.size, stands.weight], [1, second.length]);
  assert.deepEqual(
    stands.claims.map(({ envelope }) => envelope.id),
    ["b"],
  );
  stands.repeat();
  assert.deepEqual(seen.texts.slice(2), [second]);
});

test("what is given to a session that has ended is said to nobody", async () => {
  const { standing: stands, comes, give, seen } = standing();
  stands.begin(tide, stand(1));
  await comes();
  seen.isOver = true;
  await give(0, claim("a"));
  assert.deepEqual([seen.texts, stands.size], [[], 0]);
});

test("a store that fails is told of, and its client woken; the next message is handed out", async () => {
  const { standing: stands, comes, seen, asked, clock } = standing();
  stands.begin(tide, stand(1));
  await comes();
  asked[0]?.reject(new Error("no ink"));
  await clock.settle();
  assert.deepEqual([seen.wakes, seen.failed.map(String)], [1, ["Error: no ink"]]);
  assert.deepEqual([await comes(), asked.length, stands.size], [true, 2, 0]);
});

test("a store that fails at once is told of, too", async () => {
  const clock = new TestClock(0);
  const seen: unknown[] = [];
  const stands = new Standing({
    clock,
    claim: () => {
      throw new Error("no ink");
    },
    ...{
      hold: () => true,
      push: () => undefined,
      hands: () => false,
      failed: (error) => void seen.push(error),
    },
    wake: (mailbox) => void seen.push(mailbox),
  });
  stands.heard();
  stands.begin(tide, stand(1));
  for (const wakes of [1, 2]) {
    assert.equal(stands.woken(tide), true);
    await clock.settle();
    assert.deepEqual(seen.map(String), Array(wakes).fill(["Error: no ink", "tide"]).flat());
  }
});
