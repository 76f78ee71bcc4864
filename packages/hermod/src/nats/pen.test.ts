/** A pen writes each record once and behind its own alone, whatever becomes of the answers. */
import assert from "node:assert/strict";
import { after, before, test, type TestContext } from "node:test";
import { systemClock } from "../core/clock.ts";
import { connect, type Broker } from "./connect.ts";
import { journalStream } from "./names.ts";
import { toTerms } from "./options.ts";
import { Pen, Resigned } from "./pen.ts";
import { toText, type JournalRecord } from "./record.ts";
import { Replay } from "./replay.ts";
import { missing, Server } from "./server.test.kit.ts";
import { openStream } from "./stream.ts";

const skip = missing === undefined ? false : `SKIPPED: ${missing}`;
let server: Server;
let broker: Broker;
let partitions = 0;
/** After so many milliseconds somebody else may have begun. */
const LEASE = 500;

before(async () => {
  if (skip) return;
  server = await Server.start();
  broker = await connect(toTerms({ servers: server.url, journalBytes: 2 ** 20 }));
});
after(async () => {
  await broker?.close();
  await server?.close();
});

/** A record that is known by its time. */
const said = (now: number, length = 0): string =>
  toText({ type: "batch", now, changes: ["x".repeat(length)] });

async function begun(
  through = broker,
  at = broker,
  vouch?: () => Promise<boolean>,
): Promise<{ partition: number; pen: Pen }> {
  const partition = partitions++;
  await openStream(at, "journal", partition);
  const pen = new Pen(through, partition, "a", undefined, vouch);
  await pen.begin(toText({ type: "end" }));
  return { partition, pen };
}

/** The times of the records that stand in the journal. */
async function times(partition: number, at = broker): Promise<number[]> {
  const { state } = await at.jsm.streams.info(journalStream(at.terms.namespace, partition));
  const found: JournalRecord[] = [];
  await new Replay(at, partition, state.first_seq - 1).upTo(
    state.last_seq,
    (record) => void found.push(record),
  );
  return found.flatMap((record) => (record.type === "batch" ? [record.now] : []));
}

/** A broker whose second answer is lost, after `lost` has run. */
function losing(lost: () => Promise<void>, through = broker): Broker {
  let count = 0;
  const js = Object.create(through.js) as Broker["js"];
  js.publish = async (...given) => {
    const ack = await through.js.publish(...given);
    if (++count !== 2) return ack;
    await lost();
    throw new Error("the answer was lost");
  };
  return Object.assign(Object.create(through) as Broker, { js });
}

/** A broker that forgets each id at once, and judges a repetition by its number alone. */
function forgetful(through: Broker): Broker {
  const js = Object.create(through.js) as Broker["js"];
  const known = new Set<string>();
  js.publish = async (subject, data, options = {}) => {
    const { msgID = "" } = options;
    if (!known.has(msgID)) return (known.add(msgID), through.js.publish(subject, data, options));
    return through.js.publish(subject, data, { ...options, msgID: `${msgID} forgotten` });
  };
  return { ...through, js };
}

/** A broker whose second answer never comes, and which says when it was away. */
function hanging(): { readonly through: Broker; readonly back: () => void } {
  const js = Object.create(broker.js) as Broker["js"];
  let [count, tell] = [0, (): void => undefined];
  js.publish = async (...given) => {
    const ack = await broker.js.publish(...given);
    return ++count === 2 ? new Promise(() => undefined) : ack;
  };
  const away = { reachableSince: 0, whenBack: (back: () => void) => ((tell = back), () => undefined) };
  return { through: { ...broker, js, away: away as Broker["away"] }, back: () => tell() };
}

test("once another pen has begun, the older one writes nothing more", { skip }, async () => {
  const { partition, pen } = await begun();
  await pen.write(said(1));
  const other = new Pen(broker, partition, "b");
  await other.begin(toText({ type: "end" }));
  await assert.rejects(pen.write(said(2)), Resigned);
  await other.write(said(3));
  await assert.rejects(pen.write(said(4)), Resigned);
  assert.deepEqual(await times(partition), [1, 3]);
});

