/** Whoever dies when: what a settled message sent arrives exactly once and in order, and what an unsettled one sent never arrives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { toAddress, type Address } from "../../core/address.ts";
import { noMetadata, seal, type Envelope } from "../../core/envelope.ts";
import { TooLargeError } from "../../core/errors.ts";
import { tries } from "../../core/samples.test.kit.ts";
import { chain } from "../../core/maybe.ts";
import { ACK } from "../../core/settlement.ts";
import { defaultMailboxRule, type Claim, type Store } from "../../core/store.ts";
import { memory } from "../../stores/memory.ts";
import { testClock } from "../../testing/clock.ts";
import { seeded } from "../../testing/random.ts";
import { blank } from "../../testing/store/drafts.ts";
import { createEnv } from "../../testing/store/env.ts";
import { partitionOf } from "./partitions.ts";
import { Process } from "./processes.test.kit.ts";

const PARTITIONS = 4;
const workers = ["writer", "critic", "editor"].map((name) => toAddress(name));
const readers = ["r1", "r2", "r3", "r4", "r5"].map((name) => toAddress(name));
const TOPIC = "tide.turned";
/** What is published is also for these. */
const hearers = readers.slice(0, 3);
/** Has room for two messages, and is emptied now and then: what finds none for 30 s becomes a dead letter. */
const narrow = readers[4] as Address;

interface Output {
  readonly to: number;
  /** What is of `refused` no other partition takes, and some do not take its dead letter either. */
  readonly kind: "send" | "publish" | "volatile" | "refused";
}

interface Step {
  readonly worker: number;
  readonly process: number;
  /** What each of several messages sends that are settled at once. */
  readonly outputs: readonly (readonly Output[])[];
  /** True: settled when their leases are over. */
  readonly late: boolean;
  /** True: what has come to the narrow mailbox is taken out behind it. */
  readonly drains: boolean;
  /** Lets its process die at that call of it. */
  readonly doom: { readonly calls: number; readonly before: boolean } | undefined;
  /** Milliseconds that pass behind it. */
  readonly pause: number;
}

