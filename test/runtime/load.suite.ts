/** Everything at once: topics, pools, keyed agents, breakers, supervisors, every busy rule, and handlers that fail at random. The ledger must balance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  agent,
  crash,
  pool,
  retryAfter,
  supervisor,
  terminal,
  type AgentOptions,
  type Context,
  type HermodError,
  type Report,
} from "hermod";
import { seeded, type TestSystem } from "hermod/testing";
import { pass } from "./busy.kit.ts";
import { lettersOf, type On } from "./stage.ts";

const retry = { retries: 3, base: "100ms", jitter: "none" } as const;
const byConversation = { by: "conversation", max: 5 } as const;
const topics = ["news.*"];
const intensity = { restarts: 1000, period: "1s" } as const;

/** How each message has ended in each mailbox, and what handlers have done. */
class Ledger {
  readonly #draw: () => number;
  /** By message and mailbox. */
  readonly ends = new Map<string, string[]>();
  readonly sent = new Set<string>();
  running = 0;
  crashes = 0;
  stage!: TestSystem;

  constructor(seed: number) {
    this.#draw = seeded(seed);
  }

  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#draw() * list.length)] as T;
  }

  readonly hear = (report: Report): void => {
    if (report.type === "message.sent" && report.envelope.verb !== "reply") this.sent.add(report.envelope.id);
    if (report.type === "delivery.settled")
      this.#end(report.envelope, report.mailbox, report.settlement.type);
    if (report.type === "message.buried")
      this.#end(report.envelope, report.mailbox ?? report.envelope.to ?? "nobody", "buried");
  };

  #end({ id, verb }: { id: string; verb: string }, mailbox: string, type: string): void {
    if (verb === "reply" || !["ack", "fail", "buried"].includes(type)) return;
    const place = `${id} in ${mailbox}`;
    this.ends.set(place, [...(this.ends.get(place) ?? []), type]);
  }

  /** A handler that takes its time, looks, and fails in one of the ways there are, at random. */
  readonly handle = async (_: unknown, ctx: Context<unknown>): Promise<string> => {
    this.running++;
    try {
      if (this.#draw() < 0.5) await pass(this.stage.clock, this.#draw() * 40);
      ctx.steered();
      ctx.signal.throwIfAborted();
      const drawn = this.#draw();
      if (drawn < 0.03) throw new Error("now and then");
      if (drawn < 0.04) throw terminal(new Error("for good"));
      if (drawn < 0.05) throw retryAfter(50);
      if (drawn < 0.055 && this.crashes++ < 30) throw crash(new Error("broken"));
      if (drawn < 0.15) await ctx.cast("archive", "keep", ctx.envelope.id);
      return "done";
    } finally {
      this.running--;
    }
  };

  agent(name: string, options: AgentOptions<unknown> = {}) {
    const handlers = { notification: this.handle, request: this.handle };
    return agent(name, { retry, ...options, on: handlers });
  }
}

/** One of every kind. */
function everything(ledger: Ledger) {
  const archive = agent("archive", { on: { notification: () => undefined } });
  const breaker = { least: 1, rate: 0.01, window: "1s", openFor: "200ms" } as const;
  return [
    archive,
    supervisor("office", {
      strategy: "one-for-one",
      intensity,
      children: [
        ledger.agent("plain", { topics }),
        ledger.agent("wide", { concurrency: 4 }),
        ledger.agent("guarded", { breaker, topics }),
        ledger.agent("steered", { busy: "steer", concurrency: byConversation, state: () => ({}) }),
        ledger.agent("interrupted", { busy: "interrupt", concurrency: byConversation }),
        ledger.agent("refusing", { busy: "reject", concurrency: byConversation }),
        ledger.agent("strict", { order: "strict", concurrency: byConversation, topics }),
        ledger.agent("keyed", { keyed: true, state: () => ({}) }),
        pool(ledger.agent("turns"), { size: 3, intensity }),
        pool(ledger.agent("slots"), { size: 3, balance: "key", intensity }),
      ],
    }),
  ];
}

const direct = ["plain", "wide", "guarded", "steered", "interrupted", "refusing", "strict", "turns", "slots"];

export function loadSuite(name: string, on: On): void {
  test(`${name}: five thousand messages through everything at once: each ends once, nothing waits, runs or stays [53] [85]`, async () => {
    const ledger = new Ledger(7);
    const stage = (ledger.stage = await on({ agents: everything(ledger) }));
    const { system, clock, spy } = stage;
    system.reports(ledger.hear);
    const codes = new Map<string, number>();
    const count = (code: string): void => void codes.set(code, (codes.get(code) ?? 0) + 1);
    const asked: Promise<void>[] = [];
    for (let at = 0; at < 5000; at++) {
      const conversation = `c${ledger.pick([1, 2, 3, 4, 5, 6, 7])}`;
      const to = ledger.pick([...direct, ...direct, `keyed#${conversation}`, "news"]);
      const options = { conversation, priority: ledger.pick([1, 2, 3, 4] as const) };
      if (to === "news") await system.publish("news.now", at, options);
      else if (ledger.pick([true, false])) await system.cast(to, "work", at, options);
      else
        asked.push(
          system.call(to, "work", at, { ...options, timeout: "5m" }).then(
            () => count("done"),
            ({ code }: HermodError) => count(code),
          ),
        );
      if (at % 25 === 0) await clock.advance(20);
    }
    await clock.advance("30m");
    await Promise.all(asked);
    const { delivery, calls, mailboxes } = await system.stats();
    assert.deepEqual([delivery.pending, calls.waiting, ledger.running], [0, 0, 0]);
    for (const { mailbox, waiting, running } of mailboxes)
      assert.deepEqual([waiting, running], [0, 0], mailbox);
    const twice = [...ledger.ends].filter(([, ends]) => ends.length !== 1);
    assert.deepEqual(twice, []);
    const ended = new Set([...ledger.ends.keys()].map((place) => place.slice(0, place.indexOf(" "))));
    const refused = new Set(spy.of("message.refused").map(({ envelope }) => envelope.id));
    const open = [...ledger.sent].filter((id) => !ended.has(id) && !refused.has(id));
    assert.deepEqual(open, []);
    const answered = [...codes.values()].reduce((sum, each) => sum + each, 0);
    assert.equal(answered, asked.length);
    const known = ["done", "HERMOD_FAILED", "HERMOD_INTERRUPTED", "HERMOD_OVERLOADED", "HERMOD_CIRCUIT_OPEN"];
    assert.deepEqual(
      [...codes.keys()].filter((code) => !known.includes(code)),
      [],
    );
    const dead = [...ledger.ends.values()].filter(([end]) => end === "buried").length;
    assert.equal((await lettersOf(system)).length, Math.min(dead, 100));
    assert.deepEqual(
      [spy.of("system.failed"), spy.of("lease.expired"), spy.of("store.failed")],
      [[], [], []],
    );
    assert.deepEqual(spy.of("delivery.outlived"), []);
    for (const type of [
      "message.steered",
      "message.interrupted",
      "agent.restarted",
      "breaker.changed",
    ] as const)
      assert.ok(spy.of(type).length > 0, `no ${type}`);
    await stage[Symbol.asyncDispose]();
    assert.equal(clock.waiting, 0, "a timer is left");
  });
}
