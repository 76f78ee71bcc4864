/** Model gates: which models share one, that who leaves is gone, and that a gate with nobody in its line waits for nothing. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { HermodError } from "../core/errors.ts";
import type { Admission } from "../core/ratelimit.ts";
import { sample } from "../core/samples.test.kit.ts";
import { toModel } from "../core/textmodel.ts";
import { testClock } from "../testing/clock.ts";
import { seeded } from "../testing/random.ts";
import { GatedCall } from "./gatedcall.ts";
import { ModelGates, type Caller } from "./modelgate.ts";
import { Reports } from "./reports.ts";
import type { Run } from "./run.ts";
import { Timers } from "./timers.ts";

function gates() {
  const clock = testClock();
  const parts = { clock, timers: new Timers(clock), reports: new Reports(), random: seeded(1) };
  return { clock, gates: new ModelGates(parts) };
}

function caller(more: Partial<Caller> = {}): Caller {
  const { signal } = new AbortController();
  return { conversation: "c1", tokens: 1, signal, declines: () => undefined, ...more };
}

describe("a gate", () => {
  test("is that of a key, or of a model's name, and keeps the smallest limits of all", async () => {
    const { clock, gates: all } = gates();
    const first = all.of({ name: "large", limits: { key: "ours", requests: 3 } });
    assert.equal(all.of({ name: "small", limits: { key: "ours", requests: 1 } }), first);
    assert.equal(all.of({ name: "large" }), all.of({ name: "large", limits: {} }));
    assert.notEqual(all.of({ name: "large" }), first);
    await first.enter(caller());
    let isIn = false;
    void first.enter(caller()).then(() => (isIn = true));
    await clock.advance("59s");
    assert.equal(isIn, false);
    await clock.advance("1s");
    assert.equal(isIn, true);
  });

  test("sets no timer once nobody waits, and lets nobody in who has left", async () => {
    const { clock, gates: all } = gates();
    const gate = all.of({ name: "small", limits: { requests: 1 } });
    gate.end(await gate.enter(caller()), 1);
    const leaving = new AbortController();
    const gone = gate.enter(caller({ signal: leaving.signal })).catch((error: unknown) => error);
    await clock.settle();
    assert.equal(clock.waiting, 1);
    const enough = new Error("enough");
    leaving.abort(enough);
    assert.equal(await gone, enough);
    await clock.settle();
    assert.equal(clock.waiting, 0);
    await assert.rejects(gate.enter(caller({ signal: leaving.signal })), enough);
    await clock.advance("60s");
    await gate.enter(caller());
  });

  test("that is paused asks who waits, and who comes, whether they wait for its end", async () => {
    const { clock, gates: all } = gates();
    const gate = all.of({ name: "small", limits: { concurrency: 1 } });
    const admission = await gate.enter(caller());
    const pauses: number[] = [];
    const no = new HermodError("HERMOD_RATE_LIMITED", "no");
    const declines = (pause: number): HermodError => (pauses.push(pause), no);
    const waiting = gate.enter(caller({ declines })).catch((error: unknown) => error);
    const patient: Promise<Admission> = gate.enter(caller({ conversation: "c2" }));
    gate.refuse(admission, 5000, "429");
    gate.end(admission, 0);
    assert.equal(await waiting, no);
    await clock.advance(2000);
    await assert.rejects(gate.enter(caller({ declines })), no);
    assert.deepEqual(pauses, [5000, 3000]);
    await clock.advance(3000);
    assert.equal((await patient).at, 5000);
  });
});

test("a call that is told to stop in the moment of its turn asks nothing, and gives the turn away", async () => {
  const { clock, gates: all } = gates();
  const asked: unknown[] = [];
  const text = async (): Promise<string> => "";
  const model = { name: "deaf", limits: { concurrency: 1 }, text };
  const answering = toModel({
    ...model,
    generate: async (request) => (asked.push(request), Promise.reject(new Error("asked"))),
  });
  const gate = all.of(answering);
  const first = await gate.enter(caller());
  const stopping = new AbortController();
  const request = { messages: [], signal: stopping.signal };
  const run = { conversationId: "c1", envelope: sample(), deadline: undefined } as unknown as Run;
  const tokens = { tokens: 1, input: 1 };
  const call = new GatedCall({ clock, model: answering, gate }, run, request, tokens).generate();
  const next = gate.enter(caller());
  const enough = new Error("enough");
  gate.end(first, 0);
  stopping.abort(enough);
  await assert.rejects(call, enough);
  assert.deepEqual(asked, []);
  await next;
});
