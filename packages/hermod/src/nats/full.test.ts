/** A partition that has outgrown its images refuses what is sent, lets what it has come to its end, and comes back by itself when retention has made room. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, test } from "node:test";
import type { HermodError } from "../core/errors.ts";
import { ACK } from "../core/settlement.ts";
import { SETTLED, type Claim, type Settled } from "../core/store.ts";
import { Bench } from "../testing/store/bench.ts";
import { createEnv } from "../testing/store/env.ts";
import { critic } from "../testing/store/drafts.ts";
import { connect, type Broker } from "./connect.ts";
import { Copies } from "./copies.ts";
import { Marks } from "./marks.ts";
import { imageSubject, journalStream } from "./names.ts";
import { toTerms } from "./options.ts";
import { own } from "./own.ts";
import type { Owned } from "./partition.ts";
import { missing, Server } from "./server.test.kit.ts";

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
let server: Server;
let broker: Broker;
let copies: Copies;
let partitions = 0;

before(async () => {
  if (skip) return;
  server = await Server.start();
  const kept = { history: { count: 5 }, dedupe: "5s" } as const;
  broker = await connect(toTerms({ servers: server.url, journalBytes: 2 ** 20, ...kept }));
  copies = new Copies(broker.terms.limits);
});
after(async () => {
  await broker?.close();
  copies?.close();
  await server?.close();
});

/** A partition, its tools, and what tells of each time that its journal gets shorter. */
class Trial {
  readonly heard = createEnv();
  readonly partition = partitions++;
  bench!: Bench;
  owned!: Owned;
  /** True while no image can be written. */
  isBlocked = false;
  #written = Promise.withResolvers<void>();
  #shortened = Promise.withResolvers<void>();
  #owners = 0;

  async begin(): Promise<this> {
    this.owned = await own({
      ...{ broker: this.#telling(), copies, env: this.heard.env, partition: this.partition },
      ...{
        owner: `o${++this.#owners}`,
        epoch: 0,
        marks: new Marks(),
        vouch: async () => true,
        lost: (error: Error) => assert.fail(error),
      },
    });
    this.bench = new Bench(this.owned.store, this.heard, async () => undefined);
    await this.bench.announce({ count: 10_000 }, critic);
    return this;
  }

  /** Sends what cannot be packed until it is refused. How many were taken. */
  async fill(): Promise<{ readonly taken: number; readonly error: HermodError }> {
    for (let taken = 0; ; taken++)
      try {
        await this.bench.store.append(this.message());
      } catch (error) {
        return { taken, error: error as HermodError };
      }
  }

  message() {
    return this.bench.message({ payload: { text: randomBytes(15_000).toString("base64") } });
  }

  /** Fulfilled when the journal has got shorter, and its owner knows. */
  async shorter(): Promise<void> {
    await this.#shortened.promise;
    await this.owned.rest();
  }

  /** So many messages come to their ends, whatever stands in the way of others. */
  async end(count: number): Promise<void> {
    const claims = await this.bench.claim(count);
    assert.equal(claims.length, count, "not all are handed out");
    for (const claim of claims) assert.equal(await this.bench.store.settle(claim, ACK, []), SETTLED);
  }

  /** Messages come to their ends with others in their place, until that is refused. */
  async pass(): Promise<Settled> {
    for (;;) {
      const [claim] = await this.bench.claim(1);
      const settled = await this.bench.store.settle(claim as Claim, ACK, [this.message()]);
      if (settled !== SETTLED) return settled;
    }
  }

  /** Fulfilled when one more record stands in the journal. */
  wrote(): Promise<void> {
    return this.#written.promise;
  }

  get images(): readonly unknown[] {
    return this.heard.reports.filter((each) => each.type === "store.failed" && each.step === "image");
  }

  async close(): Promise<void> {
    await this.owned.close();
  }

  #telling(): Broker {
    const streams = Object.create(broker.jsm.streams) as Broker["jsm"]["streams"];
    streams.purge = async (name, options) => {
      const answer = await broker.jsm.streams.purge(name, options);
      if (name === journalStream(broker.terms.namespace, this.partition)) {
        this.#shortened.resolve();
        this.#shortened = Promise.withResolvers();
      }
      return answer;
    };
    const jsm = Object.create(broker.jsm, { streams: { value: streams } }) as Broker["jsm"];
    const js = Object.create(broker.js) as Broker["js"];
    js.publish = async (subject, ...given) => {
      const isImage = subject === imageSubject(broker.terms.namespace, this.partition);
      if (isImage && this.isBlocked) throw new Error("no image can be written");
      const ack = await broker.js.publish(subject, ...given);
      if (!isImage) this.#written.resolve();
      if (!isImage) this.#written = Promise.withResolvers();
      return ack;
    };
    return { ...broker, jsm, js };
  }
}

test(
  "a burst fills it, and when what was handled is old it takes messages again by itself",
  { skip },
  async () => {
    const trial = await new Trial().begin();
    const { bench } = trial;
    const { taken, error } = await trial.fill();
    assert.equal(error.code, "HERMOD_STORE_FULL");
    assert.match(error.hint, /nats\.journalBytes/);
    assert.ok(taken > 100, `${taken}`);
    assert.equal(trial.images.length, 1, "it is told once");
    const shorter = trial.shorter();
    // What it has comes to its end all the same.
    await trial.end(taken);
    await bench.advance(6000);
    await shorter;
    for (let n = 0; n < 10; n++) await bench.append(trial.message());
    await trial.close();
  },
);

test(
  "what work goes on with leaves the last tenth to chores, and an image that can be made again is made",
  { skip },
  async () => {
    const trial = await new Trial().begin();
    const { bench } = trial;
    trial.isBlocked = true;
    await trial.fill();
    const settled = await trial.pass();
    assert.equal(settled.status === "undone" && (settled.error as HermodError).code, "HERMOD_STORE_FULL");
    const { state } = await broker.jsm.streams.info(journalStream(broker.terms.namespace, trial.partition));
    assert.ok(state.bytes < 0.95 * 2 ** 20, "nothing is kept back");
    await trial.wrote();
    assert.equal(trial.images.length, 1, "it is told once");
    const shorter = trial.shorter();
    trial.isBlocked = false;
    await shorter;
    const woken = new Promise<void>((resolve) => void bench.store.watch(critic, resolve));
    await bench.advance(300);
    await woken;
    await bench.append(trial.message());
    await trial.close();
  },
);
