/** Leaving: a broadcast pool that is made smaller; who goes works off the copies that wait for it, and gets no new ones. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  agent,
  crash,
  memory,
  pool,
  supervisor,
  type AgentDefinition,
  type Claim,
  type Context,
  type OpenStore,
  type System,
} from "hermod";
import { Gate, lettersOf, only, runsOver, saidIn, sorted, testOn, type On } from "./stage.ts";

/** Members that work while the gate of their name is shut, and what they heard: "3 tide" is member 3 hearing of the tide. */
class Crew {
  readonly heard: string[] = [];
  readonly #gates = new Map<string, Gate>();

  /** From now on a member holds on to what it takes. */
  shut(...members: readonly number[]): void {
    for (const member of members) this.#gates.set(String(member), new Gate());
  }

  open(...members: readonly number[]): void {
    for (const member of members) {
      this.#gates.get(String(member))?.open();
      this.#gates.delete(String(member));
    }
  }

  readonly work = async (payload: unknown, { envelope }: Context<unknown>): Promise<void> => {
    const member = memberOf(envelope.to);
    this.heard.push(`${member} ${String(payload)}`);
    await this.#gates.get(member)?.passed;
  };

  agent(): AgentDefinition {
    return agent("critic", { on: { notification: this.work } });
  }
}

function memberOf(address: string | undefined): string {
  return String(address?.split("/")[1]);
}

/** The members that the pool has, those who are to go among them. */
function members(system: System): string[] {
  return (system.pool("critic").status().children ?? []).map(({ name }) => memberOf(name));
}

/** The mailboxes of members that the store knows. */
async function mailboxes(system: System): Promise<string[]> {
  const { mailboxes: all } = await system.stats();
  return all.flatMap(({ mailbox }) => (mailbox.startsWith("critic/") ? [memberOf(mailbox)] : []));
}

/** A store that takes as long for a step as it is told to; undefined lets it go on at once. */
function tampered(
  hold: (step: PropertyKey, args: readonly unknown[]) => Promise<void> | undefined,
): OpenStore {
  return async (env) =>
    new Proxy(await memory()(env), {
      get(target, step) {
        const value: unknown = Reflect.get(target, step);
        if (typeof value !== "function") return value;
        const method = value.bind(target) as (...args: unknown[]) => unknown;
        return (...args: unknown[]) => {
          const held = hold(step, args);
          return held ? held.then(() => method(...args)) : method(...args);
        };
      },
    });
}

const broadcast = { balance: "broadcast" } as const;

