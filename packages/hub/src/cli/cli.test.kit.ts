/**
 * What tests of the command line share: it carried out inside the test, which takes a hundredth of the time, or as a process of its own, for
 * what a process alone shows (signals, pipes, what is left open); and a hub with agents to speak to.
 */
import assert from "node:assert/strict";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { agent, crash, on, start, type System } from "hermod";
import { remote } from "hermod/remote";
import { sqlite } from "hermod/sqlite";
import { Hub } from "../hub.ts";
import { invoke } from "./invocation.ts";

/** No contexts of whoever runs the tests. */
const nowhere = join(tmpdir(), "hermod-no-config");
const main = join(import.meta.dirname, "main.ts");

/** What became of a run. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** As on a terminal: somebody can be asked; of commands that are carried out in this process. */
  readonly isTerminal?: boolean;
}

/** A run that goes on. */
export interface Begun {
  readonly child: ChildProcess;
  /** Resolves when what has come out fits. */
  readonly out: (pattern: RegExp) => Promise<string>;
  readonly err: (pattern: RegExp) => Promise<string>;
  readonly ended: Promise<Ran>;
}

/** Begins a run; nothing of this process's settings reaches it. */
export function begin(args: readonly string[], { input, env = {}, cwd = tmpdir() }: RunOptions = {}): Begun {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    cwd,
    env: { PATH, HOME, XDG_CONFIG_HOME: nowhere, ...env },
  });
  const [out, err] = [new Heard(child.stdout), new Heard(child.stderr)];
  child.stdin.on("error", () => undefined);
  child.stdin.end(input ?? "");
  const ended = new Promise<Ran>((resolve) => {
    child.on("close", (code) => {
      out.end();
      err.end();
      resolve({ code, out: out.text, err: err.text });
    });
  });
  return { child, ended, out: (pattern) => out.wait(pattern), err: (pattern) => err.wait(pattern) };
}

/** Runs a command to its end, as a process of its own. */
export function spawned(args: readonly string[], options?: RunOptions): Promise<Ran> {
  return begin(args, options).ended;
}

/** Carries a command out to its end, inside this process; nothing of this process's settings reaches it. */
export async function hermod(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { input = "", env = {}, cwd = tmpdir(), isTerminal = false } = options;
  const said = { out: "", err: "" };
  const code = await invoke(args, {
    stdin: Object.assign(Readable.from([Buffer.from(input)]), { isTTY: isTerminal }),
    stdout: { write: (text) => (said.out += text) },
    stderr: { write: (text) => (said.err += text), isTTY: isTerminal },
    env: { XDG_CONFIG_HOME: nowhere, ...env },
    folder: cwd,
    signal: new AbortController().signal,
  });
  return { code, ...said };
}

class Heard {
  text = "";
  #isOver = false;
  readonly #waits = new Set<() => void>();

  constructor(stream: NodeJS.ReadableStream) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      this.text += text;
      for (const wake of this.#waits) wake();
    });
  }

  end(): void {
    this.#isOver = true;
    for (const wake of this.#waits) wake();
  }

  async wait(pattern: RegExp): Promise<string> {
    for (;;) {
      const [found] = pattern.exec(this.text) ?? [];
      if (found !== undefined) return found;
      if (this.#isOver) throw new Error(`ended without ${String(pattern)}: ${this.text}`);
      await new Promise<void>((resolve) => {
        const wake = (): void => (this.#waits.delete(wake), resolve());
        this.#waits.add(wake);
      });
    }
  }
}

/** The one document of a run with --json. */
export function documentOf({ out, err, code }: Ran): {
  readonly v: number;
  readonly data: never;
  readonly next?: string;
} {
  assert.ok(
    out.endsWith("\n") && out.indexOf("\n") === out.length - 1,
    `one line: ${out} ${err} ${String(code)}`,
  );
  return JSON.parse(out) as never;
}

/** The lines of a stream. */
export function linesOf({ out }: Ran): readonly never[] {
  return out
    .trimEnd()
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as never);
}

/** The error of a run with --json: nothing has gone out. */
export function errorOf({ out, err }: Ran): {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
} {
  assert.equal(out, "");
  return (JSON.parse(err) as { readonly error: never }).error;
}

const agents = [
  agent("echo", {
    on: {
      request: (said) => said,
      notification: () => undefined,
      async *task(most) {
        for (let at = 1; at <= (most as number); at++) yield at;
        return "done";
      },
    },
  }),
  agent("fails", {
    retry: { retries: 0 },
    on: {
      request: () => Promise.reject(new Error("no \u001b[31mluck\u202e")),
      notification: () => Promise.reject(new Error("never 7")),
    },
  }),
  agent("slow", {
    on: {
      request: (_said, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(crash("stopped")))),
    },
  }),
  agent("clerk", { on: { task: (_said, ctx) => ctx.ask("ana", "Send it?", { options: ["yes", "no"] }) } }),
  agent("lathe", { on: { request: (said) => said } }),
  agent("harbour", { on: {}, topics: [on("tide.*", () => undefined)] }),
];

/** A hub with agents, and a folder for what the commands write. */
export interface World extends AsyncDisposable {
  readonly hub: Hub;
  readonly system: System;
  readonly folder: string;
  readonly store: string;
  /** Carries a command out against the hub. */
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  /** Begins a process that does. */
  readonly begin: (args: readonly string[], options?: RunOptions) => Begun;
}

export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "hermod-cli-"));
  const store = join(folder, "hub.db");
  const hub = await Hub.open({ store: sqlite(store), port: 0 });
  const system = await start({ agents, store: remote(hub.url) });
  const given = (options: RunOptions = {}): RunOptions => ({
    cwd: folder,
    ...options,
    env: { HERMOD_URL: hub.url, HERMOD_STORE: store, ...options.env },
  });
  return {
    ...{ hub, system, folder, store },
    run: (args, options) => hermod(args, given(options)),
    begin: (args, options) => begin(args, given(options)),
    async [Symbol.asyncDispose]() {
      await system.close({ timeout: 0 });
      await hub.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What commands have to show: set before they run. */
export interface Known {
  readonly call: string;
  readonly task: string;
  readonly long: string;
  readonly dead: string;
}

/** Says, asks and breaks something, so that there is something to show. */
export async function prepare({ system }: World): Promise<Known> {
  await system.call("echo", "say", { text: "the \u001b[2Jsea" }, { conversation: "tides" });
  await system.call("fails", "break", 1, { conversation: "broken" }).catch(() => undefined);
  const [asked] = await system.conversation("tides");
  const task = await system.task("echo", "count", 3);
  await task.result();
  const long = await system.task("clerk", "send", 1);
  const { id } = await system.cast("fails", "note", "lost");
  const dead = await until(async () => (await system.deadLetters.list({ where: `id:${id}` })).items[0]?.id);
  await until(async () => (await system.people.list())[0]);
  return { call: asked?.envelope.id ?? "", task: task.id, long: long.id, dead };
}

/** Asks until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await ask();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
