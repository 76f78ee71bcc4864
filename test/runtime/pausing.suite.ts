/** Pausing, draining and restarting one agent by hand: nothing is refused and nothing lost. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, pool, supervisor, type AgentOptions } from "hermod";
import { crashOne, lifeOf, obey, worker } from "./crew.kit.ts";
import { Jobs, given, isOpen } from "./pull.kit.ts";
import { Gate, caught, only, sorted, type On } from "./stage.ts";

/** An agent that keeps what it handled, and can be made to wait. */
function recorder(name: string, options: AgentOptions<undefined> = {}) {
  const self = { seen: [] as unknown[], aborted: 0, notices: [] as unknown[], gate: new Gate() };
  const definition = agent(name, {
    retry: { base: "1s", jitter: "none" },
    ...options,
    on: {
      request: (what) => (self.seen.push(what), what),
      notification: async (what, ctx) => {
        self.seen.push(what);
        if (what !== "wait") return obey(what);
        ctx.signal.addEventListener("abort", () => self.aborted++);
        await self.gate.passed;
      },
      info: (notice) => void self.notices.push(notice),
    },
  });
  return { self, definition };
}

export function pausingSuite(name: string, on: On): void {
  test(`${name}: what comes for a paused agent waits in its order, calls until their timeout, and a resume lets it through`, async () => {
    const { self, definition } = recorder("a");
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    assert.equal(await system.pause("a"), true);
    assert.equal(only(system.tree()).paused, true);
    await system.cast("a", "", 1);
    const late = caught(system.call("a", "", "late", { timeout: "1s" }));
    const asked = system.call("a", "", 2, { timeout: "1h" });
    assert.equal(await isOpen(clock, asked), true);
    assert.equal((await system.mailbox("a").stats()).waiting, 3);
    await clock.advance("2s");
    assert.equal((await late).code, "HERMOD_TIMEOUT");
    assert.deepEqual(self.seen, []);
    system.resume("a");
    assert.equal(await asked, 2);
    assert.deepEqual([self.seen, only(system.tree()).paused], [[1, 2], undefined]);
  });

  test(`${name}: nothing begins after a pause, also where the store was asked before`, async () => {
    const { self, definition } = recorder("a");
    await using stage = await on({ agents: [definition, pool(worker("p"), { size: 2 })] });
    const { system, clock, spy } = stage;
    for (const each of ["a", "p"]) {
      for (let n = 0; n < 3; n++) await system.cast(each, "", n);
      void system.cast(each, "", 3);
      await system.pause(each);
    }
    await system.pause("a", { drain: true });
    const begun = spy.of("delivery.started").length;
    await clock.advance("5s");
    assert.equal(spy.of("delivery.started").length, begun);
    system.resume("a");
    system.resume("p");
    await clock.settle();
    assert.deepEqual([self.seen, spy.of("delivery.started").length], [[0, 1, 2, 3], 8]);
  });

  test(`${name}: an end that works off what waits leaves what waits for a paused agent`, async () => {
    const { self, definition } = recorder("a");
    const stage = await on({ agents: [definition] });
    await stage.system.pause("a");
    await stage.system.cast("a", "", 1);
    await stage.system.close({ waiting: true });
    assert.deepEqual(self.seen, []);
    await stage[Symbol.asyncDispose]();
  });

  test(`${name}: notices, and replies to what a paused agent asked, still come`, async () => {
    const { self, definition } = recorder("a");
    const gate = new Gate();
    const slow = agent("slow", { on: { request: () => gate.passed.then(() => "late") } });
    const asker = agent("asker", { on: { request: (_, ctx) => ctx.call("slow", "", 1) } });
    await using stage = await on({ agents: [definition, slow, asker] });
    const { system, clock } = stage;
    const asked = system.call("asker", "", 1);
    await clock.settle();
    await Promise.all([system.pause("a"), system.pause("asker")]);
    await system.info("a", "news");
    await clock.settle();
    assert.deepEqual(self.notices, ["news"]);
    gate.open();
    assert.equal(await asked, "late");
  });

  test(`${name}: a drain ends when what runs has ended, or its time is over; nothing is aborted`, async () => {
    const { self, definition } = recorder("a");
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    await system.cast("a", "", "wait");
    await system.cast("a", "", "behind");
    await clock.settle();
    assert.equal(await system.pause("a"), false);
    const short = system.pause("a", { drain: true, timeout: "1s" });
    assert.equal(await isOpen(clock, short), true);
    await clock.advance("1s");
    assert.equal(await short, false);
    const drained = system.pause("a", { drain: true });
    assert.equal(await isOpen(clock, drained), true);
    self.gate.open();
    assert.equal(await drained, true);
    await clock.settle();
    assert.deepEqual([self.seen, self.aborted], [["wait"], 0]);
    system.resume("a");
    await clock.settle();
    assert.deepEqual(self.seen, ["wait", "behind"]);
  });

  for (const balance of ["round-robin", "broadcast", "key"] as const)
    test(`${name}: a pool (${balance}) is paused with all its members, those that come later too`, async () => {
      const { self, definition } = recorder("p");
      await using stage = await on({ agents: [pool(definition, { size: 2, balance })] });
      const { system, clock } = stage;
      await system.pause("p");
      await system.pool("p").resize(3);
      for (const n of [1, 2, 3, 4]) await system.cast("p", "", n);
      await clock.settle();
      assert.deepEqual(self.seen, []);
      const { paused, children = [] } = only(system.tree());
      assert.deepEqual([paused, ...children.map((child) => child.paused)], [true, true, true, true]);
      system.resume("p");
      await clock.settle();
      const times = balance === "broadcast" ? [1, 2, 3] : [1];
      assert.deepEqual(sorted(self.seen), sorted([1, 2, 3, 4].flatMap((n) => times.map(() => n))));
    });

  test(`${name}: a paused member leaves its work to the others`, async () => {
    const { self, definition } = recorder("p");
    await using stage = await on({ agents: [pool(definition, { size: 2 })] });
    const { system } = stage;
    await system.pause("p/1");
    for (const what of ["1", "2", "3"]) await system.call("p", "", what);
    assert.deepEqual(self.seen, ["1", "2", "3"]);
    assert.deepEqual(
      only(system.tree()).children?.map(({ paused }) => paused),
      [true, undefined],
    );
  });

  test(`${name}: a paused mailbox gives nothing to who pulls, and a drain waits for what is held`, async () => {
    await using stage = await on({ pull: [Jobs] });
    const { system, clock } = stage;
    const box = system.mailbox(Jobs);
    await system.cast(Jobs, "note", { text: "one" });
    await system.cast(Jobs, "note", { text: "two" });
    const held = given(await box.receive());
    const drained = system.pause(Jobs, { drain: true });
    const next = box.receive();
    assert.equal(await box.tryReceive(), undefined);
    assert.deepEqual(await box.receiveAll(), []);
    assert.equal(await isOpen(clock, drained), true);
    await held.ack();
    assert.equal(await drained, true);
    assert.equal(await isOpen(clock, next), true);
    assert.equal((await box.stats()).waiting, 1);
    system.resume(Jobs);
    assert.deepEqual(given(await next).payload, { text: "two" });
  });

  test(`${name}: what waits in hand for its turn goes back when its agent is paused, and comes again`, async () => {
    const { self, definition } = recorder("a", { busy: "interrupt", concurrency: 1 });
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    await system.cast("a", "", "wait");
    await clock.settle();
    await system.cast("a", "", 1);
    await clock.settle();
    await system.pause("a");
    self.gate.open();
    await clock.settle();
    assert.equal(self.seen.length, 1);
    system.resume("a");
    await clock.advance("1m");
    assert.deepEqual(self.seen.slice(0, 2), ["wait", 1]);
  });

  test(`${name}: a pause outlives a crash and a restart of the agent, and ends with the agent`, async () => {
    const { self, definition } = recorder("a");
    await using stage = await on({});
    const { system, clock } = stage;
    const first = await system.spawn(definition);
    await system.pause("a");
    await system.restart("a");
    await system.cast("a", "", 1);
    await clock.settle();
    assert.deepEqual([self.seen, only(system.tree()).paused], [[], true]);
    await first.stop();
    await system.spawn(definition);
    assert.equal(await system.call("a", "", 2), 2);
  });

  test(`${name}: an agent that is restarted by hand is told to stop, and its message comes again`, async () => {
    const { self, definition } = recorder("a");
    await using stage = await on({ agents: [definition] });
    const { system, clock } = stage;
    await system.cast("a", "", "wait");
    await clock.settle();
    await system.restart("a");
    assert.equal(self.aborted, 1);
    self.gate.open();
    await clock.advance("1s");
    assert.deepEqual(self.seen, ["wait", "wait"]);
    assert.equal(only(system.tree()).restarts, 1);
    assert.deepEqual(lifeOf(stage), ["started a", "started a", "restarted a"]);
  });

  test(`${name}: restarts by hand take siblings along as a crash does, and count as restarts, not against the intensity`, async () => {
    const children = [{ child: worker("a"), restart: "temporary" }, worker("b"), worker("c")] as const;
    const crew = supervisor("crew", { strategy: "rest-for-one", intensity: { restarts: 1 }, children });
    await using stage = await on({ agents: [crew] });
    const { system, clock } = stage;
    for (let n = 0; n < 5; n++) await system.restart("b");
    await system.restart("a");
    assert.deepEqual(
      only(system.tree()).children?.map(({ restarts, state }) => [restarts, state]),
      [
        [1, "running"],
        [6, "running"],
        [6, "running"],
      ],
    );
    await caught(system.call("b", "", "crash"));
    await clock.settle();
    assert.equal(await system.call("b", "", 1), 1);
  });

  test(`${name}: the members of a pool are restarted one after the other, or one alone`, async () => {
    await using stage = await on({ agents: [pool(worker("p"), { size: 2 })] });
    const { system } = stage;
    await system.restart("p");
    await system.restart("p/2");
    assert.deepEqual(
      only(system.tree()).children?.map(({ restarts }) => restarts),
      [1, 2],
    );
    assert.equal(await system.call("p", "", 1), 1);
  });

  test(`${name}: a supervisor is restarted with all below it, in order; siblings go along as its own supervisor says`, async () => {
    const { self, definition } = recorder("b");
    const kitchen = supervisor("kitchen", { children: [definition, pool(worker("p"), { size: 2 })] });
    const shop = supervisor("shop", {
      strategy: "rest-for-one",
      children: [worker("a"), kitchen, worker("z")],
    });
    await using stage = await on({ agents: [shop] });
    const { system, clock } = stage;
    await system.cast("b", "", "wait");
    await clock.settle();
    let since = stage.spy.all.length;
    await system.restart("kitchen");
    const started = ["started b", "started p/1", "started p/2"];
    assert.deepEqual(
      lifeOf(stage, since).filter((life) => life !== "stopped z"),
      [...started, "started z", "restarted kitchen", "restarted z"],
    );
    self.gate.open();
    await clock.advance("1s");
    assert.deepEqual([self.aborted, self.seen], [1, ["wait", "wait"]]);
    since = stage.spy.all.length;
    await system.restart("shop");
    assert.deepEqual(lifeOf(stage, since), ["started a", ...started, "started z", "restarted shop"]);
    const { restarts, children = [], intensity } = only(system.tree());
    assert.deepEqual([restarts, intensity?.used, children.map((each) => each.restarts)], [1, 0, [0, 1, 1]]);
    for (const each of ["a", "p", "z"]) assert.equal(await system.call(each, "", 1), 1);
    await crashOne(stage, "a");
    assert.equal(await system.call("p", "", 2), 2);
  });

  test(`${name}: what does not run here can be neither paused, resumed nor restarted`, async () => {
    await using stage = await on({ agents: [worker("critic")], pull: [Jobs] });
    const { system } = stage;
    const acts: readonly ((target: string) => Promise<unknown>)[] = [
      (target) => system.pause(target),
      (target) => system.restart(target),
      async (target) => system.resume(target),
    ];
    for (const act of acts) {
      const error = await caught(act("crtic"));
      assert.deepEqual([error.code, error.message.includes('"critic"')], ["HERMOD_NO_AGENT", true]);
    }
    assert.equal((await caught(system.restart(Jobs))).code, "HERMOD_NO_AGENT");
    for (const options of [{ drain: 1 }, { timeout: "soon" }, { wait: true }])
      assert.equal((await caught(system.pause("critic", options as never))).code, "HERMOD_BAD_OPTION");
    assert.equal(only(system.tree()).paused, undefined);
  });
}
