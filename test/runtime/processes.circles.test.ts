/** Agents of several processes that wait for one another, at work on messages of different origin: one call of the circle ends, and no other. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type Context, type HermodError } from "hermod";
import * as fc from "fast-check";
import { Processes, type Process } from "./processes.kit.ts";
import { Gate, only, sorted } from "./stage.ts";

/** Calls the next one once the gate is open, and keeps the error that it hears of; whoever is called "late" answers at once. */
function crossing(gate: Gate) {
  const errors: HermodError[] = [];
  const passing = (name: string, to: string) =>
    agent(name, {
      on: {
        request: async (what, ctx: Context) => {
          if (what === "late") return "heard";
          await gate.passed;
          return ctx.call(to, "ask", "late").catch((error: HermodError) => (errors.push(error), "broken"));
        },
      },
    });
  return { errors, passing };
}

test("two agents in two processes that call each other at the same time: one of the calls ends within seconds, with the names", async () => {
  const gate = new Gate();
  const { errors, passing } = crossing(gate);
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(passing("a", "b"));
  await two.system.spawn(passing("b", "a"));
  const answers = Promise.all(["a", "b"].map((name) => one.system.call(name, "ask", "go")));
  await shared.clock.settle();
  gate.open();
  await shared.clock.advance("2s");
  assert.deepEqual(new Set(await answers), new Set(["broken", "heard"]));
  const { code, details } = only(errors);
  assert.deepEqual([code, new Set(details["agents"] as string[])], ["HERMOD_LOOP", new Set(["a", "b"])]);
});

test("a circle over three processes ends by one call of it", async () => {
  const gate = new Gate();
  const { errors, passing } = crossing(gate);
  await using shared = new Processes();
  const names = ["a", "b", "c"];
  const processes = [await shared.join(), await shared.join(), await shared.join()];
  for (const [at, process] of processes.entries())
    await process.system.spawn(passing(names[at] as string, names[(at + 1) % 3] as string));
  const answers = Promise.all(
    processes.map(({ system }, at) => system.call(names[at] as string, "ask", "go")),
  );
  await shared.clock.settle();
  gate.open();
  await shared.clock.advance("5s");
  assert.deepEqual(sorted(await answers), ["broken", "heard", "heard"]);
  assert.equal((only(errors).details["agents"] as string[]).length, 3);
});

test("an agent that has a free place in another process holds up no circle, though all its places here wait", async () => {
  const gate = new Gate();
  const { errors, passing } = crossing(gate);
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(passing("a", "b"));
  await one.system.spawn(passing("b", "a"));
  const answers = Promise.all(["a", "b"].map((name) => one.system.call(name, "ask", "go")));
  await shared.clock.settle();
  await two.system.spawn(passing("b", "a"));
  gate.open();
  await shared.clock.advance("5s");
  assert.deepEqual([await answers, errors], [["heard", "heard"], []]);
});

test("a hub that was started anew knows of no circle before those who may have a free place have had time to come back", async () => {
  const gate = new Gate();
  const { errors, passing } = crossing(gate);
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(passing("a", "b"));
  await one.system.spawn(passing("b", "a"));
  const options = { delivery: "at-least-once" } as const;
  const answers = Promise.all(["a", "b"].map((name) => one.system.call(name, "ask", "go", options)));
  await shared.clock.settle();
  await two.system.spawn(passing("b", "a"));
  two.pipes.up = false;
  shared.restart();
  await shared.clock.advance("1s");
  gate.open();
  await shared.clock.settle();
  two.pipes.up = true;
  await shared.clock.advance("60s");
  assert.deepEqual([await answers, errors], [["heard", "heard"], []]);
});

test("a circle inside one process of several is refused before the call is sent", async () => {
  const gate = new Gate();
  const { errors, passing } = crossing(gate);
  await using shared = new Processes();
  const [one] = [await shared.join(), await shared.join()];
  await one.system.spawn(passing("a", "b"));
  await one.system.spawn(passing("b", "a"));
  const answers = Promise.all(["a", "b"].map((name) => one.system.call(name, "ask", "go")));
  await shared.clock.settle();
  const began = shared.clock.now();
  gate.open();
  assert.deepEqual(new Set(await answers), new Set(["broken", "heard"]));
  assert.deepEqual([only(errors).code, shared.clock.now()], ["HERMOD_LOOP", began]);
});

