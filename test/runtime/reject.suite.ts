/** The busy rule "reject": what comes while its like is handled is turned away at once. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, contract } from "hermod";
import * as z from "zod";
import { Floor, Mail } from "./busy.kit.ts";
import { caught, lettersOf, only, saidIn, type On } from "./stage.ts";

const Line = contract("line", { calls: { work: { in: z.string(), out: z.string() } } });

export function rejectSuite(name: string, on: On): void {
  test(`${name}: a busy agent refuses calls and casts at once, and nothing of them is stored`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy: "reject" })] });
    const { system, clock, spy } = stage;
    const mail = new Mail(system);
    const first = mail.call("first");
    await clock.settle();
    for (const refused of [mail.call("second"), mail.cast("third")])
      assert.equal((await caught(refused)).code, "HERMOD_OVERLOADED");
    assert.deepEqual(
      (await saidIn(system)).map(({ envelope }) => envelope.payload),
      ["first"],
    );
    assert.deepEqual(
      spy.of("message.refused").map(({ envelope, code }) => [envelope.payload, code]),
      [
        ["second", "HERMOD_OVERLOADED"],
        ["third", "HERMOD_OVERLOADED"],
      ],
    );
    floor.end("first");
    assert.equal(await first, "first done");
    const next = mail.call("next");
    await clock.settle();
    floor.end("next");
    assert.equal(await next, "next done");
    assert.deepEqual([floor.started, await lettersOf(system)], [["first", "next"], []]);
  });

  test(`${name}: with concurrency n the agent is busy when n handlers run [50]`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy: "reject", concurrency: 3 })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    for (const text of ["1", "2", "3"]) await mail.cast(text);
    assert.equal((await caught(mail.cast("4"))).code, "HERMOD_OVERLOADED");
    await clock.settle();
    floor.end("2");
    await clock.settle();
    await mail.cast("5");
    await clock.settle();
    assert.deepEqual([...floor.running], ["1", "3", "5"]);
  });

  test(`${name}: what waits for a time keeps no agent busy, and has its turn when that has ended [50]`, async () => {
    const floor = new Floor();
    const retry = { retries: 1, base: "1m", jitter: "none" } as const;
    await using stage = await on({ agents: [floor.agent({ busy: "reject", retry })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    await mail.cast("fails");
    await clock.settle();
    floor.fail("fails");
    await clock.settle();
    await mail.cast("now");
    await system.send({ to: "floor", operation: "work", payload: "later", notBefore: clock.now() + 60_000 });
    await clock.advance("2m");
    assert.deepEqual([floor.started, [...floor.running]], [["fails", "now"], ["now"]]);
    floor.end("now");
    await clock.settle();
    assert.equal((await caught(mail.cast("refused"))).code, "HERMOD_OVERLOADED");
    for (const text of ["fails", "later"]) {
      floor.end(text);
      await clock.settle();
    }
    assert.deepEqual([floor.started, await lettersOf(system)], [["fails", "now", "fails", "later"], []]);
  });

  test(`${name}: of a thousand calls at once one is answered and the others hear Overloaded`, async () => {
    const floor = new Floor();
    await using stage = await on({ agents: [floor.agent({ busy: "reject" })] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    const calls = Array.from({ length: 1000 }, (_, at) => mail.call(`${at}`));
    const settled = Promise.allSettled(calls);
    await clock.settle();
    floor.end(only(floor.started));
    const answers = await settled;
    const codes = answers.flatMap((each) =>
      each.status === "rejected" ? [(each.reason as { code: string }).code] : [],
    );
    assert.deepEqual([codes.length, new Set(codes)], [999, new Set(["HERMOD_OVERLOADED"])]);
    const { calls: waiting, delivery } = await system.stats();
    assert.deepEqual([waiting.waiting, delivery.acknowledged, delivery.pending], [0, 1, 0]);
  });

  for (const apart of ["conversation", "key"] as const) {
    test(`${name}: kept apart by ${apart}, only what is of a busy one is refused`, async () => {
      const floor = new Floor();
      const options = apart === "key" ? { keyed: true as const } : { concurrency: { by: apart } };
      const line = agent(Line, { ...options, busy: "reject", on: { work: floor.handle as never } });
      await using stage = await on({ agents: [line] });
      const { system, clock, spy } = stage;
      const call = (text: string, which: string) =>
        system.call(apart === "key" ? Line.at(which) : Line, "work", text, {
          ...(apart === "conversation" && { conversation: which }),
          timeout: "10m",
        });
      const a1 = call("a1", "a");
      await clock.settle();
      const [a2, b1] = [caught(call("a2", "a")), call("b1", "b")];
      const refused = await a2;
      assert.deepEqual(
        [refused.code, (refused.details as { agent: string }).agent],
        ["HERMOD_OVERLOADED", "line"],
      );
      await clock.settle();
      for (const text of ["a1", "b1"]) floor.end(text);
      assert.deepEqual(await Promise.all([a1, b1]), ["a1 done", "b1 done"]);
      const a3 = call("a3", "a");
      await clock.settle();
      floor.end("a3");
      await a3;
      assert.deepEqual([floor.started, await lettersOf(system)], [["a1", "b1", "a3"], []]);
      const settled = spy.of("delivery.settled").map(({ settlement }) => settlement.type);
      assert.deepEqual(settled.filter((type) => type === "fail").length, 1);
    });
  }

  test(`${name}: a cast that comes to a busy conversation becomes a dead letter "overflow" with the error [C8]`, async () => {
    const floor = new Floor();
    const options = { busy: "reject", concurrency: { by: "conversation" } } as const;
    await using stage = await on({ agents: [floor.agent(options)] });
    const { system, clock } = stage;
    const mail = new Mail(system);
    const first = await mail.cast("a1", "a");
    await clock.settle();
    const second = await mail.cast("a2", "a");
    await clock.settle();
    const letter = only(await lettersOf(system));
    assert.deepEqual(
      [letter.envelope.id, letter.mailbox, letter.reason, letter.error?.code],
      [second.id, "floor", "overflow", "HERMOD_OVERLOADED"],
    );
    assert.match(letter.error?.message ?? "", new RegExp(first.id));
    floor.end("a1");
    await clock.settle();
    assert.equal((await system.deadLetters.redrive()).redriven, 1);
    await clock.settle();
    floor.end("a2");
    await clock.settle();
    const { delivery } = await system.stats();
    assert.deepEqual([floor.started, delivery.acknowledged, delivery.pending], [["a1", "a2"], 2, 0]);
  });

  test(`${name}: a published copy that a busy agent cannot take becomes a dead letter, the other copies are handled [19]`, async () => {
    const [floor, other] = [new Floor(), new Floor()];
    const topics = ["tide.*"];
    await using stage = await on({
      agents: [floor.agent({ busy: "reject", topics }), other.agent({ topics }, "other")],
    });
    const { system, clock } = stage;
    await system.publish("tide.low", "1");
    await clock.settle();
    await system.publish("tide.high", "2");
    await clock.settle();
    assert.deepEqual(floor.started, ["1"]);
    other.end("1");
    await clock.settle();
    assert.deepEqual(other.started, ["1", "2"]);
    const letter = only(await lettersOf(system));
    assert.deepEqual([letter.mailbox, letter.reason, letter.envelope.payload], ["floor", "overflow", "2"]);
  });

  test(`${name}: notices are never refused [25] [C15]`, async () => {
    const floor = new Floor();
    const byConversation = { by: "conversation", max: 1 } as const;
    await using stage = await on({
      agents: [
        floor.agent({ busy: "reject" }),
        floor.agent({ busy: "reject", concurrency: byConversation }, "apart"),
      ],
    });
    const { system, clock } = stage;
    await new Mail(system).cast("1");
    await new Mail(system, "apart").cast("2", "a");
    await clock.settle();
    await system.info("floor", "one");
    await system.info("apart", "two");
    await clock.settle();
    assert.deepEqual(floor.notices, ["one", "two"]);
  });
}
