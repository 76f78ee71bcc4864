/** The breakers of one agent that runs in several processes: who rests leaves the work to the others, and callers are refused when all rest. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agent, type BreakerOptions } from "hermod";
import * as fc from "fast-check";
import { Processes, type Process } from "./processes.kit.ts";
import { Gate } from "./stage.ts";

const OPEN = "HERMOD_CIRCUIT_OPEN";

/** Says which process has answered; "fail" fails. */
const named = (name: string, breaker: BreakerOptions = {}, gate?: Gate) =>
  agent("a", {
    breaker: { least: 1, openFor: "1h", ...breaker },
    on: {
      request: async (what) => {
        await gate?.passed;
        if (what === "fail") throw new Error("sick");
        return name;
      },
      notification: () => undefined,
    },
  });

/** What a call comes to: its answer, or the code of its error. */
const ask = ({ system }: Process, what = "who"): Promise<unknown> =>
  system.call("a", "", what).catch(({ code }: { code: string }) => code);

const askAll = (processes: readonly Process[]): Promise<unknown[]> =>
  Promise.all(processes.map((process) => ask(process)));

test("a process whose breaker is open leaves the calls of all to one that serves, its own callers' too [61]", async () => {
  await using shared = new Processes();
  const [one, two, caller] = [await shared.join(), await shared.join(), await shared.join()];
  await one.system.spawn(named("one"));
  assert.equal(await ask(caller, "fail"), "HERMOD_FAILED");
  await shared.clock.settle();
  assert.deepEqual(await askAll([one, one]), [OPEN, OPEN]);
  await two.system.spawn(named("two"));
  await shared.clock.settle();
  assert.deepEqual(await askAll([one, two, caller, one]), ["two", "two", "two", "two"]);
  two.system.breakers.open("a");
  await shared.clock.settle();
  const late = askAll([one, two, caller]);
  await shared.clock.advance("1s");
  assert.deepEqual(await late, [OPEN, OPEN, OPEN]);
  two.system.breakers.auto("a");
  await shared.clock.settle();
  assert.deepEqual(await askAll([one, two, caller]), ["two", "two", "two"]);
});

test("a process that rests hears of one that begins to serve, though a claim of its own stood until then [61]", async () => {
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(named("one"));
  await shared.clock.settle();
  one.system.breakers.open("a");
  await shared.clock.settle();
  await two.system.spawn(named("two"));
  await shared.clock.settle();
  assert.equal(await ask(one), "two");
});

/** One rests, another works, and a call waits behind what that one works on. */
async function waiting(shared: Processes, gate: Gate) {
  const [one, two, caller] = [await shared.join(), await shared.join(), await shared.join()];
  await two.system.spawn(named("two", {}, gate));
  const first = ask(caller);
  await shared.clock.settle();
  await one.system.spawn(named("one"));
  one.system.breakers.open("a");
  await shared.clock.advance("5s");
  const behind = ask(caller);
  await shared.clock.advance("5s");
  const began = shared.clock.now();
  return { one, two, first, behind, began };
}

test("calls that wait are left to a process that serves, and refused at once when the last one opens [61]", async () => {
  const gate = new Gate();
  await using shared = new Processes();
  const { two, first, behind, began } = await waiting(shared, gate);
  two.system.breakers.open("a");
  assert.equal(await behind, OPEN);
  assert.equal(shared.clock.now(), began);
  gate.open();
  assert.equal(await first, "two");
});

test("calls that wait are refused at once when the last process that serves ends [61]", async () => {
  const gate = new Gate();
  await using shared = new Processes();
  const { two, behind, began } = await waiting(shared, gate);
  await shared.end(two);
  assert.equal(await behind, OPEN);
  assert.equal(shared.clock.now(), began);
  gate.open();
});

