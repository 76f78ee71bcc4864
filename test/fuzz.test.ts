/** Fuzz: whatever is given to the library, only coded errors come out, promptly, and the system works afterwards. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import fc from "fast-check";
import {
  HermodError,
  agent,
  contract,
  errorTable,
  fromMap,
  memory,
  parseFilter,
  start,
  toMap,
  type Groups,
} from "hermod";
import { testClock, testSystem } from "hermod/testing";
import * as z from "zod";

/** Any code point but the halves of pairs. What fast-check has for it takes a second to make. */
const character = fc
  .nat(0x10ffff - 0x800)
  .map((code) => String.fromCodePoint(code < 0xd800 ? code : code + 0x800));

const RUNS = 1000;
/** Longest time for one doing: garbage is refused, not worked off. */
const PROMPT_MS = 1000;

const prototype = Object.getOwnPropertyNames(Object.prototype);

after(() => {
  assert.deepEqual(Object.getOwnPropertyNames(Object.prototype), prototype);
});

const odd = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withTypedArray: true,
    withNullPrototype: true,
    withSparseArray: true,
  }),
  fc.constantFrom(NaN, -0, Infinity, 1e300, -1, "", "\u0000", "__proto__", Symbol("x"), undefined, null),
  fc.func(fc.anything()),
);

/** An object with some of these fields, of fitting values but for what is spoiled: no field, one or two, or the whole object. */
function nearly(fields: Readonly<Record<string, fc.Arbitrary<unknown>>>): fc.Arbitrary<unknown> {
  const fitting = fc.record(fields, { requiredKeys: [] });
  const spot = fc.tuple(
    fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom(...Object.keys(fields)) },
      { weight: 1, arbitrary: fc.string() },
    ),
    odd,
  );
  const spots = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(spot, { maxLength: 2 }) },
  );
  const spoiled = fc.tuple(fitting, spots).map(([given, spoils]) => {
    const object = { ...given };
    for (const [field, value] of spoils)
      Object.defineProperty(object, field, { value, enumerable: true, configurable: true, writable: true });
    return object;
  });
  return mostly(spoiled);
}

/** A fitting value, and now and then anything. */
function mostly<T>(fitting: fc.Arbitrary<T>): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 20, arbitrary: fitting }, { weight: 1, arbitrary: odd });
}

const duration = fc.oneof(fc.nat(5000), fc.constantFrom("5s", "1m", "0ms", "1.5h"));
const word = fc.oneof(
  { weight: 20, arbitrary: fc.stringMatching(/^[a-z_]\w{0,9}$/) },
  { weight: 2, arbitrary: fc.constantFrom("a b", "__proto__", "constructor") },
  { weight: 1, arbitrary: fc.string({ unit: character }) },
);
const name = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom("echo", "desk", "toString") },
  { weight: 1, arbitrary: word },
);
const retry = nearly({
  retries: fc.nat(5),
  base: duration,
  factor: fc.double({ min: 1, max: 5, noNaN: true }),
  cap: duration,
  jitter: fc.constantFrom("full", "none"),
});
const sendFields = {
  priority: fc.constantFrom(1, 2, 3, 4, "low", "urgent"),
  delivery: fc.constantFrom("at-most-once", "at-least-once", "exactly-once"),
  retry,
  key: word,
  orderKey: word,
  conversation: word,
  metadata: fc.dictionary(fc.string(), fc.jsonValue()),
  trace: word,
  timeout: duration,
};
const where = fc.oneof(
  fc.string(),
  fc.constantFrom(
    "from:echo",
    "state:done age:<5m",
    'error:"x"',
    "data.a.b:1 -type:task",
    "attempts:>1",
    "priority:high",
  ),
  fc
    .array(
      fc.constantFrom("from:", "echo", '"', "-", ":", "age:<", "5m", " ", "data.", "__proto__", "*", "\\"),
      { maxLength: 8 },
    )
    .map((parts) => parts.join("")),
);
const time = fc.oneof(
  fc.integer({ min: 0 }),
  fc.date({ noInvalidDate: true, min: new Date(0) }).map((at) => at.toISOString()),
);
const schema = fc.oneof(fc.constant(z.unknown()), fc.constant(z.string()));

let accepted = 0;
let refused = 0;

/** What a doing gives, unless it is refused with a code; anything else fails. */
async function coded(doing: () => unknown): Promise<unknown> {
  const began = performance.now();
  try {
    const done = await doing();
    accepted++;
    return done;
  } catch (error) {
    if (!(error instanceof HermodError))
      assert.fail(`an error without a code: ${error instanceof Error ? error.stack : typeof error}`);
    assert.ok(
      error.code in errorTable && error.message.length > 0 && error.message.length < 2000,
      error.message,
    );
    refused++;
    return undefined;
  } finally {
    assert.ok(performance.now() - began < PROMPT_MS, "it took too long");
  }
}