test("what was written and not answered is written again, and stands there once", { skip }, async () => {
  const { partition, pen } = await begun(losing(async () => undefined));
  for (const now of [1, 2, 3]) await pen.write(said(now));
  assert.deepEqual(await times(partition), [1, 2, 3]);
});

test("the same, and at once, where the broker was away meanwhile", { skip, timeout: 1000 }, async () => {
  const { through, back } = hanging();
  const { partition, pen } = await begun(through);
  const writing = pen.write(said(1));
  back();
  await writing;
  await pen.write(said(2));
  assert.deepEqual(await times(partition), [1, 2]);
});

test(
  "a late answer counts where others know of no newer pen, and is asked for there alone",
  { skip },
  async () => {
    for (const [lost, isNewest] of [
      [true, true],
      [true, false],
      [false, false],
    ] as const) {
      const late = new Promise<void>((resolve) => systemClock.after(LEASE, resolve));
      const through = { ...broker, terms: { ...broker.terms, lease: LEASE } };
      const asked: boolean[] = [];
      const { partition, pen } = await begun(
        lost ? losing(async () => late, through) : through,
        broker,
        async () => {
          asked.push(isNewest);
          return isNewest;
        },
      );
      const writing = pen.write(said(1));
      if (lost && !isNewest) await assert.rejects(writing, Resigned);
      else assert.equal(await writing, 2);
      assert.deepEqual([asked, await times(partition)], [lost ? [isNewest] : [], [1]]);
    }
  },
);

test("a pen that resigns waits for no answer any more", { skip, timeout: 1000 }, async () => {
  const { through } = hanging();
  const { pen } = await begun(through);
  const writing = pen.write(said(1));
  pen.resign();
  await assert.rejects(writing, Resigned);
});

test("the same where the server was killed meanwhile", { skip }, async () => {
  const restarted = async (): Promise<void> => {
    await server.end("SIGKILL");
    await server.start();
  };
  const { partition, pen } = await begun(losing(restarted));
  for (const now of [1, 2, 3]) await pen.write(said(now));
  assert.deepEqual(await times(partition), [1, 2, 3]);
});

test("the same where the server has forgotten the id: it is found by its number", { skip }, async () => {
  const { partition, pen } = await begun(losing(async () => undefined, forgetful(broker)));
  for (const now of [1, 2, 3]) await pen.write(said(now));
  assert.deepEqual(await times(partition), [1, 2, 3]);
});

test("a record that is longer than a message goes in pieces", { skip }, async () => {
  const { partition, pen } = await begun({ ...broker, most: 5000 });
  await pen.write(said(1, 20_000));
  await pen.write(said(2));
  assert.deepEqual(await times(partition), [1, 2]);
});

test(
  "a journal that is full refuses by name, keeps no half of a record, and goes on when it has room",
  { skip },
  async () => {
    const { partition, pen } = await begun();
    const full = async (): Promise<void> => {
      for (let now = 1; ; now++) await pen.write(said(now, 200_000));
    };
    await assert.rejects(full, { code: "HERMOD_STORE_FULL" });
    const before = await times(partition);
    assert.ok(before.length > 2);
    await broker.jsm.streams.purge(journalStream(broker.terms.namespace, partition), { keep: 1 });
    await pen.write(said(99));
    assert.equal((await times(partition)).at(-1), 99);
  },
);

/** A broker of its own, whose server takes less after `shrink`. */
async function shrinking(
  t: TestContext,
): Promise<{ readonly own: Broker; readonly shrink: () => Promise<void> }> {
  const small = await Server.start();
  const own = await connect(toTerms({ servers: small.url, journalBytes: 2 ** 20 }));
  t.after(async () => {
    await own.close();
    await small.close();
  });
  const shrink = async (): Promise<void> => {
    await small.end();
    const back = Promise.withResolvers<void>();
    own.away.whenBack(back.resolve);
    await small.start({ config: "max_payload: 65536" });
    await back.promise;
  };
  return { own, shrink };
}

