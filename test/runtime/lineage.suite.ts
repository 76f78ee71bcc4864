/** Lineage: where a message comes from (conversation, cause, hops, trace), and what it carries beside its payload. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type Envelope } from "hermod";
import { caught, saidIn, type On } from "./stage.ts";

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const OTHER = "00-11111111111111111111111111111111-2222222222222222-01";

const last = agent("last", { on: { request: () => "done", notification: () => undefined } });

/** An agent that calls and casts to the last one. */
const middle = agent("middle", {
  on: {
    request: async (_, { call, cast }) => {
      await cast("last", "cast", {});
      return call("last", "call", {});
    },
  },
});

const first = agent("first", { on: { request: (_, ctx) => ctx.call("middle", "call", {}) } });

export function lineageSuite(name: string, on: On): void {
  test(`${name}: what a handler sends inherits conversation and trace [(42)]`, async () => {
    await using stage = await on({ agents: [first, middle, last] });
    const { system, clock } = stage;
    await system.call("first", "", {}, { conversation: "c-1", trace: TRACE });
    await clock.settle();
    const all = (await saidIn(system)).map(({ envelope }) => envelope);
    assert.equal(all.length, 7, "three requests, three replies, a cast");
    for (const { conversationId, trace } of all) assert.deepEqual([conversationId, trace], ["c-1", TRACE]);
  });

  test(`${name}: each message names the one whose handling sent it, and the agents on its way`, async () => {
    await using stage = await on({ agents: [first, middle, last] });
    const { system, clock } = stage;
    await system.call("first", "", {});
    await clock.settle();
    const all = (await saidIn(system)).map(({ envelope }) => envelope);
    const find = (type: string, to: string): Envelope =>
      all.find((one) => one.type === type && one.to === to) as Envelope;
    const [one, two, three, note] = [
      find("request", "first"),
      find("request", "middle"),
      find("request", "last"),
      find("notification", "last"),
    ];
    assert.deepEqual(
      [one.causeId, two.causeId, three.causeId, note.causeId],
      [undefined, one.id, two.id, two.id],
    );
    assert.deepEqual(
      [one.hops, two.hops, three.hops, note.hops],
      [[], ["first"], ["first", "middle"], ["first", "middle"]],
    );
    for (const reply of all.filter(({ verb }) => verb === "reply")) {
      const request = all.find(({ id }) => id === reply.inReplyTo) as Envelope;
      assert.deepEqual(
        [reply.causeId, reply.correlationId, reply.conversationId],
        [request.id, request.id, request.conversationId],
      );
      assert.deepEqual(reply.hops, [...request.hops, request.to]);
    }
  });

  test(`${name}: a message from outside opens a conversation of its own, unless it is told one`, async () => {
    await using stage = await on({ agents: [last] });
    const { system } = stage;
    const [one, two] = [await system.cast("last", "", {}), await system.cast("last", "", {})];
    assert.deepEqual([one.conversationId, two.conversationId], [one.id, two.id]);
    assert.equal((await system.cast("last", "", {}, { conversation: "c-1" })).conversationId, "c-1");
    assert.equal((await system.send({ to: "last", conversationId: "c-2" })).conversationId, "c-2");
  });

  test(`${name}: a handler may open another conversation or trace for a message`, async () => {
    const sent: Envelope[] = [];
    const opener = agent("opener", {
      on: {
        request: async (_, ctx) =>
          void sent.push(await ctx.cast("last", "", {}, { conversation: "c-2", trace: OTHER })),
      },
    });
    await using stage = await on({ agents: [opener, last] });
    await stage.system.call("opener", "", {}, { conversation: "c-1", trace: TRACE });
    assert.deepEqual([sent[0]?.conversationId, sent[0]?.trace], ["c-2", OTHER]);
  });

  test(`${name}: a conversation is read in order, and holds nothing of others`, async () => {
    await using stage = await on({ agents: [first, middle, last] });
    const { system, clock } = stage;
    await Promise.all(["c-1", "c-2"].map((conversation) => system.call("first", "", {}, { conversation })));
    await clock.settle();
    const all = (await system.conversation("c-1")).map(({ envelope }) => envelope);
    assert.deepEqual(
      all.map(({ type, to }) => `${type} ${to?.replace(system.address, "system")}`),
      [
        "request first",
        "request middle",
        "notification last",
        "request last",
        "response system/middle",
        "response system/first",
        "response system",
      ],
    );
    assert.ok(all.every(({ conversationId }) => conversationId === "c-1"));
  });

  test(`${name}: an agent's handler sees its conversation, its message and its own address, and may take its tools out of the context`, async () => {
    const seen: unknown[] = [];
    const taker = agent("taker", {
      on: {
        request: async (_, ctx: Context) => {
          const { call, cast, reply, log, conversation, envelope, self, idempotencyKey, signal, deadline } =
            ctx;
          log.info("began");
          await cast("last", "", {});
          seen.push(
            await call("last", "", {}),
            conversation,
            envelope.conversationId,
            self,
            idempotencyKey,
            signal.aborted,
            deadline,
          );
          await reply("answered");
        },
      },
    });
    await using stage = await on({ agents: [taker, last] });
    const { system, clock } = stage;
    assert.equal(await system.call("taker", "", {}, { conversation: "c-1", key: "k-1" }), "answered");
    assert.deepEqual(seen, ["done", "c-1", "c-1", "taker", "k-1", false, clock.now() + 30_000]);
  });

  test(`${name}: metadata arrives as it was sent, frozen, and is not inherited`, async () => {
    const seen: Envelope[] = [];
    const keeper = agent("keeper", {
      on: {
        request: async (_, { envelope, cast }) => (seen.push(envelope), await cast("keeper", "", {}), "kept"),
        notification: (_, { envelope }) => void seen.push(envelope),
      },
    });
    await using stage = await on({ agents: [keeper] });
    const { system, clock } = stage;
    const metadata = { tenant: "bay", tags: ["a"] };
    await system.call("keeper", "", {}, { metadata });
    await clock.settle();
    assert.deepEqual(
      seen.map(({ metadata: kept }) => kept),
      [{ tenant: "bay", tags: ["a"] }, {}],
    );
    assert.ok(Object.isFrozen(seen[0]?.metadata) && Object.isFrozen(seen[0]?.metadata["tags"]));
    assert.deepEqual(
      (await system.history({ where: "metadata.tenant:bay" })).items.map(({ envelope }) => envelope.verb),
      ["call"],
    );
    const error = await caught(system.cast("keeper", "", {}, { metadata: { text: "x".repeat(20_000) } }));
    assert.equal(error.code, "HERMOD_TOO_LARGE");
  });

  test(`${name}: an envelope cannot be changed by a handler, nor its payload`, async () => {
    const errors: unknown[] = [];
    const attempt = (change: () => void): void => {
      try {
        change();
      } catch (error) {
        errors.push((error as Error).name);
      }
    };
    const forger = agent("forger", {
      on: {
        request: (payload, { envelope }) => {
          attempt(() => void ((envelope as { from: string }).from = "mallory"));
          attempt(() => void (payload as { list: number[] }).list.push(1));
          return envelope.from;
        },
      },
    });
    await using stage = await on({ agents: [forger] });
    assert.equal(await stage.system.call("forger", "", { list: [] }), stage.system.address);
    assert.deepEqual(errors, ["TypeError", "TypeError"]);
  });
}
