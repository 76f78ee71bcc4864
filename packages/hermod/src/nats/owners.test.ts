/** Who owns a partition, over a real server: joining, a lease that lapses, and a seat that somebody has overwritten. */
import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { Kvm } from "@nats-io/kv";
import { JetStreamApiError } from "@nats-io/jetstream";
import { systemClock } from "../core/clock.ts";
import { Bench } from "../testing/store/bench.ts";
import { createEnv } from "../testing/store/env.ts";
import { connect, type Broker } from "./connect.ts";
import { nats } from "./nats.ts";
import { ownersBucket } from "./names.ts";
import { toTerms, type NatsOptions } from "./options.ts";
import { Owners } from "./owners.ts";
import { missing, Server } from "./server.test.kit.ts";
import { Standing } from "./standing.test.kit.ts";

const terms = { skip: missing === undefined ? false : `SKIPPED: ${missing}`, timeout: 60_000 };

/** A server, and what stands over it; all of it ends with the test. */
class Ground {
  readonly options: NatsOptions;
  readonly #ends: AsyncDisposableStack;

  private constructor(options: NatsOptions, ends: AsyncDisposableStack) {
    this.options = options;
    this.#ends = ends;
  }

  static async lay(t: TestContext, more: Partial<NatsOptions> = {}): Promise<Ground> {
    const ends = new AsyncDisposableStack();
    t.after(() => ends.disposeAsync());
    const server = ends.adopt(await Server.start(), (each) => each.close());
    return new Ground({ servers: server.url, partitions: 1, lease: "1s", ...more }, ends);
  }

  async broker(): Promise<Broker> {
    return this.#ends.adopt(await connect(toTerms(this.options)), (each) => each.close());
  }

  async join(broker: Broker, name: string, changed: () => void = () => undefined): Promise<Owners> {
    return this.#ends.adopt(await Owners.join(broker, name, changed), (each) => each.close());
  }

  async standing(): Promise<Standing> {
    return this.#ends.adopt(await Standing.watch(this.options), (each) => each.close());
  }

  /** A process that serves what it owns. */
  async store(): Promise<Bench> {
    const { env, ...heard } = createEnv();
    const store = await nats(this.options)({ ...env, clock: systemClock });
    this.#ends.defer(async () => store.close());
    return new Bench(store, heard, async () => undefined);
  }
}

/** The same broker, whose server answers the first requests for streams with an error. */
function refusing(
  broker: Broker,
  times: number,
  error: () => Error,
): { broker: Broker; asked: () => number } {
  let asked = 0;
  const js = Object.create(broker.js) as Broker["js"];
  js.jetstreamManager = async (...given) => {
    if (++asked <= times) throw error();
    return broker.js.jetstreamManager(...given);
  };
  return { broker: { ...broker, js }, asked: () => asked };
}

const leaderless = (): Error => new Error("503");

test("a bucket that nobody leads yet is asked again until somebody does", terms, async (t) => {
  const ground = await Ground.lay(t);
  const { broker, asked } = refusing(await ground.broker(), 2, leaderless);
  const owners = await ground.join(broker, "me");
  assert.deepEqual([asked(), [...owners.members().keys()]], [3, ["me"]]);
});

test(
  "what will not pass by itself is not asked again, and nothing is for longer than the timeout",
  terms,
  async (t) => {
    const ground = await Ground.lay(t, { timeout: "300ms" });
    const full = new JetStreamApiError({ code: 500, err_code: 10047, description: "no room" });
    const lasting = refusing(await ground.broker(), Infinity, () => full);
    await assert.rejects(
      Owners.join(lasting.broker, "me", () => undefined),
      { code: "HERMOD_STORE_FULL" },
    );
    assert.equal(lasting.asked(), 1);
    const never = refusing(await ground.broker(), Infinity, leaderless);
    await assert.rejects(
      Owners.join(never.broker, "me", () => undefined),
      { code: "HERMOD_STORE" },
    );
    assert.ok(never.asked() > 1);
  },
);