const output: fc.Arbitrary<Output> = fc.record({
  to: fc.nat(readers.length - 1),
  kind: fc.constantFrom("send", "send", "send", "publish", "volatile", "refused"),
});
const step: fc.Arbitrary<Step> = fc.record({
  worker: fc.nat(workers.length - 1),
  process: fc.nat(1),
  outputs: fc.array(fc.array(output, { maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  late: fc.constantFrom(false, false, false, true),
  drains: fc.boolean(),
  doom: fc.option(fc.record({ calls: fc.nat(25), before: fc.boolean() }), { nil: undefined }),
  pause: fc.constantFrom(0, 0, 50, 1000, 20_000),
});

/** Refuses some messages that come to it, and every other partition their letters too; in its own steps it takes them. */
function refusing(store: Store, at: number): Store {
  const [append, bury] = [store.append.bind(store), store.bury.bind(store)];
  const check = ({ operation }: Envelope): void => {
    if (operation === "refused") throw new TooLargeError("not this one");
  };
  store.append = (envelope, fresh) => (check(envelope), append(envelope, fresh));
  store.bury = (envelope, ...rest) => {
    if (at % 2 === 0 && partitionOf(envelope.to as Address, PARTITIONS) === at) check(envelope);
    return bury(envelope, ...rest);
  };
  return store;
}

class World {
  readonly clock = testClock();
  readonly heard = createEnv(this.clock);
  readonly partitions: Store[] = [];
  readonly processes: Process[] = [];
  readonly sent = new Map<string, readonly Envelope[]>();
  readonly settled: Claim[] = [];
  /** What was taken out of the narrow mailbox. */
  readonly drained: Envelope[] = [];
  readonly random;
  #sequence = 0;

  constructor(seed: number) {
    this.random = seeded(seed);
  }

  async open(): Promise<void> {
    for (let at = 0; at < PARTITIONS; at++)
      this.partitions.push(this.#recorded(refusing(await memory()(this.heard.env), at)));
    for (const mailbox of [...workers, ...readers])
      await this.at(mailbox).announce(
        mailbox,
        mailbox === narrow ? { ...defaultMailboxRule, count: 2 } : defaultMailboxRule,
      );
    for (const mailbox of hearers) await this.at(mailbox).bind("tide.*", mailbox);
    for (let at = 0; at < 2; at++) this.processes.push(this.start());
  }

  at(mailbox: Address): Store {
    return this.partitions[partitionOf(mailbox, PARTITIONS)] as Store;
  }

  start(): Process {
    return new Process(this.partitions, this.heard.env, this.random);
  }

  message(fields: Partial<Envelope>): Envelope {
    const sequence = ++this.#sequence;
    const at = { id: `m${sequence}`, sequence, sentAt: this.clock.now() };
    return seal({ ...blank, ...at, payload: sequence, size: 8, metadata: noMetadata, ...fields });
  }

  /** A worker is given messages and settles them with what it sends; its process may die meanwhile. */
  async work({ worker, process: which, outputs, doom, late }: Step): Promise<void> {
    const from = workers[worker] as Address;
    const process = this.processes[which] as Process;
    for (const each of outputs) {
      const incoming = this.message({ to: from });
      await this.at(from).append(incoming);
      this.sent.set(
        incoming.id,
        each.map(({ to, kind }) => this.#output(from, readers[to] as Address, kind)),
      );
    }
    if (doom !== undefined) process.doom(doom.calls, doom.before);
    await Promise.race([process.death, this.#deliver(process, from, late)]);
    if (process.isDead) this.processes[which] = this.start();
  }

  #output(from: Address, to: Address, kind: Output["kind"]): Envelope {
    if (kind === "publish") return this.message({ from, to: undefined, topic: TOPIC, verb: "publish" });
    if (kind === "refused") return this.message({ from, to, operation: "refused" });
    return this.message({ from, to, ...(kind === "volatile" && { delivery: "at-most-once" }) });
  }

  /** As the runtime does: the next message is settled although the one before is not yet. */
  async #deliver({ store }: Process, mailbox: Address, late: boolean): Promise<void> {
    const claims: Claim[] = [];
    await store.claim(mailbox, 100, 5000, claims);
    if (late) await this.clock.advance(6000);
    await Promise.all(claims.map((claim) => this.#settle(store, claim, late)));
  }

  /** What its own partition refuses is known at once, and left out. */
  async #settle(store: Store, claim: Claim, late: boolean): Promise<void> {
    const { id } = claim.envelope;
    let answer = await store.settle(claim, ACK, this.sent.get(id) ?? []);
    if (answer.status === "refused") {
      assert.equal(answer.output.to, narrow);
      this.sent.set(id, []);
      answer = await store.settle(claim, ACK, []);
    }
    assert.equal(answer.status, late ? "stale" : "settled");
  }

  /** Takes out what has come to the narrow mailbox. */
  async drain(): Promise<void> {
    const claims: Claim[] = [];
    await this.at(narrow).claim(narrow, 100, 5000, claims);
    for (const claim of claims) await this.at(narrow).settle(claim, ACK, []);
    this.drained.push(...claims.map(({ envelope }) => envelope));
  }

  /** The ids of what found no room, or was refused. */
  async lost(): Promise<ReadonlySet<string>> {
    const pages = await Promise.all(
      this.partitions.map(async (store) => store.read({ type: "dead", limit: 1000 })),
    );
    const letters = pages.flatMap(({ items }) => items);
    for (const { reason, envelope } of letters)
      if (reason === "too-large") assert.equal(envelope.operation, "refused");
      else assert.deepEqual([reason, envelope.to], ["overflow", narrow]);
    return new Set(letters.map(({ envelope }) => envelope.id));
  }

  /** Nobody dies any more, and all that is under way comes to its end. */
  async rest(): Promise<void> {
    for (const [at, process] of this.processes.entries()) {
      process.doom(Infinity, false);
      if (process.isDead) this.processes[at] = this.start();
    }
    await this.clock.advance("2m");
  }

  /** The same partition, of which it is known what was settled, and in which order. */
  #recorded(store: Store): Store {
    const settle: Store["settle"] = (claim, ...rest) =>
      chain(store.settle(claim, ...rest), (answer) => {
        if (answer.status === "settled") this.settled.push(claim);
        return answer;
      });
    return new Proxy(store, {
      get(target, name) {
        const value: unknown = name === "settle" ? settle : Reflect.get(target, name);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  }

  /** What the settled messages of a worker have sent, in their order. */
  outputsOf(worker: Address): Envelope[] {
    const own = this.settled.filter(({ mailbox }) => mailbox === worker);
    return own.flatMap(({ envelope: { id } }) => this.sent.get(id) ?? []);
  }

  /** What a reader got, in its order. */
  async got(reader: Address): Promise<Envelope[]> {
    const claims: Claim[] = [];
    await this.at(reader).claim(reader, 1000, 5000, claims);
    const got = claims.map(({ envelope }) => envelope);
    return reader === narrow ? [...this.drained, ...got] : got;
  }

  async close(): Promise<void> {
    for (const { store } of this.processes) await store.close();
    for (const partition of this.partitions) await partition.close();
  }
}

function isFor(reader: Address): (envelope: Envelope) => boolean {
  return ({ to, topic }) => to === reader || (topic === TOPIC && hearers.includes(reader));
}

async function trial(steps: readonly Step[], seed: number): Promise<number> {
  const world = new World(seed);
  await world.open();
  let deaths = 0;
  for (const each of steps) {
    const before = [...world.processes];
    await world.work(each);
    deaths += world.processes.filter((process) => !before.includes(process)).length;
    if (each.pause > 0) await world.clock.advance(each.pause);
    if (each.drains) await world.drain();
  }
  await world.rest();
  const lost = await world.lost();
  for (const reader of readers) {
    const got = await world.got(reader);
    for (const worker of workers) {
      const due = world.outputsOf(worker).filter((each) => isFor(reader)(each) && !lost.has(each.id));
      check(got, due, worker);
    }
  }
  const left = await Promise.all(world.partitions.map(async (store) => store.read({ type: "counts" })));
  for (const { mailbox, waiting, running, delayed } of left.flatMap(({ items }) => items))
    if (mailbox.startsWith("~"))
      assert.deepEqual([waiting, running, delayed], [0, 0, 0], "the outbox is empty");
  await world.close();
  return deaths;
}

/** Of one worker: what must arrive did, once and in order; what may be lost came once at the most, and nothing else came. */
function check(got: readonly Envelope[], expected: readonly Envelope[], worker: Address): void {
  const ids = (list: readonly Envelope[], isLight: boolean, isEvent: boolean): string[] =>
    list
      .filter(
        ({ from, delivery, topic }) =>
          from === worker && (delivery === "at-most-once") === isLight && (topic !== undefined) === isEvent,
      )
      .map(({ id }) => id);
  for (const isEvent of [false, true])
    assert.deepEqual(ids(got, false, isEvent), ids(expected, false, isEvent), `from ${worker}`);
  const light = ids(got, true, false);
  assert.equal(new Set(light).size, light.length, "what may be lost comes once at the most");
  assert.deepEqual(
    light.filter((id) => !ids(expected, true, false).includes(id)),
    [],
  );
  const known = new Set(expected.map(({ id }) => id));
  assert.deepEqual(
    got.filter(({ id, from }) => from === worker && !known.has(id)),
    [],
  );
}

test("what a settled message sent to other partitions arrives exactly once and in order, whoever dies when", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 10 }),
      fc.nat(1_000_000),
      async (steps, seed) => {
        await trial(steps, seed);
      },
    ),
    tries(300),
  ));

test("processes do die in these trials, at every place of a step", async () => {
  let deaths = 0;
  for (let calls = 0; calls < 25; calls++)
    for (const before of [true, false]) {
      const outputs = [readers.map((_, to) => ({ to, kind: "send" as const }))];
      const plain = { worker: 0, outputs, late: false, drains: true, pause: 0 };
      const doomed = { ...plain, process: 0, doom: { calls, before } };
      deaths += await trial([doomed, { ...plain, process: 1, doom: undefined }], calls);
    }
  assert.ok(deaths > 20, `${deaths} deaths`);
});