/** One chain of calls: through which agents, by which process it is begun, and how long each works before it calls the next. */
const chain = fc.record({
  way: fc.uniqueArray(fc.nat(3), { minLength: 1, maxLength: 4 }),
  from: fc.nat(2),
  pauses: fc.array(fc.nat(3), { minLength: 4, maxLength: 4 }),
});

/** In which processes each agent runs, and with how many hands in each. */
const seats = fc.array(
  fc.record({
    at: fc.uniqueArray(fc.nat(2), { minLength: 1, maxLength: 2 }),
    hands: fc.integer({ min: 1, max: 2 }),
  }),
  { minLength: 4, maxLength: 4 },
);

interface Job {
  readonly number: number;
  readonly way: readonly number[];
  readonly pauses: readonly number[];
}

/** What is at work, as somebody sees it who sees all processes at once. */
class Model {
  readonly #hands: readonly number[];
  readonly #at = new Map<number, number>();
  readonly #waits = new Map<number, { readonly job: number; readonly to: number }>();

  constructor(hands: readonly number[]) {
    this.#hands = hands;
  }

  begin(job: number, agentOf: number): void {
    this.#at.set(job, agentOf);
  }

  end(job: number): void {
    this.#at.delete(job);
  }

  wait(job: number, next: number, to: number): void {
    this.#waits.set(job, { job: next, to });
  }

  goOn(job: number): void {
    this.#waits.delete(job);
  }

  /** Whether none of those that a job waits for, by whatever way, can go on. */
  isStuck(job: number): boolean {
    const free = new Set([...this.#at.keys()].filter((each) => !this.#waits.has(each)));
    for (let before = -1; free.size > before;) {
      before = free.size;
      for (const each of this.#waits.keys()) if (this.#mayGoOn(each, free)) free.add(each);
    }
    return !free.has(job);
  }

  #mayGoOn(job: number, free: ReadonlySet<number>): boolean {
    const { job: next, to } = this.#waits.get(job) as { job: number; to: number };
    if (this.#at.has(next)) return free.has(next);
    const busy = [...this.#at].filter(([, agentOf]) => agentOf === to).map(([each]) => each);
    return busy.length < (this.#hands[to] as number) || busy.some((each) => free.has(each));
  }
}

test("whatever agents of three processes call one another, every call ends, and none by a circle that is none", async () => {
  let found = 0;
  const property = fc.asyncProperty(
    fc.array(chain, { minLength: 2, maxLength: 7 }),
    seats,
    async (chains, all) => {
      await using shared = new Processes();
      const processes = [await shared.join(), await shared.join(), await shared.join()] as readonly Process[];
      const model = new Model(all.map(({ at, hands }) => at.length * hands));
      let jobs = 0;
      const rest = (seconds: number): Promise<void> =>
        new Promise((resolve) => void shared.clock.after(seconds * 400, resolve));
      const work = async (self: number, { number, way, pauses }: Job, ctx: Context): Promise<string> => {
        model.begin(number, self);
        try {
          await rest(pauses[0] ?? 0);
          const [next, ...more] = way;
          if (next === undefined) return "done";
          const job = { number: ++jobs, way: more, pauses: pauses.slice(1) };
          model.wait(number, job.number, next);
          const answer = await ctx
            .call(`a${next}`, "", job, { timeout: "1h" })
            .catch((error: HermodError) => {
              found++;
              assert.equal(error.code, "HERMOD_LOOP");
              assert.ok(model.isStuck(number), `${error.message}, but it could have gone on`);
              return "broken";
            });
          model.goOn(number);
          return answer as string;
        } finally {
          model.end(number);
        }
      };
      for (const [self, { at, hands }] of all.entries())
        for (const place of at)
          await processes[place]?.system.spawn(
            agent(`a${self}`, {
              concurrency: hands,
              on: { request: (job, ctx) => work(self, job as Job, ctx) },
            }),
          );
      const asked = chains.map(({ way: [first = 0, ...way], from, pauses }) =>
        (processes[from] as Process).system.call(
          `a${first}`,
          "",
          { number: ++jobs, way, pauses },
          { timeout: "1h" },
        ),
      );
      const ended = Promise.allSettled(asked);
      await shared.clock.advance("60s");
      const states = await Promise.race([ended, shared.clock.settle().then(() => undefined)]);
      assert.ok(states, "some call waits for ever");
      for (const each of states) if (each.status === "rejected") throw each.reason;
    },
  );
  await fc.assert(property, { numRuns: 60 });
  assert.ok(found > 0, "no circle came up");
});
