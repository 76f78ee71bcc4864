/** Interceptors: a user's hands on the road, before a message is stored and around its handler. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { HermodError, RejectedError, agent, type Changes, type Envelope, type Interceptor } from "hermod";
import { failure, given, isOpen, once } from "./pull.kit.ts";
import { lettersOf, only, saidIn, type On } from "./stage.ts";

function outgoing(look: Interceptor["outgoing"], name = "mine"): Interceptor {
  return { name, ...(look && { outgoing: look }) };
}

/** Applies to messages of one kind only. */
const onlyFor =
  (type: Envelope["type"], look: (envelope: Envelope) => unknown) =>
  (envelope: Envelope): Changes | undefined =>
    envelope.type === type ? (look(envelope) as Changes | undefined) : undefined;

const echo = agent("echo", {
  retry: once,
  on: { request: (payload) => payload, notification: (payload) => payload },
});

export function interceptorSuite(name: string, on: On): void {
  test(`${name}: an outgoing interceptor sees each message before it is stored, and changes what is sent`, async () => {
    const handled: Envelope[] = [];
    const worker = agent("worker", {
      on: { notification: (_payload, ctx) => void handled.push(ctx.envelope) },
    });
    const changes: Changes = {
      ...{ payload: { stamped: true }, metadata: { tenant: "acme" }, priority: 4 },
      ...{ orderKey: "k", trace: "00-1-2-01", deadline: Date.UTC(2030, 0, 1) },
    };
    await using stage = await on({ agents: [worker], interceptors: [outgoing(() => changes)] });
    const { system, clock } = stage;
    const sent = await system.cast("worker", "work", "bare");
    await clock.settle();
    assert.deepEqual(only(handled), sent);
    assert.deepEqual({ ...sent, ...changes }, sent);
    assert.deepEqual(only(await saidIn(system)).envelope, sent);
    assert.equal(sent.operation, "work");
  });

  test(`${name}: outgoing interceptors run in order, each on what the one before left, asynchronous or not`, async () => {
    const add = (letter: string, wait: boolean) =>
      outgoing(({ payload }) => {
        const changes = { payload: `${String(payload)}${letter}` };
        return wait ? Promise.resolve(changes) : changes;
      }, letter);
    const silent = outgoing(() => undefined);
    const interceptors = [
      add("a", false),
      add("b", true),
      silent,
      add("c", false),
      outgoing(async () => undefined),
    ];
    await using stage = await on({ agents: [echo], interceptors });
    assert.equal((await stage.system.cast("echo", "say", ">")).payload, ">abc");
    assert.equal(await stage.system.call("echo", "say", ">"), ">abcabc");
  });

  test(`${name}: a message that an interceptor left alone is the one that was sent, and others have their own`, async () => {
    const seen: string[] = [];
    await using stage = await on({
      agents: [echo],
      interceptors: [outgoing(({ id }) => void seen.push(id))],
    });
    const { system, clock } = stage;
    const byHand = await system.send({ to: "echo", payload: 1 });
    const notice = await system.info("echo", "notice");
    const plain = await system.cast("echo", "say", 2);
    await clock.settle();
    assert.deepEqual(seen, [byHand.id, notice.id, plain.id]);
  });

  test(`${name}: replies pass the outgoing interceptors too, those of a puller and error replies as well`, async () => {
    const broken = agent("broken", { on: { request: () => Promise.reject(new Error("no")) } });
    const types: string[] = [];
    const stamp = outgoing((envelope) => {
      types.push(envelope.type);
      return envelope.type === "response" ? { payload: `${String(envelope.payload)}, stamped` } : undefined;
    });
    await using stage = await on({ agents: [echo, broken], pull: ["desk"], interceptors: [stamp] });
    const { system } = stage;
    assert.equal(await system.call("echo", "say", "hello"), "hello, stamped");
    await failure("HERMOD_FAILED", system.call("broken", "say", 1));
    const asked = system.call("desk", "say", 1);
    await given(await system.mailbox("desk").receive()).reply("pulled");
    assert.equal(await asked, "pulled, stamped");
    const refused = failure("HERMOD_REJECTED", system.call("desk", "say", 1));
    await given(await system.mailbox("desk").receive()).reject("no");
    await refused;
    assert.deepEqual(types, [
      "request",
      "response",
      "request",
      "error",
      "request",
      "response",
      "request",
      "error",
    ]);
  });

  test(`${name}: an interceptor refuses a message with its own Hermod error, and nothing is stored`, async () => {
    const refuse = outgoing(
      onlyFor("notification", () => {
        throw new RejectedError("not in office hours");
      }),
    );
    await using stage = await on({ agents: [echo], interceptors: [refuse] });
    const { system, spy } = stage;
    const error = await failure("HERMOD_REJECTED", system.cast("echo", "say", 1));
    assert.equal(error.message, "not in office hours");
    assert.deepEqual(await saidIn(system), []);
    assert.deepEqual([(await system.stats()).router.routed, spy.of("message.sent").length], [0, 0]);
    assert.equal(await system.call("echo", "say", 1), 1);
  });

  test(`${name}: what an interceptor throws or rejects with becomes HERMOD_INTERCEPTOR with its name, and nothing is stored`, async () => {
    for (const look of [
      () => {
        throw new Error("oops");
      },
      () => Promise.reject(new Error("oops")),
    ]) {
      await using stage = await on({ agents: [echo], interceptors: [outgoing(look, "stamper")] });
      const { system, clock } = stage;
      const sends = [
        () => system.cast("echo", "say", 1),
        () => system.call("echo", "say", 1),
        () => system.send({ to: "echo" }),
        () => system.info("echo", 1),
      ];
      for (const send of sends) {
        const error = await failure("HERMOD_INTERCEPTOR", send());
        assert.equal(error.message, "interceptor stamper threw: oops");
        assert.equal((error.cause as Error).message, "oops");
      }
      await clock.settle();
      assert.deepEqual(await saidIn(system), []);
      assert.equal((await system.stats()).calls.waiting, 0);
    }
  });

  test(`${name}: a changed payload is checked, copied and measured again`, async () => {
    const shared = { list: [1] };
    let payload: unknown = shared;
    const change = outgoing(onlyFor("notification", () => ({ payload })));
    await using stage = await on({ agents: [echo], interceptors: [change], limits: { size: 100 } });
    const { system } = stage;
    const sent = await system.cast("echo", "say", "bare");
    shared.list.push(2);
    assert.deepEqual(sent.payload, { list: [1] });
    assert.ok(Object.isFrozen(sent.payload));
    payload = "x".repeat(50);
    assert.equal((await system.cast("echo", "say", 1)).size, 52);
    payload = () => 1;
    await failure("HERMOD_BAD_PAYLOAD", system.cast("echo", "say", 1));
    payload = "x".repeat(101);
    await failure("HERMOD_TOO_LARGE", system.cast("echo", "say", 1));
    assert.equal((await saidIn(system)).length, 2);
  });

  test(`${name}: a change of an unknown field, or to a value that its field cannot have, is refused by name`, async () => {
    let changes: unknown;
    const change = outgoing(onlyFor("notification", () => changes));
    await using stage = await on({ agents: [echo], interceptors: [change] });
    const { system } = stage;
    const wrong: readonly (readonly [unknown, RegExp])[] = [
      [{ to: "other" }, /interceptor mine .*"to"/],
      [{ payloads: 1 }, /Did you mean "payload"/],
      [{ id: "forged" }, /"id"/],
      ["text", /must be an object, got "text"/],
      [{ priority: 9 }, /priority/],
      [{ priority: "most" }, /priority/],
      [{ orderKey: 7 }, /orderKey/],
      [{ orderKey: "" }, /orderKey/],
      [{ trace: {} }, /trace/],
      [{ deadline: "soon" }, /deadline/],
      [{ deadline: NaN }, /deadline/],
      [{ deadline: 1e300 }, /deadline/],
      [{ metadata: 5 }, /metadata/],
      [{ metadata: new Uint8Array(2) }, /metadata/],
    ];
    for (const [given, message] of wrong) {
      changes = given;
      const error = await failure("HERMOD_BAD_OPTION", system.cast("echo", "say", 1));
      assert.match(error.message, message);
    }
    changes = { metadata: { when: new Date() } };
    await failure("HERMOD_BAD_PAYLOAD", system.cast("echo", "say", 1));
    assert.deepEqual(await saidIn(system), []);
    assert.deepEqual(
      (await system.stats()).mailboxes.map(({ received }) => received),
      [0],
    );
  });

  test(`${name}: changed metadata is a copy, and a change to nothing changes nothing`, async () => {
    const metadata: Record<string, unknown> = { tenant: "acme" };
    const interceptors = [
      outgoing(() => ({ metadata })),
      outgoing(() => ({ priority: undefined, metadata: undefined }) as unknown as Changes),
      outgoing(() => ({})),
    ];
    await using stage = await on({ agents: [echo], interceptors });
    const sent = await stage.system.cast("echo", "say", 1, { priority: "high" });
    metadata["tenant"] = "other";
    assert.deepEqual([sent.metadata, sent.priority], [{ tenant: "acme" }, 3]);
  });

  test(`${name}: an interceptor that answers with a thenable is waited for`, async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- a query builder of a database is one
    const thenable = { then: (resolve: (changes: Changes) => void) => resolve({ payload: "late" }) };
    await using stage = await on({ agents: [echo], interceptors: [outgoing(() => thenable as never)] });
    assert.equal((await stage.system.cast("echo", "say", 1)).payload, "late");
  });

  test(`${name}: incoming interceptors wrap the handler, the first outermost, and can change its result`, async () => {
    const steps: string[] = [];
    const wrap = (letter: string): Interceptor => ({
      name: letter,
      incoming: async ({ operation }, next) => {
        steps.push(`${letter} before ${operation}`);
        const result = await next();
        steps.push(`${letter} after ${String(result)}`);
        return `${String(result)}${letter}`;
      },
    });
    await using stage = await on({ agents: [echo], interceptors: [wrap("a"), wrap("b")] });
    assert.equal(await stage.system.call("echo", "say", ">"), ">ba");
    assert.deepEqual(steps, ["a before say", "b before say", "b after >", "a after >b"]);
  });

  test(`${name}: an incoming interceptor can answer without the handler`, async () => {
    let handled = 0;
    const counter = agent("counter", { on: { request: () => ++handled } });
    const cache: Interceptor = {
      name: "cache",
      incoming: ({ operation }, next) => (operation === "cached" ? 42 : next()),
    };
    await using stage = await on({ agents: [counter], interceptors: [cache] });
    const { system } = stage;
    assert.deepEqual(
      [await system.call("counter", "cached", 1), await system.call("counter", "other", 1), handled],
      [42, 1, 1],
    );
  });

  test(`${name}: what an incoming interceptor throws is a failed delivery and is tried again`, async () => {
    let tries = 0;
    const handled: number[] = [];
    const worker = agent("worker", { retry: once, on: { notification: () => void handled.push(tries) } });
    const flaky: Interceptor = {
      name: "flaky",
      incoming: (_envelope, next) => {
        if (++tries < 2) throw new Error("not yet");
        return next();
      },
    };
    await using stage = await on({ agents: [worker], interceptors: [flaky] });
    const { system, clock, spy } = stage;
    await system.cast("worker", "work", 1);
    await clock.advance("1s");
    assert.deepEqual(handled, [2]);
    assert.deepEqual(
      spy.of("delivery.settled").map(({ settlement }) => settlement.type),
      ["retry", "ack"],
    );
  });

  test(`${name}: an incoming interceptor that never passes kills the message after its last attempt, and the asker hears`, async () => {
    const wall: Interceptor = {
      name: "wall",
      incoming: async ({ to }, next) => {
        if (to === "echo") throw new Error("no entry");
        return next();
      },
    };
    await using stage = await on({ agents: [echo], interceptors: [wall] });
    const { system, clock } = stage;
    await system.cast("echo", "say", 1);
    await clock.advance("1m");
    assert.equal(only(await lettersOf(system)).error?.message, "no entry");
    const error = await failure("HERMOD_FAILED", system.call("echo", "say", 1));
    assert.equal((error.cause as Error).message, "no entry");
  });

  test(`${name}: a failing handler is seen by the incoming interceptor, which may rescue it`, async () => {
    const broken = agent("broken", { on: { request: () => Promise.reject(new Error("no")) } });
    const rescue: Interceptor = {
      name: "rescue",
      incoming: (_envelope, next) =>
        next().catch((error: unknown) => `rescued from ${(error as Error).message}`),
    };
    await using stage = await on({ agents: [broken], interceptors: [rescue] });
    assert.equal(await stage.system.call("broken", "say", 1), "rescued from no");
  });

  test(`${name}: an interceptor that refuses even the error reply leaves the asker to its timeout, and is reported`, async () => {
    const broken = agent("broken", { on: { request: () => Promise.reject(new Error("no")) } });
    const mute = outgoing(({ verb }) => {
      if (verb === "reply") throw new HermodError("HERMOD_REJECTED", "no replies");
    }, "mute");
    await using stage = await on({ agents: [broken, echo], interceptors: [mute] });
    const { system, clock, spy } = stage;
    const asked = failure("HERMOD_TIMEOUT", system.call("broken", "say", 1, { timeout: "1s" }));
    await clock.settle();
    assert.ok(await isOpen(clock, asked));
    assert.equal(spy.of("listener.failed").length, 1);
    assert.equal((await system.stats()).delivery.running, 0);
    await clock.advance("1s");
    await asked;
  });

  test(`${name}: messages that a handler sends, and those of a transaction, pass the outgoing interceptors once`, async () => {
    const seen: string[] = [];
    const relay = agent("relay", {
      on: { notification: (payload, ctx) => ctx.cast("echo", "say", payload).then(() => undefined) },
    });
    const stamp = outgoing(({ to, payload }) => {
      seen.push(String(to));
      return to === "echo" ? { payload: `${String(payload)}!` } : undefined;
    });
    await using stage = await on({ agents: [relay, echo], interceptors: [stamp] });
    const { system, clock } = stage;
    for (const delivery of ["at-least-once", "exactly-once"] as const) {
      await system.cast("relay", "pass", "hi", { delivery });
      await clock.settle();
    }
    assert.deepEqual(seen, ["relay", "echo", "relay", "echo"]);
    assert.deepEqual(
      (await saidIn(system, "to:echo")).map(({ envelope, state }) => [envelope.payload, state]),
      [
        ["hi!", "done"],
        ["hi!", "done"],
      ],
    );
  });
}
