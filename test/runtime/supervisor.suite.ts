/** Supervisors: children start in order and stop in reverse, and a crash takes along whom the strategy says. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, crash, exit, supervisor, type ChildStatus, type Context, type Strategy } from "hermod";
import type { TestSystem } from "hermod/testing";
import { crashOne, crashing, lifeOf, order, worker } from "./crew.kit.ts";
import { failure } from "./pull.kit.ts";
import { Gate, caught, only, type On, standing } from "./stage.ts";

const T0 = Date.UTC(2026, 0, 1);

/** A crew of three under one supervisor. */
function crew(strategy: Strategy, most = Infinity) {
  return supervisor("crew", { strategy, most, children: [worker("a"), worker("b"), worker("c")] });
}

function statesOf(status: ChildStatus): unknown[] {
  return (status.children ?? []).map(({ name, state, restarts }) => [name, state, restarts]);
}

async function served(stage: TestSystem, names: readonly string[]): Promise<void> {
  for (const name of names) assert.equal(await stage.system.call(name, "", name), name);
}

export function supervisorSuite(name: string, on: On): void {
  test(`${name}: a supervisor starts its children in order and stops them in reverse, and then none is left [83]`, async () => {
    const order: string[] = [];
    const init = ({ self }: { self: string }): void => void order.push(self);
    const children = ["a", "b", "c"].map((child) => worker(child, { init }));
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(supervisor("crew", { children }));
    assert.deepEqual(
      [order, system.agents()],
      [
        ["a", "b", "c"],
        ["a", "b", "c"],
      ],
    );
    const since = stage.spy.all.length;
    await running.stop();
    assert.deepEqual(lifeOf(stage, since), ["stopped c", "stopped b", "stopped a"]);
    assert.deepEqual([system.agents(), system.tree()], [[], []]);
    assert.deepEqual((await system.stats()).mailboxes, []);
    await clock.advance("1h");
    assert.equal(clock.waiting, 0);
  });

  test(`${name}: one crash of two one-for-one children restarts only that one: same identity, count 1, time set [83]`, async () => {
    const children = [worker("a"), worker("b")];
    await using stage = await on({ agents: [supervisor("crew", { children })] });
    const { system, clock } = stage;
    await clock.advance("7s");
    const since = stage.spy.all.length;
    await crashOne(stage, "b");
    assert.deepEqual(lifeOf(stage, since), ["crashed b", "started b", "restarted b"]);
    const [a, b] = only(system.tree()).children as ChildStatus[];
    const running = { type: "agent", restart: "permanent", state: "running" } as const;
    assert.deepEqual(a, { name: "a", ...running, restarts: 0, startedAt: T0 });
    const { error, message, ...rest } = b as ChildStatus;
    const restartedAt = T0 + 7000;
    assert.deepEqual(rest, { name: "b", ...running, restarts: 1, restartedAt, startedAt: restartedAt });
    assert.deepEqual([error?.message, typeof message], ["broken", "string"]);
    await served(stage, ["a", "b"]);
  });

  const plans = {
    "one-for-one": [
      [0, 1, 0],
      ["crashed b", "started b", "restarted b"],
    ],
    "one-for-all": [
      [1, 1, 1],
      [
        ...["crashed b", "stopped c", "stopped a", "started a", "started b", "started c"],
        ...["restarted a", "restarted b", "restarted c"],
      ],
    ],
    "rest-for-one": [
      [0, 1, 1],
      ["crashed b", "stopped c", "started b", "started c", "restarted b", "restarted c"],
    ],
  } as const;
  for (const [strategy, [counts, life]] of Object.entries(plans)) {
    test(`${name}: ${strategy} restarts exactly whom it should, and counts once for each [83]`, async () => {
      await using stage = await on({ agents: [crew(strategy as Strategy)] });
      const since = stage.spy.all.length;
      await crashOne(stage, "b");
      assert.deepEqual(lifeOf(stage, since), life);
      assert.deepEqual(
        only(stage.system.tree()).children?.map(({ restarts }) => restarts),
        counts,
      );
      await served(stage, ["a", "b", "c"]);
    });
  }

  test(`${name}: one-for-all counts one restart against the intensity, however many it takes along`, async () => {
    await using stage = await on({ agents: [crew("one-for-all")] });
    for (const child of ["a", "b", "c"]) await crashOne(stage, child);
    assert.deepEqual(statesOf(only(stage.system.tree())), [
      ["a", "running", 3],
      ["b", "running", 3],
      ["c", "running", 3],
    ]);
  });

  test(`${name}: a supervisor tells its strategy, and how many of the restarts that it allows were lately`, async () => {
    await using stage = await on({ agents: [crew("rest-for-one")] });
    const told = (): unknown => {
      const { strategy, intensity } = only(stage.system.tree());
      return [strategy, intensity?.used];
    };
    const { restarts, period } = only(stage.system.tree()).intensity ?? {};
    assert.ok(restarts !== undefined && restarts > 1 && period !== undefined);
    assert.deepEqual(told(), ["rest-for-one", 0]);
    await crashOne(stage, "c");
    assert.deepEqual(told(), ["rest-for-one", 1]);
    await stage.clock.advance(period);
    assert.deepEqual(told(), ["rest-for-one", 0]);
  });

  test(`${name}: siblings that crash at the same time are restarted once by one-for-all`, async () => {
    const gate = new Gate();
    const fall = async (): Promise<void> => gate.passed.then(() => Promise.reject(crash("broken")));
    const children = ["a", "b", "c"].map((child) => agent(child, { on: { request: fall } }));
    await using stage = await on({ agents: [supervisor("crew", { strategy: "one-for-all", children })] });
    const { system, clock } = stage;
    const crashes = Promise.all(["a", "b", "c"].map((child) => crashing(system, child)));
    await clock.settle();
    const since = stage.spy.all.length;
    gate.open();
    await crashes;
    await clock.settle();
    const life = lifeOf(stage, since);
    assert.deepEqual(life.filter((line) => line.startsWith("crashed")).toSorted(), [
      "crashed a",
      "crashed b",
      "crashed c",
    ]);
    assert.deepEqual(
      life.filter((line) => line.startsWith("started")),
      ["started a", "started b", "started c"],
    );
    assert.deepEqual(statesOf(only(system.tree())), [
      ["a", "running", 1],
      ["b", "running", 1],
      ["c", "running", 1],
    ]);
  });

  test(`${name}: at most 2 means that the third crash within the period escalates [83]`, async () => {
    const intensity = { restarts: 2, period: "10s" } as const;
    const def = supervisor("crew", { intensity, children: [worker("a"), worker("b")] });
    await using stage = await on({ agents: [def] });
    const { clock, spy, system } = stage;
    for (const after of [0, 5000]) {
      await clock.advance(after);
      await crashOne(stage, "a");
    }
    assert.deepEqual(spy.of("supervisor.escalated"), []);
    await clock.advance(4999);
    const since = spy.all.length;
    await crashOne(stage, "b");
    assert.deepEqual(lifeOf(stage, since), [
      ...["crashed b", "stopped b", "stopped a", "escalated crew", "failed crew"],
    ]);
    assert.deepEqual(standing(system), []);
  });

  test(`${name}: a restart exactly one period ago counts no more [83]`, async () => {
    const intensity = { restarts: 2, period: "10s" } as const;
    await using stage = await on({ agents: [supervisor("crew", { intensity, children: [worker("a")] })] });
    const { clock } = stage;
    for (const after of [0, 5000, 5000, 5000, 5000]) {
      await clock.advance(after);
      await crashOne(stage, "a");
    }
    assert.deepEqual(stage.spy.of("supervisor.escalated"), []);
    assert.deepEqual(statesOf(only(stage.system.tree())), [["a", "running", 5]]);
  });

  const fates = [
    ["permanent", "exit", "restarted"],
    ["permanent", "crash", "restarted"],
    ["transient", "exit", "gone"],
    ["transient", "crash", "restarted"],
    ["temporary", "exit", "gone"],
    ["temporary", "crash", "gone"],
  ] as const;
  for (const [restart, end, fate] of fates) {
    test(`${name}: a ${restart} child that ends by ${end} is ${fate}, and its siblings are left alone [83]`, async () => {
      const children = [worker("a"), { child: worker("b"), restart }, worker("c")];
      await using stage = await on({ agents: [supervisor("crew", { children })] });
      const { system, clock } = stage;
      await order(system, "b", end);
      await clock.settle();
      const isGone = fate === "gone";
      assert.deepEqual(statesOf(only(system.tree())), [
        ["a", "running", 0],
        ...(isGone ? [] : [["b", "running", 1]]),
        ["c", "running", 0],
      ]);
      if (isGone) assert.equal((await caught(system.call("b", "", 1))).code, "HERMOD_NO_AGENT");
      await served(stage, isGone ? ["a", "c"] : ["a", "b", "c"]);
      assert.deepEqual(stage.spy.of("supervisor.escalated"), []);
    });
  }

  test(`${name}: a child that is gone can be spawned anew, under its supervisor or without`, async () => {
    const child = worker("b", { init: () => undefined });
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(
      supervisor("crew", { children: [worker("a"), { child, restart: "temporary" }] }),
    );
    await crashOne(stage, "b");
    await system.spawn(child);
    await served(stage, ["b"]);
    await order(system, "b", "exit");
    await clock.settle();
    await running.spawn({ child, restart: "temporary" });
    await served(stage, ["b"]);
    await running.remove("b");
    const alone = await system.spawn(child);
    await served(stage, ["b"]);
    await alone.stop();
    await running.spawn(child);
    await served(stage, ["a", "b"]);
  });

  test(`${name}: a temporary sibling that is stopped for a restart goes for good`, async () => {
    const children = [worker("a"), worker("b"), { child: worker("c"), restart: "temporary" as const }];
    await using stage = await on({ agents: [supervisor("crew", { strategy: "one-for-all", children })] });
    await crashOne(stage, "a");
    assert.deepEqual(statesOf(only(stage.system.tree())), [
      ["a", "running", 1],
      ["b", "running", 1],
    ]);
    assert.deepEqual(stage.system.agents(), ["a", "b"]);
  });

  test(`${name}: with at most 2 children the third spawn is refused, also of two at the same time [83]`, async () => {
    await using stage = await on();
    const running = await stage.system.spawn(supervisor("crew", { most: 2, children: [worker("a")] }));
    const both = await Promise.allSettled([running.spawn(worker("b")), running.spawn(worker("c"))]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    const error = await failure("HERMOD_BAD_OPTION", running.spawn(worker("d")));
    assert.equal(error.message, "supervisor crew may have 2 children at most");
    assert.deepEqual(stage.system.agents(), ["a", "b"]);
    await running.remove("a");
    await running.spawn(worker("c"));
    assert.deepEqual(statesOf(running.status()), [
      ["b", "running", 0],
      ["c", "running", 0],
    ]);
  });

  test(`${name}: of two children of one name that are added at the same time one is refused`, async () => {
    await using stage = await on();
    const running = await stage.system.spawn(supervisor("crew", { children: [] }));
    const both = await Promise.allSettled([running.spawn(worker("a")), running.spawn(worker("a"))]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["fulfilled", "rejected"],
    );
    await failure("HERMOD_DUPLICATE_AGENT", running.spawn(worker("a")));
    await failure("HERMOD_DUPLICATE_AGENT", stage.system.spawn(worker("a")));
    assert.deepEqual(statesOf(running.status()), [["a", "running", 0]]);
  });

  test(`${name}: a child that is added is started last, supervised, and stopped first`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    const running = await system.spawn(
      supervisor("crew", { strategy: "rest-for-one", children: [worker("a")] }),
    );
    await running.spawn(worker("b"));
    await crashOne(stage, "a");
    assert.deepEqual(statesOf(running.status()), [
      ["a", "running", 1],
      ["b", "running", 1],
    ]);
    const since = stage.spy.all.length;
    await running.stop();
    assert.deepEqual(lifeOf(stage, since), ["stopped b", "stopped a"]);
    await clock.settle();
  });

  test(`${name}: a removed child is stopped with what waits for it, and no other`, async () => {
    await using stage = await on();
    const { system } = stage;
    const running = await system.spawn(crew("one-for-all"));
    await running.remove("b");
    assert.deepEqual(system.agents(), ["a", "c"]);
    const error = await failure("HERMOD_NO_AGENT", running.remove("b"));
    assert.match(error.message, /^supervisor crew has no child "b"/);
    assert.deepEqual(error.details, { known: ["a", "c"] });
    await served(stage, ["a", "c"]);
  });

  test(`${name}: a supervisor that was stopped takes no children, and lets go of none that bear their names now`, async () => {
    await using stage = await on();
    const { system } = stage;
    const running = await system.spawn(crew("one-for-one"));
    await running.stop();
    await failure("HERMOD_CLOSED", running.spawn(worker("d")));
    assert.deepEqual(system.agents(), []);
    await system.spawn(worker("d"));
    await system.spawn(worker("a"));
    await failure("HERMOD_CLOSED", running.remove("a"));
    await served(stage, ["a", "d"]);
  });

  test(`${name}: names are unique in a tree and in a system, and nothing starts before that is known [83]`, async () => {
    assert.throws(() => supervisor("x", { children: [worker("a"), worker("a")] }), {
      code: "HERMOD_DUPLICATE_AGENT",
      message: 'supervisor x contains "a" twice',
    });
    assert.throws(() => supervisor("x", { children: [worker("x")] }), { code: "HERMOD_DUPLICATE_AGENT" });
    const deep = supervisor("y", { children: [worker("a")] });
    assert.throws(() => supervisor("x", { children: [worker("a"), deep] }), {
      code: "HERMOD_DUPLICATE_AGENT",
    });
    await using stage = await on({ agents: [worker("c")] });
    await failure("HERMOD_DUPLICATE_AGENT", stage.system.spawn(crew("one-for-one")));
    assert.deepEqual(stage.system.agents(), ["c"]);
    const taken = supervisor("c", { children: [worker("d")] });
    await failure("HERMOD_DUPLICATE_AGENT", stage.system.spawn(taken));
    await stage.system.spawn(supervisor("e", { children: [] }));
    await failure("HERMOD_DUPLICATE_AGENT", stage.system.spawn(worker("e")));
    assert.deepEqual(stage.system.agents(), ["c"]);
    assert.deepEqual(lifeOf(stage), ["started c"]);
  });

  test(`${name}: the status of a tree is plain data with every level [83]`, async () => {
    const deep = supervisor("deep", { children: [{ child: worker("b"), restart: "transient" }] });
    await using stage = await on({
      agents: [supervisor("top", { children: [worker("a"), deep] }), worker("z")],
    });
    await crashOne(stage, "b");
    const tree = stage.system.tree();
    assert.deepEqual(JSON.parse(JSON.stringify(tree)), tree);
    const brief = ({ name, type, restart, children }: ChildStatus): unknown[] => [
      ...[name, type, restart],
      ...(children ? [children.map(brief)] : []),
    ];
    const below = [
      ["a", "agent", "permanent"],
      ["deep", "supervisor", "permanent", [["b", "agent", "transient"]]],
    ];
    assert.deepEqual(tree.map(brief), [
      ["top", "supervisor", "transient", below],
      ["z", "agent", "transient"],
    ]);
  });

  test(`${name}: messages to siblings that are being restarted wait, and are handled after [83]`, async () => {
    const gate = new Gate();
    let starts = 0;
    const slow = worker("a", { init: () => (starts++ > 0 ? gate.passed : undefined) });
    const children = [slow, worker("b")];
    await using stage = await on({ agents: [supervisor("crew", { strategy: "one-for-all", children })] });
    const { system, clock } = stage;
    await crashOne(stage, "a");
    const asked = Promise.all([system.call("a", "", 1), system.call("b", "", 2)]);
    const told = await system.cast("b", "", 3);
    await clock.settle();
    gate.open();
    assert.deepEqual(await asked, [1, 2]);
    await clock.settle();
    const { items } = await system.history({ where: `id:${told.id}` });
    assert.equal(only(items).state, "done");
  });

  test(`${name}: a handler has the child's timeout to end before a sibling's restart goes on`, async () => {
    const gate = new Gate();
    const contexts: Context[] = [];
    const slow = agent("slow", { on: { notification: (_, ctx) => (contexts.push(ctx), gate.passed) } });
    const children = [worker("a"), { child: slow, timeout: "2s" as const }];
    await using stage = await on({ agents: [supervisor("crew", { strategy: "one-for-all", children })] });
    const { system, clock } = stage;
    await system.cast("slow", "", 1);
    await clock.settle();
    assert.equal(contexts[0]?.signal.aborted, false);
    await crashOne(stage, "a");
    await clock.advance(1999);
    assert.deepEqual([contexts.length, contexts[0]?.signal.aborted], [1, false]);
    await clock.advance(1);
    assert.equal(contexts[0]?.signal.aborted, true);
    // What ran was given back without an attempt.
    assert.deepEqual(
      [contexts.length, statesOf(only(system.tree()))],
      [
        2,
        [
          ["a", "running", 1],
          ["slow", "running", 1],
        ],
      ],
    );
    const starts = stage.spy.of("delivery.started").filter(({ mailbox }) => mailbox === "slow");
    assert.deepEqual(
      starts.map(({ attempt }) => attempt),
      [1, 1],
    );
    gate.open();
  });

  test(`${name}: a child that crashes while its siblings still start is restarted when they have`, async () => {
    const gate = new Gate();
    const children = [worker("a"), worker("b", { init: () => gate.passed })];
    await using stage = await on();
    const { system, clock } = stage;
    const spawned = system.spawn(supervisor("crew", { children }));
    await clock.settle();
    await crashOne(stage, "a");
    gate.open();
    const running = await spawned;
    await clock.settle();
    assert.deepEqual(statesOf(running.status()), [
      ["a", "running", 1],
      ["b", "running", 0],
    ]);
    await served(stage, ["a", "b"]);
  });

  test(`${name}: a supervisor that is stopped while it restarts a child leaves none running`, async () => {
    for (const top of [false, true]) {
      const gate = new Gate();
      let starts = 0;
      const slow = worker("slow", { init: () => (starts++ > 0 ? gate.passed : undefined) });
      const inner = supervisor("inner", { children: [slow] });
      await using stage = await on();
      const { system, clock } = stage;
      const running = await system.spawn(top ? inner : supervisor("outer", { children: [inner] }));
      await crashOne(stage, "slow");
      const stopped = running.stop();
      await clock.settle();
      gate.open();
      await stopped;
      await clock.settle();
      assert.deepEqual([system.agents(), system.tree()], [[], []]);
      await failure("HERMOD_NO_AGENT", system.cast("slow", "", 1));
      await clock.advance("1m");
      assert.equal(clock.waiting, 0);
    }
  });

  test(`${name}: an agent that is stopped while it is being restarted stays down`, async () => {
    const gate = new Gate();
    let starts = 0;
    await using stage = await on();
    const { system } = stage;
    const running = await system.spawn(worker("a", { init: () => (starts++ > 0 ? gate.passed : undefined) }));
    await crashOne(stage, "a");
    const stopped = running.stop();
    gate.open();
    await stopped;
    assert.deepEqual([system.agents(), system.tree()], [[], []]);
    await system.spawn(worker("a"));
    await served(stage, ["a"]);
  });

  test(`${name}: a handle stops nothing that was started after its own agent had ended`, async () => {
    await using stage = await on();
    const { system, clock } = stage;
    for (const options of [{}, { init: () => undefined }]) {
      const first = await system.spawn(worker("a", options));
      await order(system, "a", "exit");
      await clock.settle();
      const second = await system.spawn(worker("a", options));
      await first.stop();
      await served(stage, ["a"]);
      await crashOne(stage, "a");
      await second.stop();
      assert.deepEqual(system.agents(), []);
    }
  });

  test(`${name}: a thousand children start, crash together and are all restarted`, async () => {
    const children = Array.from({ length: 1000 }, (_, at) => worker(`w${at}`));
    const intensity = { restarts: 1000 };
    await using stage = await on({ agents: [supervisor("crew", { intensity, children })] });
    const { system, clock, spy } = stage;
    const crashes = children.map(({ address }) => crashing(system, address));
    for (const crashed of crashes) assert.equal((await crashed).code, "HERMOD_FAILED");
    await clock.settle();
    assert.deepEqual([spy.of("agent.crashed").length, spy.of("agent.restarted").length], [1000, 1000]);
    const { children: all } = only(system.tree());
    assert.ok(all?.every(({ state, restarts }) => state === "running" && restarts === 1));
    await served(stage, ["w0", "w500", "w999"]);
    assert.equal(system.agents().length, 1000);
  });

  test(`${name}: a permanent child that exits or crashes is started again with its last committed state`, async () => {
    const counter = agent("counter", {
      state: () => ({ n: 0 }),
      on: {
        request: (what, ctx) => {
          ctx.state.n++;
          if (what === "exit") throw exit(ctx.state.n);
          if (what === "crash") throw crash("no");
          return ctx.state.n;
        },
      },
    });
    await using stage = await on({ agents: [supervisor("crew", { children: [counter] })] });
    const { system, clock } = stage;
    assert.equal(await system.call("counter", "", "count"), 1);
    assert.equal(await system.call("counter", "", "exit"), 2);
    await clock.settle();
    await crashOne(stage, "counter");
    assert.equal(await system.call("counter", "", "count"), 3);
  });
}
