/** What is offered while a claim is under way: the road of both to whoever serves the mailbox. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Address } from "../core/address.ts";
import type { Claim, Store } from "../core/store.ts";
import { TestClock } from "../testing/clock.ts";
import { env } from "./hand.test.kit.ts";
import { overLink } from "./open.ts";
import type { Frame } from "./protocol.ts";
import type { WireEnds } from "./wire.ts";

const tide = "tide" as Address;

const level = { name: "hand", durable: false };
const welcome = { welcome: 1, session: "s", resumed: false, credit: 100, level, now: 0 };

/** A client whose hub is played by hand. */
async function client() {
  const said: Frame[] = [];
  const clock = new TestClock(0);
  let ends: WireEnds | undefined;
  const store: Promise<Store> = Promise.resolve(
    overLink({
      ...{ where: "hand", timeout: 1000, beat: Infinity, patience: 0 },
      dial: (wire) => {
        ends = wire;
        clock.defer(wire.opened);
        return { send: (text) => void said.push(...(JSON.parse(text) as Frame[])), close: () => undefined };
      },
    })({ ...env, clock } as never),
  );
  const hub = (...frames: readonly object[]) => ends?.heard(JSON.stringify(frames));
  await clock.settle();
  hub(welcome);
  return { store: await store, said, hub, clock };
}

const claim = (id: string, token: number, more = {}) => ({
  ...{ mailbox: "tide", attempt: 1, token, startedAt: 0, leaseUntil: 1, generation: 0 },
  envelope: { id, from: "writer", to: "tide", sentAt: 1, ...more },
});

const stand = (store: Store, max: number, out: Claim[]) =>
  store.claim(tide, max, 1000, out, undefined, false, true);
const idsOf = (claims: readonly Claim[]) => claims.map(({ envelope }) => envelope.id);
const released = (said: readonly Frame[]) =>
  said.filter(({ op }) => op === "settle").map(({ token, settlement }) => [token, settlement]);

test("what was offered before the answer to a claim comes first, and what is too much goes back", async () => {
  const { store, said, hub, clock } = await client();
  const out: Claim[] = [];
  const asked = stand(store, 1, out);
  await clock.settle();
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] });
  await clock.settle();
  assert.deepEqual(released(said), [], "its claim is under way: it is as good as taken");
  hub({ n: 1, is: [claim("b", 2)] });
  assert.equal(await asked, 1);
  await clock.settle();
  assert.deepEqual(idsOf(out), ["a"]);
  assert.deepEqual(released(said), [[2, { type: "release" }]]);
});

test("what was claimed first comes first, also where its answer comes later than an offer", async () => {
  const { store, hub, clock } = await client();
  const out: Claim[] = [];
  const asked = stand(store, 2, out);
  await clock.settle();
  hub({ offer: 1, of: "tide", is: [claim("b", 2)] }, { n: 1, is: [claim("a", 1)] });
  assert.equal(await asked, 2);
  assert.deepEqual(idsOf(out), ["a", "b"]);
});

test("what is offered while a claim is under way that finds nothing is told of, and goes back where nobody takes it", async () => {
  const { store, said, hub, clock } = await client();
  let woken = 0;
  store.watch(tide, () => void woken++);
  const asked = stand(store, 1, []);
  await clock.settle();
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] });
  await clock.settle();
  hub({ n: 2, is: [] });
  assert.equal(await asked, 0);
  await clock.settle();
  assert.equal(woken, 2);
  assert.deepEqual(released(said), [[1, { type: "release" }]]);
});

test("what is offered while somebody asks who has room for nothing goes back at once, but for notices", async () => {
  const { store, said, hub, clock } = await client();
  const out: Claim[] = [];
  // Told of an offer it asks again, as a dispatcher does, while the one before has no answer: for ever, where nothing went back meanwhile.
  store.watch(tide, () => void stand(store, 0, []));
  const asked = stand(store, 0, out);
  await clock.settle();
  hub({ offer: 1, of: "tide", is: [claim("a", 1), claim("notice", 2, { verb: "info" })] });
  hub({ n: 2, is: [] });
  assert.equal(await asked, 1);
  await clock.settle();
  assert.deepEqual(idsOf(out), ["notice"]);
  assert.deepEqual(released(said), [[1, { type: "release" }]]);
});

test("whoever was offered all that there was room for, and has room for more, asks again: nobody wakes it", async () => {
  const { store, said, hub, clock } = await client();
  const taken: Claim[] = [];
  const claims = () => said.filter(({ op }) => op === "claim").length;
  store.watch(tide, () => void stand(store, 32, taken));
  const asked = stand(store, 3, taken);
  await clock.settle();
  hub({ n: said.at(-1)?.["n"], is: [] });
  await asked;
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] });
  await clock.settle();
  assert.deepEqual([idsOf(taken), claims()], [["a"], 1]);
  hub({ offer: 2, of: "tide", is: [claim("b", 2), claim("c", 3)] });
  await clock.settle();
  assert.deepEqual([idsOf(taken), claims()], [["a", "b", "c"], 2]);
});

