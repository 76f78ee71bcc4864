/** Play: one partition and its owner of the moment, things done to it, and the rows that come of them. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "../core/clock.ts";
import { ACK, type Settlement } from "../core/settlement.ts";
import type { Claim, StateChange } from "../core/store.ts";
import { Bench } from "../testing/store/bench.ts";
import { critic, editor, failure } from "../testing/store/drafts.ts";
import { createEnv } from "../testing/store/env.ts";
import type { Broker } from "./connect.ts";
import type { Copies, Copy } from "./copies.ts";
import { journalStream } from "./names.ts";
import { Marks } from "./marks.ts";
import { own } from "./own.ts";
import type { Owned } from "./partition.ts";
import type { Pen } from "./pen.ts";
import { JournalPort } from "./port.ts";
import { Replay } from "./replay.ts";

/** More than this many messages at once are followed by chores. */
const CROWD = 260;

export class Play {
  readonly #broker: Broker;
  readonly #copies: Copies;
  readonly #marks = new Marks();
  readonly #partition: number;
  readonly #heard = createEnv();
  #owned!: Owned;
  #bench!: Bench;
  #copy!: Copy;
  #claims: Claim[] = [];
  #owners = 0;
  #sent = 0;
  #rested: (() => void) | undefined;

  constructor(broker: Broker, copies: Copies, partition: number) {
    this.#broker = broker;
    this.#copies = copies;
    this.#partition = partition;
  }

  /** Another owner begins. */
  async begin(): Promise<void> {
    const copies = Object.create(this.#copies, { make: { value: () => this.#make() } }) as Copies;
    const lost = (error: Error): void => assert.fail(error);
    const { env } = this.#heard;
    const owner = `o${++this.#owners}`;
    // Some are greater than what the journal knows of, and some are not.
    const epoch = (this.#owners * 5) % 7;
    const parts = { broker: this.#broker, copies, env, partition: this.#partition, owner, epoch, lost };
    this.#owned = await own({ ...parts, marks: this.#marks, vouch: async () => true });
    this.#bench = new Bench(this.#owned.store, this.#heard, () => this.#rest());
    this.#claims = [];
    for (const mailbox of [critic, editor]) await this.#bench.announce({ count: 500 }, mailbox);
    await this.#bench.store.bind("tide.*", editor);
  }

  readonly deeds = {
    send: (n: number) =>
      this.#send({ priority: n % 2 ? 2 : 4, delivery: n % 3 ? "at-least-once" : "exactly-once" }),
    keyed: (n: number) => this.#send({ orderKey: `k${n % 2}`, idempotencyKey: `i${n % 4}` }),
    later: (n: number) => this.#send({ notBefore: this.#now + 1000 * n }),
    brief: (n: number) => this.#send({ deadline: this.#now + 1000 * n }),
    crowd: () => this.#sendAll(CROWD),
    publish: (n: number) =>
      this.#bench.store.append(this.#bench.event(n % 3 ? "tide.turned" : "moon.rose", { id: this.#id() })),
    bind: (n: number) => this.#bench.store.bind(`tide.${n % 3}`, n % 2 ? critic : editor),
    unbind: (n: number) => this.#bench.store.unbind(`tide.${n % 3}`, n % 2 ? critic : editor),
    claim: async (n: number) => {
      this.#claims.push(
        ...(await this.#bench.claim(1 + (n % 3), { mailbox: n % 4 ? critic : editor, lease: 5000 })),
      );
    },
    ack: () => this.#settle(ACK),
    fail: () => this.#settle({ type: "fail", error: failure }),
    die: () => this.#settle({ type: "dead", reason: "terminal", error: failure }),
    retry: (n: number) => this.#settle({ type: "retry", at: this.#now + 100 * n, error: failure }),
    release: () => this.#settle({ type: "release" }),
    answer: (n: number) => this.#settle(ACK, n, { key: `s${n % 3}`, base: 0, json: `{"n":${n}}` }),
    part: (n: number) => this.#bench.store.record(`m${n}`, { n, text: "half a pair \ud83c, ☃ and 🌊" }),
    spend: (n: number) => this.#bench.store.spend(`c${n % 3}`, { cost: n * 0.1 }, { cost: 3 }),
    redrive: (n: number) => this.#atGrave(n, "redrive"),
    discard: (n: number) => this.#atGrave(n, "discard"),
    remove: () => this.#bench.store.operate({ type: "remove", mailbox: editor }),
    advance: (n: number) => this.#bench.advance(n * 500),
    takeover: async () => {
      await this.#owned.abandon();
      await this.begin();
    },
    end: async () => {
      await this.#owned.close();
      await this.begin();
    },
  } satisfies Record<string, (n: number) => unknown>;

  /** The rows of the owner, and those of whoever reads the journal anew; messages sent, and messages kept. */
  async rows(): Promise<{ readonly own: Rows; readonly replayed: Rows; readonly sent: number }> {
    await this.#quiet();
    const copy = await this.#copies.make();
    const { state } = await this.#broker.jsm.streams.info(
      journalStream(this.#broker.terms.namespace, this.#partition),
    );
    const pen = { begin: async () => state.last_seq, found: () => undefined } as unknown as Pen;
    const { limits } = this.#broker.terms;
    const replay = new Replay(this.#broker, this.#partition);
    const lost = (error: Error): void => assert.fail(error);
    const space = { grew: () => undefined, room: async () => undefined, isShort: false };
    const parts = { pen, replay, copy, limits, space, owner: "reader", epoch: 0, clock: systemClock, lost };
    await new JournalPort(parts).open();
    const rows = { own: rowsOf(this.#copy.path), replayed: rowsOf(copy.path), sent: this.#sent };
    await this.#copies.drop(copy);
    await this.#owned.abandon();
    return rows;
  }

  get #now(): number {
    return this.#heard.clock.now();
  }

  #id(): string {
    return `m${++this.#sent}`;
  }

  #send(draft: Parameters<Bench["message"]>[0]): unknown {
    return this.#bench.store.append(this.#bench.message({ id: this.#id(), ...draft }));
  }

  #sendAll(count: number): unknown {
    return this.#bench.store.appendAll(
      Array.from({ length: count }, () => this.#bench.message({ id: this.#id() })),
    );
  }

  async #settle(settlement: Settlement, outputs = 0, state?: StateChange): Promise<void> {
    const claim = this.#claims.shift();
    if (claim === undefined) return;
    const given = Array.from({ length: outputs % 3 }, () =>
      this.#bench.message({ id: this.#id(), to: editor }),
    );
    await this.#bench.store.settle(
      claim,
      settlement,
      given,
      state,
      outputs > 10 ? { last: true } : undefined,
    );
  }