/** Checks many times; what is given must be taken and refused in fair shares, or the fuzz shows nothing. */
async function fuzz<T>(
  arbitrary: fc.Arbitrary<T>,
  check: (given: T) => Promise<unknown>,
  runs = RUNS,
): Promise<void> {
  accepted = refused = 0;
  await fc.assert(
    fc.asyncProperty(arbitrary, async (given) => void (await check(given))),
    { numRuns: runs },
  );
  assert.ok(accepted > runs / 20 && refused > runs / 20, `${accepted} accepted, ${refused} refused`);
}

/** Runs a property many times against one system, which must work afterwards. */
async function survives<T>(
  arbitrary: fc.Arbitrary<T>,
  doing: (system: Awaited<ReturnType<typeof open>>["system"], given: T) => unknown,
): Promise<void> {
  await using stage = await open();
  const check = async (given: T): Promise<void> => {
    await Promise.all([coded(() => doing(stage.system, given)), stage.clock.advance("2h")]);
  };
  await fuzz(arbitrary, check);
  assert.equal(await stage.system.call("echo", "say", "alive"), "alive");
  assert.equal((await stage.system.stats()).calls.waiting, 0);
}

function open() {
  const echo = agent("echo", {
    on: { request: (payload) => payload, notification: () => undefined, task: (payload) => payload },
  });
  return testSystem({
    agents: [echo],
    pull: [{ from: "desk", capacity: { count: 100, overflow: "drop-oldest" } }],
  });
}

test("any message written by hand is stored or refused with a code", async () => {
  const message = nearly({
    ...{
      id: word,
      verb: fc.constantFrom("call", "cast", "info", "reply"),
      type: fc.constantFrom("request", "task", "status", "error"),
    },
    ...{
      operation: word,
      from: name,
      to: name,
      payload: fc.jsonValue(),
      priority: fc.integer({ min: 1, max: 4 }),
      delivery: sendFields.delivery,
    },
    ...{
      replyTo: name,
      inReplyTo: word,
      correlationId: word,
      causeId: word,
      conversationId: word,
      idempotencyKey: word,
      orderKey: word,
    },
    ...{
      sequence: fc.nat(),
      sentAt: time,
      notBefore: time,
      deadline: time,
      hops: fc.array(name),
      trace: word,
      retry,
    },
    ...{ metadata: sendFields.metadata, v: fc.constant(1), size: fc.nat() },
  });
  await survives(fc.tuple(message, nearly({ hold: fc.boolean() })), (system, [given, options]) =>
    system.send(given as never, options as never),
  );
});

test("any recipient, operation, payload and options of a call give a reply or a coded error", async () => {
  const options = nearly({ ...sendFields, signal: fc.constant(new AbortController().signal) });
  // Only who answers at once: a call may wait as long as it says, and some say for ever.
  const callee = mostly(fc.constantFrom("echo", "echo", "nobody"));
  await survives(
    fc.tuple(callee, mostly(word), mostly(fc.jsonValue()), options),
    (system, [to, operation, payload, given]) =>
      (system.call as (...all: unknown[]) => Promise<unknown>)(to, operation, payload, given),
  );
});

test("any recipient, operation, payload and options of a cast are stored or refused with a code", async () => {
  const options = nearly({ ...sendFields, hold: fc.boolean() });
  await survives(
    fc.tuple(mostly(name), mostly(word), mostly(fc.jsonValue()), options),
    (system, [to, operation, payload, given]) =>
      system.cast(to as never, operation as never, payload as never, given as never),
  );
});

test("any question about history, dead letters and mailboxes is answered or refused with a code", async () => {
  const cursor = fc.oneof(fc.nat().map(String), fc.string());
  const page = { where, after: cursor, limit: fc.integer({ min: -1, max: 1001 }) };
  const questions = fc.tuple(
    nearly({ ...page, conversation: word, agent: name }),
    nearly(page),
    nearly({
      where,
      id: word,
      limit: fc.nat(5),
      rate: fc.nat(200),
      dryRun: fc.boolean(),
      force: fc.boolean(),
    }),
    fc.oneof(name, odd),
    nearly({ where, lease: duration, timeout: duration }),
  );
  await survives(questions, async (system, [history, list, repair, target, receive]) => {
    const box = system.mailbox("desk");
    for (const ask of [
      () => system.history(history as never),
      () => system.conversation(target as never),
      () => system.mailbox(target as never).stats(),
      () => system.deadLetters.list(list as never),
      () => system.deadLetters.groups(list as never),
      () => system.deadLetters.redrive(repair as never),
      () => system.deadLetters.discard(repair as never),
      () => box.peek(list as never),
      () => box.tryReceive(receive as never),
      () => box.receiveAll(receive as never),
    ])
      await coded(ask);
  });
});