test("what nobody takes when it is woken goes back at once, and the same offer twice is one", async () => {
  const { store, said, hub, clock } = await client();
  let woken = 0;
  store.watch(tide, () => void woken++);
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] }, { offer: 1, of: "tide", is: [claim("a", 1)] });
  await clock.settle();
  assert.equal(woken, 1);
  assert.deepEqual(released(said), [[1, { type: "release" }]]);
});

test("a claim takes of what was offered as much as it has room for, and control messages beyond that", async () => {
  const { store, said, hub, clock } = await client();
  const out: Claim[] = [];
  store.watch(tide, () => void stand(store, 1, out));
  const notice = claim("n", 3, { verb: "info", type: "notification" });
  hub({ offer: 1, of: "tide", is: [claim("a", 1), claim("b", 2), notice] });
  await clock.settle();
  assert.deepEqual(idsOf(out), ["a", "n"]);
  assert.deepEqual(released(said), [[2, { type: "release" }]]);
});

test("a store that closes gives back what nobody has taken", async () => {
  const { store, said, hub } = await client();
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] });
  await store.close();
  assert.deepEqual(released(said), [[1, { type: "release" }]]);
});

test("a claim under way of two keeps what is offered, also when the other one is answered", async () => {
  const { store, said, hub, clock } = await client();
  const [first, second] = [stand(store, 1, []), stand(store, 1, [])];
  await clock.settle();
  hub({ n: 1, is: [] });
  await first;
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] });
  await clock.settle();
  assert.deepEqual(released(said), []);
  hub({ n: 2, is: [] });
  await second;
  await clock.settle();
  assert.deepEqual(released(said), [[1, { type: "release" }]]);
});

test("what stands for most of the room is not asked for again, but on other terms, or when something was said of it", async () => {
  const { store, said, hub, clock } = await client();
  const asked = async (max: number, lease = 1000): Promise<boolean> => {
    const before = said.length;
    const claiming = store.claim(tide, max, lease, [], undefined, false, true);
    await clock.settle();
    const frame = said.slice(before).find(({ op }) => op === "claim");
    if (frame) hub({ n: frame["n"], is: [] });
    await claiming;
    return frame !== undefined;
  };
  const taken = async (count: number, from: number): Promise<void> => {
    const claims = Array.from({ length: count }, (_, at) => claim(`m${from + at}`, from + at));
    hub({ offer: from, of: "tide", is: claims });
    await store.claim(tide, count, 1000, [], undefined, false, true);
  };
  assert.deepEqual(
    [await asked(4), await asked(4), await asked(3)],
    [true, false, true],
    "no more than there is room for",
  );
  await taken(1, 1);
  assert.deepEqual([await asked(3), await asked(2)], [false, false]);
  await taken(1, 2);
  assert.deepEqual([await asked(2), await asked(2)], [true, false], "one of two is left");
  assert.deepEqual([await asked(2, 500), await asked(2, 500)], [true, false], "another lease");
  hub({ wake: ["tide"] });
  assert.deepEqual([await asked(2, 500), await asked(2, 500)], [true, false], "more waits there");
  void store.settle(claim("m2", 2) as never, { type: "release" }, []);
  await clock.settle();
  assert.equal(await asked(2, 500), true, "what is given back ends it");
});

test("what the answer to a claim gave takes of the room that the other side fills", async () => {
  const { store, said, hub, clock } = await client();
  const taken: Claim[] = [];
  store.watch(tide, () => void stand(store, 32, taken));
  const asked = stand(store, 2, taken);
  await clock.settle();
  hub({ n: said.at(-1)?.["n"], is: [claim("a", 1)] });
  await asked;
  hub({ offer: 1, of: "tide", is: [claim("b", 2)] });
  await clock.settle();
  assert.deepEqual(idsOf(taken), ["a", "b"]);
  assert.equal(said.filter(({ op }) => op === "claim").length, 2, "nobody wakes it");
});

test("what has gone back is nobody's: it goes back once, and is not taken", async () => {
  const { store, said, hub, clock } = await client();
  const out: Claim[] = [];
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] });
  await clock.settle();
  hub({ offer: 2, of: "tide", is: [claim("b", 2)] });
  await stand(store, 9, out);
  assert.deepEqual([idsOf(out), released(said)], [["b"], [[1, { type: "release" }]]]);
});

test("what was offered by a hub that has forgotten its client is not taken and does not go back", async () => {
  const { store, said, hub, clock } = await client();
  hub({ offer: 1, of: "tide", is: [claim("a", 1)] }, { ...welcome, session: "t" });
  await clock.settle();
  assert.deepEqual(released(said), []);
  // Its numbers begin anew.
  hub({ offer: 1, of: "tide", is: [claim("b", 2)] });
  const out: Claim[] = [];
  await stand(store, 9, out);
  assert.deepEqual(idsOf(out), ["b"]);
});