test("calls that wait are refused when the hub gives up a process that was killed and served them [61]", async () => {
  const gate = new Gate();
  await using shared = new Processes();
  const { two, one } = await waiting(shared, gate);
  await shared.kill(two);
  const behind = ask(one);
  await shared.clock.advance("29s");
  assert.equal(await Promise.race([behind, shared.clock.settle()]), undefined);
  await shared.clock.advance("1s");
  assert.equal(await behind, OPEN);
});

test("a hub that was started anew has nobody refused before those who served have had time to come back [61]", async () => {
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(named("one"));
  await two.system.spawn(named("two"));
  one.system.breakers.open("a");
  await shared.clock.settle();
  two.pipes.up = false;
  shared.restart();
  await shared.clock.advance("1s");
  const early = ask(one);
  await shared.clock.settle();
  two.pipes.up = true;
  await shared.clock.advance("20s");
  assert.equal(await early, "two");
  assert.equal(await ask(one), "two");
  await shared.kill(two);
  shared.restart();
  await shared.clock.advance("1s");
  const late = ask(one);
  await shared.clock.advance("15s");
  assert.equal(await late, OPEN);
});

test("a message for later is done by whoever serves, without waiting for who rests [61]", async () => {
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(named("one"));
  await two.system.spawn(named("two"));
  one.system.breakers.open("a");
  const asked = one.system.call("a", "", "who", { delivery: "at-least-once" });
  assert.equal(await asked, "two");
});

test("a trial of one process is enough for the callers of all, and its success lets it serve them [61]", async () => {
  await using shared = new Processes();
  const [one, two] = [await shared.join(), await shared.join()];
  await one.system.spawn(named("one", { openFor: "10s" }));
  await two.system.spawn(named("two"));
  assert.equal(await ask(two, "fail"), "HERMOD_FAILED");
  await shared.clock.settle();
  for (const process of [one, two]) process.system.breakers.open("a");
  one.system.breakers.auto("a");
  two.system.breakers.open("a");
  await shared.clock.settle();
  assert.equal(await ask(two, "fail"), "HERMOD_FAILED");
  await shared.clock.settle();
  assert.deepEqual(await askAll([one, two]), [OPEN, OPEN]);
  await shared.clock.advance("10s");
  assert.deepEqual(one.system.breakers.list()[0]?.state, "half-open");
  assert.equal(await ask(two), "one");
  assert.deepEqual(one.system.breakers.list()[0]?.state, "closed");
  assert.deepEqual(await askAll([one, two]), ["one", "one"]);
});

/** What an operator does in one of the processes. */
const deed = fc.record({
  at: fc.nat(2),
  act: fc.constantFrom("open", "close", "auto", "spawn", "end"),
  caller: fc.nat(2),
});

test("whatever opens, closes, starts and ends, a call is refused when all who serve rest, and never while one serves [61]", async () => {
  const property = fc.asyncProperty(fc.array(deed, { maxLength: 12 }), async (deeds) => {
    await using shared = new Processes();
    const processes = [await shared.join(), await shared.join(), await shared.join()];
    /** Who serves, and whether its breaker is open. */
    const serving = new Map<Process, boolean>();
    for (const { at, act, caller } of deeds) {
      const process = processes[at] as Process;
      const isServing = serving.has(process);
      if (act === "spawn" && !isServing) {
        await process.system.spawn(named(String(at)));
        serving.set(process, false);
      }
      if (act === "end") {
        serving.delete(process);
        await shared.end(process);
        processes[at] = await shared.join();
      }
      if (isServing && (act === "open" || act === "close" || act === "auto")) {
        process.system.breakers[act]("a");
        serving.set(process, act === "open");
      }
      await shared.clock.settle();
      if (serving.size === 0) continue;
      const answered = ask(processes[caller] as Process);
      await shared.clock.advance("1s");
      const answer = await answered;
      const open = [...serving.values()].every((isOpen) => isOpen);
      assert.equal(answer === OPEN, open, `${JSON.stringify({ at, act, caller })}: ${String(answer)}`);
    }
  });
  await fc.assert(property, { numRuns: 100 });
});
