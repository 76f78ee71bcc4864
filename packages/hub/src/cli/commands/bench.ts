/** Bench: load on a hub over real sockets: messages one way, then calls; by itself on a hub of its own that is gone afterwards. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { agent, start } from "hermod";
import { remote } from "hermod/remote";
import type { Answer, Given, Run } from "../command.ts";
import { connect } from "../connect.ts";
import { durationOf, numberOf, textOf } from "../options.ts";
import { Progress } from "../progress.ts";
import { fields } from "../text.ts";

interface Load {
  readonly agents: readonly string[];
  /** Sends a second. */
  readonly rate: number;
  readonly payload: string;
  /** Milliseconds of each half. */
  readonly duration: number;
}

/** How many are under way at once. */
const AT_ONCE = 64;

export const bench: Run = async (asked) => {
  const { options } = asked;
  const names = Array.from(
    { length: numberOf(options, "agents", 1, 1000) ?? 4 },
    (_, at) => `bench.${process.pid}.${at}`,
  );
  const load: Load = {
    agents: names,
    rate: numberOf(options, "rate", 1, 1_000_000) ?? Infinity,
    payload: "x".repeat(numberOf(options, "size", 0, 200_000) ?? 200),
    duration: durationOf(options, "duration") ?? 3000,
  };
  if (textOf(options, "url") !== undefined) {
    const { url, token } = await asked.settings();
    return measured(asked, url, load, () => undefined, token);
  }
  return onOwnHub((url, bytes) => measured(asked, url, load, bytes, undefined));
};

async function onOwnHub(
  work: (url: string, bytes: () => number | undefined) => Promise<Answer>,
): Promise<Answer> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-bench-"));
  const file = join(folder, "hub.db");
  const size = (name: string): number => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
  try {
    const { openHub } = await import("../serving.ts");
    await using hub = await openHub({ host: "127.0.0.1", port: 0, store: file });
    return await work(hub.url, () => size(file) + size(`${file}-wal`));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measured(
  asked: Given,
  url: string,
  load: Load,
  bytes: () => number | undefined,
  token: string | undefined,
): Promise<Answer> {
  const store = remote(url, { client: "bench", ...(token !== undefined && { token }) });
  const agents = load.agents.map((name) =>
    agent(name, { on: { request: (said) => said, notification: () => undefined } }),
  );
  await using caller = await connect({ url, token });
  await using served = await start({ agents, store });
  const { system } = caller;
  const { io } = asked;
  const casts = await half(load, io.signal, new Progress(asked, "casts"), (name) =>
    system.cast(name, "note", load.payload),
  );
  const calls = await half(load, io.signal, new Progress(asked, "calls"), (name) =>
    system.call(name, "echo", load.payload),
  );
  // What still waits is worked off, and nothing of the load stays behind but its history.
  await served.close({ waiting: true });
  for (const mailbox of await caller.store.directory())
    if (load.agents.includes(mailbox)) await caller.store.operate({ type: "remove", mailbox });
  io.signal.throwIfAborted();
  const storeBytes = bytes();
  const data = { agents: load.agents.length, size: load.payload.length, casts, calls, storeBytes };
  return { data, text: () => fields({ ...data, casts: said(casts), calls: said(calls) }) };
}

interface Half {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

async function half(
  { agents, rate, duration }: Load,
  signal: AbortSignal,
  progress: Progress,
  send: (agent: string) => Promise<unknown>,
): Promise<Half> {
  const took: number[] = [];
  const begun = performance.now();
  let sent = 0;
  const worker = async (): Promise<void> => {
    for (;;) {
      const now = performance.now() - begun;
      if (now > duration || signal.aborted) return;
      if (sent >= (now / 1000) * rate) await pause(1);
      else await one();
    }
  };
  const one = async (): Promise<void> => {
    const from = performance.now();
    await send(agents[sent++ % agents.length] as string);
    took.push(performance.now() - from);
    progress.tell(took.length);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  progress.end();
  return summed(took, performance.now() - begun);
}

function summed(took: number[], ms: number): Half {
  const sorted = took.sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0) * 100) / 100;
  const perSecond = Math.round((sorted.length / Math.max(1, ms)) * 1000);
  return { count: sorted.length, perSecond, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99) };
}

function said({ count, perSecond, p50Ms, p95Ms, p99Ms }: Half): string {
  return `${count}  ${perSecond}/s  p50 ${p50Ms}ms  p95 ${p95Ms}ms  p99 ${p99Ms}ms`;
}