test("any text is a filter or is refused with a code", async () => {
  await fuzz(fc.oneof(where, odd), (text) => coded(() => parseFilter(text)), RUNS * 5);
});

test("any groups make a contract or a coded error", async () => {
  const options = { retry, timeout: duration, delivery: sendFields.delivery, priority: sendFields.priority };
  const call = nearly({ in: schema, out: schema, ...options });
  const cast = fc.oneof(schema, nearly({ in: schema, ...options }));
  const groups = nearly({
    calls: fc.dictionary(word, call, { maxKeys: 3 }),
    casts: fc.dictionary(word, cast, { maxKeys: 3 }),
  });
  const check = ([target, given]: readonly [unknown, unknown]) =>
    coded(() => contract(target as string, given as Groups));
  await fuzz(fc.tuple(mostly(name), groups), check);
});

const handler = fc.constant(() => undefined);
const mailbox = {
  capacity: fc.oneof(
    fc.integer({ min: 1 }),
    nearly({
      count: fc.integer({ min: 1 }),
      bytes: fc.integer({ min: 1 }),
      overflow: fc.constantFrom("reject", "wait", "drop-oldest"),
    }),
  ),
  order: fc.constantFrom("priority", "fifo", "strict"),
  lease: fc.constantFrom("1s", "30s", 5000),
  retry,
};
const more = { concurrency: fc.integer({ min: 1, max: 10 }), state: fc.constant(() => ({})), ...mailbox };
const definitions = fc.oneof(
  fc.tuple(
    mostly(name),
    nearly({ on: nearly({ request: handler, notification: handler, info: handler }), ...more }),
  ),
  fc.tuple(
    fc.constant(contract("odd", { casts: { tell: z.unknown() } })),
    nearly({ on: fc.constant({ tell: () => 1 }), info: handler, ...more }),
  ),
);

test("any options make an agent or a coded error", async () => {
  const check = ([target, options]: readonly [unknown, unknown]) =>
    coded(() => agent(target as string, options as never));
  await fuzz(definitions, check);
});

test("any options start a system or give a coded error, and what is started can be closed", async () => {
  const good = agent("good", { on: { notification: () => undefined } });
  const options = nearly({
    agents: fc.array(fc.oneof({ weight: 15, arbitrary: fc.constant(good) }, { weight: 1, arbitrary: odd }), {
      maxLength: 2,
    }),
    pull: fc.array(fc.oneof(name, nearly({ from: name, ...mailbox })), { maxLength: 3 }),
    ...{
      store: fc.constantFrom(memory(), memory({ history: false })),
      model: fc.constant({ name: "m", text: async () => "" }),
    },
    interceptors: fc.array(
      nearly({ outgoing: handler, incoming: handler }).map((hands) => Object.assign({ name: "mine" }, hands)),
      { maxLength: 2 },
    ),
    limits: nearly({
      size: fc.integer({ min: 1 }),
      depth: fc.integer({ min: 1, max: 500 }),
      keys: fc.integer({ min: 1 }),
    }),
    ...{ reports: handler, random: fc.constant(() => 0.5) },
  });
  const check = async (given: unknown): Promise<void> => {
    const clock = testClock();
    const plain =
      typeof given === "object" && given !== null && !Array.isArray(given) ? { ...given, clock } : given;
    const system = (await coded(() => start(plain as never))) as
      | Awaited<ReturnType<typeof start>>
      | undefined;
    await coded(() => system?.close());
    assert.equal(clock.waiting, 0);
  };
  await fuzz(options, check);
});

test("any map is an envelope or a coded error, and an envelope's map is one again", async () => {
  const map = nearly({
    ...{ v: fc.constant(1), id: word, from: name, to: name, payload: fc.jsonValue(), sentAt: time },
    ...{
      metadata: sendFields.metadata,
      retry,
      priority: fc.integer({ min: 1, max: 4 }),
      hops: fc.array(name),
    },
  });
  const check = async (given: unknown): Promise<void> => {
    const envelope = (await coded(() => fromMap(given))) as ReturnType<typeof fromMap> | undefined;
    if (envelope) assert.deepEqual(fromMap(JSON.parse(JSON.stringify(toMap(envelope)))), envelope);
  };
  await fuzz(map, check);
});