export function leavingSuite(name: string, on: On): void {
  const test = testOn(name, on);
  test(`${name}: who leaves a broadcast pool works off what waits for it, gets nothing new, and is gone [62]`, async () => {
    const crew = new Crew();
    await using stage = await on({ agents: [pool(crew.agent(), { size: 3, ...broadcast })] });
    const { system, clock, spy } = stage;
    crew.shut(2, 3);
    for (const text of ["a", "b", "c"]) await system.cast("critic", "", text);
    await clock.settle();
    await system.pool("critic").resize(1);
    assert.deepEqual([system.pool("critic").size, members(system)], [1, ["1", "2", "3"]]);
    assert.deepEqual(only(spy.of("pool.resized")), { type: "pool.resized", pool: "critic", size: 1 });
    await system.cast("critic", "", "d");
    await clock.settle();
    assert.deepEqual(sorted(crew.heard), ["1 a", "1 b", "1 c", "1 d", "2 a", "3 a"]);
    crew.open(3);
    await clock.settle();
    assert.deepEqual(
      [members(system), await mailboxes(system)],
      [
        ["1", "2"],
        ["1", "2"],
      ],
    );
    crew.open(2);
    await clock.settle();
    assert.deepEqual([members(system), await mailboxes(system)], [["1"], ["1"]]);
    for (const member of ["2", "3"])
      assert.deepEqual(
        crew.heard.filter((each) => each.startsWith(member)),
        ["a", "b", "c"].map((text) => `${member} ${text}`),
      );
    assert.deepEqual(
      spy.of("agent.stopped").map(({ agent: who }) => who),
      ["critic/3", "critic/2"],
    );
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: who has nothing to work off is gone when the pool is resized [62]`, async () => {
    const crew = new Crew();
    await using stage = await on({ agents: [pool(crew.agent(), { size: 3, ...broadcast })] });
    const { system, clock } = stage;
    await system.cast("critic", "", "a");
    await clock.settle();
    await system.pool("critic").resize(2);
    assert.deepEqual(
      [members(system), await mailboxes(system)],
      [
        ["1", "2"],
        ["1", "2"],
      ],
    );
  });

  test(`${name}: copies that are on their way when a broadcast pool shrinks are handled [62]`, async () => {
    const crew = new Crew();
    await using stage = await on({ agents: [pool(crew.agent(), { size: 3, ...broadcast })] });
    const { system, clock } = stage;
    const asked = ["a", "b", "c", "d"].map(async (text) => system.cast("critic", "", text));
    const resized = system.pool("critic").resize(2);
    await clock.settle();
    await Promise.all([...asked, resized]);
    assert.deepEqual([members(system), await lettersOf(system)], [["1", "2"], []]);
    const copies = (await saidIn(system)).filter(({ envelope }) => envelope.to !== "critic");
    assert.deepEqual(crew.heard.length, copies.length);
    assert.ok(copies.every(({ state }) => state === "done"));
    for (const member of ["1", "2"])
      assert.deepEqual(
        crew.heard.filter((each) => each.startsWith(member)),
        ["a", "b", "c", "d"].map((text) => `${member} ${text}`),
      );
  });

  test(`${name}: a broadcast pool shrinks when the copies are stored that are on their way [62]`, async () => {
    const crew = new Crew();
    const gate = new Gate();
    const agents = [pool(crew.agent(), { size: 2, ...broadcast })];
    const store = tampered((step, [claim]) =>
      step === "settle" && (claim as Claim).mailbox === "critic" ? gate.passed : undefined,
    );
    await using stage = await on({ agents, store });
    const { system, clock } = stage;
    await system.cast("critic", "", "a");
    await clock.settle();
    let isOver = false;
    const resized = system
      .pool("critic")
      .resize(1)
      .then(() => (isOver = true));
    await clock.settle();
    assert.deepEqual([isOver, crew.heard, members(system)], [false, [], ["1", "2"]]);
    gate.open();
    await resized;
    await clock.settle();
    assert.deepEqual([sorted(crew.heard), members(system)], [["1 a", "2 a"], ["1"]]);
    assert.deepEqual(await lettersOf(system), []);
  });

  test(`${name}: who leaves stays for its retries, and goes when its last copy expires [62]`, async () => {
    const heard: string[] = [];
    const critic = agent("critic", {
      retry: { retries: 1, base: "1m", jitter: "none" },
      on: {
        notification: (payload, { envelope }) => {
          heard.push(`${memberOf(envelope.to)} ${String(payload)}`);
          if (envelope.to === "critic/2") throw new Error("no ink");
        },
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2, ...broadcast })] });
    const { system, clock } = stage;
    await system.cast("critic", "", "a");
    await clock.settle();
    await system.pool("critic").resize(1);
    await clock.advance("59s");
    assert.deepEqual(
      [members(system), heard],
      [
        ["1", "2"],
        ["1 a", "2 a"],
      ],
    );
    await clock.advance("1s");
    assert.deepEqual([members(system), heard], [["1"], ["1 a", "2 a", "2 a"]]);
    assert.equal(only(await lettersOf(system)).reason, "exhausted");
    await system.pool("critic").resize(2);
    await system.cast("critic", "", "b", { timeout: "10s" });
    await clock.settle();
    await system.pool("critic").resize(1);
    await clock.advance("1m");
    assert.deepEqual([members(system), heard.slice(3)], [["1"], ["1 b", "2 b"]]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ mailbox, reason }) => [mailbox, reason]),
      [
        ["critic/2", "exhausted"],
        ["critic/2", "expired"],
      ],
    );
  });

  test(`${name}: who leaves and crashes is started again, and works off the rest [62] [C14]`, async () => {
    const heard: string[] = [];
    const gate = new Gate();
    const critic = agent("critic", {
      retry: { retries: 0 },
      on: {
        notification: async (payload, { envelope }) => {
          heard.push(`${memberOf(envelope.to)} ${String(payload)}`);
          if (envelope.to !== "critic/2") return;
          await gate.passed;
          if (payload !== "b") throw crash(new Error("no ink"));
        },
      },
    });
    await using stage = await on({ agents: [pool(critic, { size: 2, ...broadcast })] });
    const { system, clock, spy } = stage;
    for (const text of ["a", "b", "c"]) await system.cast("critic", "", text);
    await clock.settle();
    await system.pool("critic").resize(1);
    gate.open();
    await clock.settle();
    assert.deepEqual(
      spy.of("agent.restarted").map(({ agent: who, restarts }) => [who, restarts]),
      [
        ["critic/2", 1],
        ["critic/2", 2],
      ],
    );
    await system.cast("critic", "", "d");
    await clock.settle();
    assert.deepEqual(sorted(heard), ["1 a", "1 b", "1 c", "1 d", "2 a", "2 b", "2 c"]);
    assert.deepEqual([members(system), await mailboxes(system)], [["1"], ["1"]]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ envelope, reason }) => [envelope.payload, reason]),
      [
        ["a", "exhausted"],
        ["c", "exhausted"],
      ],
    );
  });

  test(`${name}: a pool that grows while a member leaves gets a new one under another name [62]`, async () => {
    const crew = new Crew();
    await using stage = await on({ agents: [pool(crew.agent(), { size: 2, ...broadcast })] });
    const { system, clock } = stage;
    crew.shut(2, 3);
    for (const text of ["a", "b"]) await system.cast("critic", "", text);
    await clock.settle();
    const running = system.pool("critic");
    await running.resize(1);
    await running.resize(3);
    assert.deepEqual([running.size, members(system)], [3, ["1", "2", "3", "4"]]);
    await system.cast("critic", "", "c");
    await clock.settle();
    assert.deepEqual(sorted(crew.heard), ["1 a", "1 b", "1 c", "2 a", "3 c", "4 c"]);
    crew.open(2);
    await clock.settle();
    assert.deepEqual([crew.heard.at(-1), members(system)], ["2 b", ["1", "3", "4"]]);
    await running.resize(2);
    assert.deepEqual(members(system), ["1", "3"]);
    await running.resize(3);
    assert.deepEqual(members(system), ["1", "3", "4"]);
    await running.resize(1);
    assert.deepEqual(members(system), ["1", "3"]);
    await running.resize(2);
    assert.deepEqual(members(system), ["1", "3", "2"]);
    crew.open(3);
    await clock.settle();
    assert.deepEqual([members(system), await lettersOf(system)], [["1", "2"], []]);
  });

  test(`${name}: stopped meanwhile, a pool takes along who leaves, and what waits for it becomes dead letters [62]`, async () => {
    const crew = new Crew();
    await using stage = await on({ agents: [pool(crew.agent(), { size: 2, ...broadcast })] });
    const { system, clock } = stage;
    crew.shut(2);
    for (const text of ["a", "b", "c"]) await system.cast("critic", "", text);
    await clock.settle();
    await system.pool("critic").resize(1);
    const stopped = system.pool("critic").stop();
    await clock.settle();
    crew.open(2);
    await clock.settle();
    await stopped;
    assert.deepEqual(sorted(crew.heard), ["1 a", "1 b", "1 c", "2 a"]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ envelope, reason, mailbox }) => [envelope.payload, reason, mailbox]),
      [
        ["b", "stopped", "critic/2"],
        ["c", "stopped", "critic/2"],
      ],
    );
    assert.deepEqual([system.agents(), system.tree(), await mailboxes(system)], [[], [], []]);
  });

  test(`${name}: a system that closes meanwhile lets who leaves finish what runs, and leaves the rest waiting [62]`, async () => {
    const crew = new Crew();
    const stage = await on({ agents: [pool(crew.agent(), { size: 2, ...broadcast })] });
    const { system, clock, spy } = stage;
    crew.shut(2);
    for (const text of ["a", "b"]) await system.cast("critic", "", text);
    await clock.settle();
    await system.pool("critic").resize(1);
    const closed = system.close();
    await clock.settle();
    crew.open(2);
    await clock.settle();
    await closed;
    assert.deepEqual(sorted(crew.heard), ["1 a", "1 b", "2 a"]);
    assert.deepEqual(only(spy.of("system.drained")).unfinished, 0);
    assert.deepEqual([spy.of("message.buried"), spy.of("store.failed"), clock.waiting], [[], [], 0]);
  });

  test(`${name}: a system that closes while the store is asked for who leaves leaves it alone [62]`, async () => {
    const crew = new Crew();
    const gate = new Gate();
    const removed: unknown[] = [];
    const store = tampered((step, [given]) => {
      if (step === "operate") removed.push((given as { mailbox: string }).mailbox);
      const asks = step === "read" && (given as { mailbox?: string }).mailbox === "critic/2";
      return asks ? gate.passed : undefined;
    });
    const stage = await on({ agents: [pool(crew.agent(), { size: 2, ...broadcast })], store });
    const { system, clock, spy } = stage;
    crew.shut(2);
    await system.cast("critic", "", "a");
    await clock.settle();
    await system.pool("critic").resize(1);
    crew.open(2);
    await clock.settle();
    await system.close();
    gate.open();
    await clock.settle();
    assert.deepEqual([removed.includes("critic/2"), spy.of("store.failed")], [false, []]);
  });

  test(`${name}: a system that drains all that waits waits for who leaves too [62]`, async () => {
    const crew = new Crew();
    const stage = await on({ agents: [pool(crew.agent(), { size: 2, ...broadcast })] });
    const { system, clock } = stage;
    crew.shut(2);
    for (const text of ["a", "b"]) await system.cast("critic", "", text);
    await clock.settle();
    await system.pool("critic").resize(1);
    const closed = system.close({ waiting: true, timeout: "1m" });
    await clock.advance("1s");
    crew.open(2);
    await clock.advance("1s");
    await closed;
    assert.deepEqual(sorted(crew.heard), ["1 a", "1 b", "2 a", "2 b"]);
  });

  test(`${name}: started again by its supervisor, a pool goes on with who leaves [62] [83]`, async () => {
    const crew = new Crew();
    const writer = agent("writer", {
      retry: { retries: 0 },
      on: {
        notification: () => {
          throw crash(new Error("no ink"));
        },
      },
    });
    const newsroom = supervisor("newsroom", {
      strategy: "one-for-all",
      children: [writer, pool(crew.agent(), { size: 2, ...broadcast })],
    });
    await using stage = await on({ agents: [newsroom] });
    const { system, clock } = stage;
    crew.shut(2);
    for (const text of ["a", "b"]) await system.cast("critic", "", text);
    await clock.settle();
    await system.pool("critic").resize(1);
    await system.cast("writer", "", 1);
    await clock.settle();
    crew.open(2);
    await clock.settle();
    await system.cast("critic", "", "c");
    await clock.settle();
    assert.deepEqual(sorted(crew.heard), ["1 a", "1 b", "1 c", "2 a", "2 b"]);
    assert.deepEqual(members(system), ["1"]);
    assert.deepEqual(
      (await lettersOf(system)).map(({ mailbox }) => mailbox),
      ["writer"],
    );
  });

  test(`${name}: however it is resized, each member of a broadcast pool handles its copies once and in order, and none is lost [62] [C10]`, async () => {
    await fc.assert(
      fc.asyncProperty(anySize, anySteps, (size, steps) => checkCopies(on, size, steps)),
      { numRuns: runsOver(name) },
    );
  });
}

const anySize = fc.integer({ min: 1, max: 5 });

/** What happens to a pool; a cast may make a member crash that gets it first. */
type Step =
  | { readonly type: "cast"; readonly crashes: boolean }
  | { readonly type: "resize"; readonly size: number }
  | { readonly type: "advance"; readonly by: number }
  | { readonly type: "settle" };

const anySteps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc
        .nat({ max: 9 })
        .map((drawn) => ({ type: "cast", crashes: drawn === 0 }) satisfies Step as Step),
    },
    { weight: 3, arbitrary: fc.record({ type: fc.constant("resize" as const), size: anySize }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("advance" as const), by: fc.nat({ max: 200 }) }) },
    { weight: 1, arbitrary: fc.record({ type: fc.constant("settle" as const) }) },
  ),
  { maxLength: 60 },
);

async function checkCopies(on: On, size: number, steps: readonly Step[]): Promise<void> {
  const handled: { readonly id: string; readonly to: unknown; readonly at: number }[] = [];
  const crashed = new Set<number>();
  const work = async (payload: unknown, { envelope }: Context): Promise<void> => {
    const { at, crashes } = payload as { at: number; crashes: boolean };
    for (let turns = at % 4; turns > 0; turns--) await Promise.resolve();
    if (crashes && !crashed.has(at)) {
      crashed.add(at);
      throw crash(new Error("no ink"));
    }
    handled.push({ id: envelope.id, to: envelope.to, at });
  };
  const critic = agent("critic", { retry: { retries: 3, base: "1s" }, on: { notification: work } });
  const intensity = { restarts: 1000, period: "1s" } as const;
  await using stage = await on({ agents: [pool(critic, { size, intensity, ...broadcast })] });
  const { system, clock } = stage;
  const running = system.pool("critic");
  const asked: Promise<unknown>[] = [];
  for (const [at, step] of steps.entries()) {
    if (step.type === "settle") await clock.settle();
    else if (step.type === "advance") await clock.advance(step.by);
    else if (step.type === "resize") asked.push(running.resize(step.size));
    else asked.push(system.cast("critic", "", { at, crashes: step.crashes }));
  }
  await clock.advance("10m").then(() => Promise.all(asked));
  assert.deepEqual(await lettersOf(system), []);
  const said = await saidIn(system);
  assert.ok(said.every(({ state }) => state === "done"));
  const copies = said.filter(({ envelope }) => envelope.to !== "critic").map(({ envelope }) => envelope);
  assert.deepEqual(sorted(handled.map(({ id }) => id)), sorted(copies.map(({ id }) => id)));
  // What crashes comes back later; nothing else is overtaken.
  for (const to of new Set(handled.map((each) => each.to))) {
    const first = handled.filter((each) => each.to === to && !crashed.has(each.at)).map(({ at }) => at);
    assert.deepEqual(
      first,
      first.toSorted((a, b) => a - b),
    );
  }
  const names = (running.status().children ?? []).map(({ name }) => name as string);
  const last = steps.findLast(({ type }) => type === "resize") as { size: number } | undefined;
  assert.deepEqual([running.size, names.length, new Set(names).size], Array(3).fill(last?.size ?? size));
  assert.deepEqual(sorted(await mailboxes(system)), sorted(names.map(memberOf)));
}