  async #atGrave(n: number, type: "redrive" | "discard"): Promise<void> {
    const letters = await this.#bench.dead();
    const letter = letters[n % (letters.length || 1)];
    if (letter) await this.#bench.store.operate({ type, id: letter.id, force: true, dryRun: false });
  }

  async #rest(): Promise<void> {
    await new Promise<void>((resolve) => systemClock.pause(resolve));
    await this.#owned.store.read({ type: "history", limit: 1 });
  }

  /** Until nothing is left to be written: the chores behind the last message are the end of it. */
  async #quiet(): Promise<void> {
    await this.#bench.store.spend("rest", { times: 1 }, {});
    const rested = new Promise<void>((resolve) => (this.#rested = resolve));
    // Its own chores may have been the last ones.
    await this.#owned.prove();
    await rested;
  }

  async #make(): Promise<Copy> {
    const copy = (this.#copy = await this.#copies.make());
    const doChores = copy.doChores.bind(copy);
    copy.doChores = async (now, place) => {
      const rested = this.#rested;
      const more = await doChores(now, place);
      if (!more) rested?.();
      return more;
    };
    return copy;
  }
}

/** All rows of all tables. */
export type Rows = Readonly<Record<string, readonly unknown[]>>;

function rowsOf(path: string): Rows {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all();
    return Object.fromEntries(tables.map(({ name }) => [name, allOf(db, `SELECT * FROM "${String(name)}"`)]));
  } finally {
    db.close();
  }
}

/** Numbers of the full text's own tables are larger than those of JavaScript. */
function allOf(db: DatabaseSync, sql: string): readonly unknown[] {
  const statement = db.prepare(sql);
  statement.setReadBigInts(true);
  return statement.all();
}