test(
  "whose lease lapses is there no more, in its own eyes and in those of others, and loses what it owned",
  terms,
  async (t) => {
    const ground = await Ground.lay(t, { lease: "2s" });
    const broker = await ground.broker();
    const lapsed = await ground.join(broker, "lapsed");
    assert.equal(await lapsed.take(0, "lapsed-1"), 1);
    const standing = await ground.standing();
    const opening = ground.store();
    await standing.until(() => standing.members.size === 2);
    assert.deepEqual([standing.seatOf(0)?.name, lapsed.isThere], ["lapsed-1", true]);
    await broker.connection.close();
    const other = await opening;
    await other.announce();
    assert.deepEqual(await other.store.append(other.message()), { status: "stored" });
    assert.notEqual(standing.seatOf(0)?.process, "lapsed");
    assert.equal(lapsed.isThere, false);
  },
);

test(
  "an owner whose seat another has taken lets its partition go, and what it had stored is the next one's",
  terms,
  async (t) => {
    const ground = await Ground.lay(t);
    const owner = await ground.store();
    await owner.announce();
    await owner.send({ id: "m1" });
    const standing = await ground.standing();
    await standing.rest(1, 1);
    const before = standing.seatOf(0);
    const broker = await ground.broker();
    const kv = await new Kvm(broker.js).open(ownersBucket(broker.terms.namespace));
    await kv.put("owner.0", JSON.stringify({ process: "stranger", name: "stranger-1" }));
    await standing.until(() => ![before?.name, "stranger-1"].includes(standing.seatOf(0)?.name));
    assert.equal(standing.seatOf(0)?.process, before?.process);
    assert.deepEqual(await owner.store.append(owner.message({ id: "m2" })), { status: "stored" });
    assert.deepEqual(
      (await owner.claim(2)).map(({ envelope }) => envelope.id),
      ["m1", "m2"],
    );
  },
);

/** The same broker, whose server is long about the first message that is asked for; `asked` resolves when it is. */
async function slow(broker: Broker) {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<void>();
  const jsm = await broker.js.jetstreamManager();
  const streams = Object.create(jsm.streams) as typeof jsm.streams;
  streams.getMessage = async (...given) => {
    const found = await jsm.streams.getMessage(...given);
    asked.resolve();
    await answer.promise;
    return found;
  };
  const js = Object.create(broker.js) as Broker["js"];
  js.jetstreamManager = async () => Object.create(jsm, { streams: { value: streams } }) as typeof jsm;
  return { broker: { ...broker, js }, asked: asked.promise, answer: answer.resolve };
}

test("an ownership is confirmed while no other one has taken its place", terms, async (t) => {
  const ground = await Ground.lay(t);
  const broker = await ground.broker();
  const owners = await ground.join(broker, "me");
  const other = await ground.join(broker, "other");
  await owners.take(0, "me-1");
  await other.ask(0);
  assert.equal(await owners.confirm(0, "me-1"), true);
  await other.ask(0);
  await other.take(0, "other-1");
  assert.deepEqual([await owners.confirm(0, "me-1"), await other.confirm(0, "other-1")], [false, true]);
});

test("what the bucket's leader said does not undo what was heard after it", terms, async (t) => {
  const ground = await Ground.lay(t);
  const late = await slow(await ground.broker());
  const other = await ground.join(await ground.broker(), "other");
  let changed: () => void = () => undefined;
  const owners = await ground.join(late.broker, "me", () => changed());
  const heard = (name: string): Promise<void> =>
    new Promise((resolve) => (changed = () => owners.seat(0)?.name === name && resolve()));
  const first = heard("other-1");
  assert.equal(await other.take(0, "other-1"), 1);
  await first;
  const asking = owners.ask(0);
  await late.asked;
  const second = heard("other-2");
  assert.equal(await other.take(0, "other-2"), 2);
  await second;
  late.answer();
  await asking;
  assert.equal(owners.seat(0)?.name, "other-2");
});

test("the bucket's leader says who owns a partition where its watch says nothing", terms, async (t) => {
  const ground = await Ground.lay(t);
  const broker = await ground.broker();
  const heard = { changes: 0 };
  const deaf = await ground.join(broker, "deaf", () => void heard.changes++);
  const other = await ground.join(broker, "other");
  // Who has closed hears no watch any more.
  await deaf.close();
  assert.equal(await other.take(0, "other-1"), 1);
  const before = [deaf.seat(0), heard.changes] as const;
  await deaf.ask(0);
  assert.deepEqual(before[0], undefined);
  assert.deepEqual(deaf.seat(0), { process: "other", name: "other-1" });
  assert.equal(heard.changes, before[1] + 1);
});