test(
  "a server that comes back for smaller messages gets smaller pieces",
  { skip, timeout: 30_000 },
  async (t) => {
    const { own, shrink } = await shrinking(t);
    const { partition, pen } = await begun(losing(shrink, own), own);
    // It stands there whole, its answer was lost, and it cannot be written again.
    await pen.write(said(1, 300_000));
    await pen.write(said(2, 300_000));
    assert.deepEqual(await times(partition, own), [1, 2]);
  },
);

test(
  "the same where the client finds that out when it has cut the record",
  { skip, timeout: 30_000 },
  async (t) => {
    const { own, shrink } = await shrinking(t);
    await shrink();
    let asked = 0;
    const late = { ...own };
    Object.defineProperty(late, "most", { get: () => (asked++ === 0 ? 200_000 : own.most) });
    const { partition, pen } = await begun(late, own);
    await pen.write(said(1, 300_000));
    await pen.write(said(2));
    assert.deepEqual(await times(partition, own), [1, 2]);
  },
);

test(
  "a message that cannot be made smaller is refused, and not tried for ever",
  { skip, timeout: 30_000 },
  async (t) => {
    const { own, shrink } = await shrinking(t);
    await shrink();
    const { partition, pen } = await begun({ ...own, most: 200_000 }, own);
    await assert.rejects(pen.write(said(1, 300_000)), { code: "HERMOD_TOO_LARGE", hint: /max_payload/ });
    await pen.write(said(2));
    assert.deepEqual(await times(partition, own), [2]);
  },
);

test("a pen that has resigned waits for no answer", { skip }, async () => {
  const { pen } = await begun(losing(async () => undefined));
  const writing = pen.write(said(1));
  pen.resign();
  await assert.rejects(writing, Resigned);
});

test(
  "who leads a journal and answers nothing for two leases is asked to leave that to another one",
  { skip },
  async () => {
    const asked: [subject: string, time: number][] = [];
    const began = performance.now();
    const js = Object.create(broker.js) as Broker["js"];
    js.publish = async (...given) => {
      if (asked.length === 2) return broker.js.publish(...given);
      throw new Error("no answer");
    };
    const connection = Object.create(broker.connection) as Broker["connection"];
    connection.request = async (subject) => (
      asked.push([subject, performance.now() - began]),
      Promise.reject(new Error("nobody"))
    );
    const terms = { ...broker.terms, lease: 300 };
    const { partition } = await begun({ ...broker, js, connection, terms });
    assert.deepEqual(
      asked.map(([subject]) => subject),
      Array<string>(2).fill(`$JS.API.STREAM.LEADER.STEPDOWN.hermod_journal_${partition}`),
    );
    assert.ok((asked[0]?.[1] ?? 0) >= 600 && (asked[1]?.[1] ?? 0) >= 1200, JSON.stringify(asked));
  },
);

test("an outage is no silence of a leader: nobody is asked to leave", { skip }, async () => {
  const asked: string[] = [];
  const js = Object.create(broker.js) as Broker["js"];
  let left = 15;
  js.publish = async (...given) => {
    if (left-- <= 0) return broker.js.publish(...given);
    throw new Error("no answer");
  };
  const connection = Object.create(broker.connection) as Broker["connection"];
  connection.request = async (subject) => (asked.push(subject), Promise.reject(new Error("nobody")));
  const away = { reachableSince: Infinity, whenBack: () => () => undefined } as unknown as Broker["away"];
  await begun({ ...broker, js, connection, away, terms: { ...broker.terms, lease: 300 } });
  assert.deepEqual(asked, []);
});
