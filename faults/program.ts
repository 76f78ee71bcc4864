/**
 * Program: a process of an episode: it is born, says words and is told some, each a line, and is stopped or killed. None of them outlives
 * the process that has started it.
 */
import { spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { setTimeout as wait } from "node:timers/promises";
import { runs } from "./threads.ts";

const compiled = join(import.meta.dirname, "../node_modules/.cache/compiled");
/** Longest that it may take to say something, in milliseconds. */
const LONGEST = 30_000;

const living = new Set<ChildProcess>();
process.on("exit", () => {
  for (const one of living) one.kill("SIGKILL");
});

/** The words of a command that runs another one. */
export type Command = (words: readonly string[]) => readonly [program: string, ...words: string[]];
export const asItIs: Command = ([program = "", ...words]) => [program, ...words];

export interface Speech {
  /** Where it says its words; what it writes to the other is its complaint. Default "stdout". */
  readonly by?: "stdout" | "stderr";
  /** The word of a line; default the line. */
  readonly word?: (line: string) => string;
}

export class Program {
  readonly #process: ChildProcess;
  readonly #said = new Set<string>();
  readonly #words = new EventEmitter();
  readonly #gone = new AbortController();
  #complaint = "";

  constructor(child: ChildProcess, { by = "stdout", word = (line) => line }: Speech = {}) {
    this.#process = child;
    living.add(child);
    child.once("exit", () => living.delete(child));
    child.once("close", () => this.#gone.abort());
    // Whoever is gone hears nothing: `said` tells of it.
    child.stdin?.on("error", () => undefined);
    createInterface({ input: child[by] as Readable }).on("line", (line) => this.#hear(word(line)));
    child.stderr?.on("data", (part: Buffer) => {
      this.#complaint = (this.#complaint + part.toString()).slice(-1500);
    });
  }

  /**
   * A script of Node, whose orders are its one argument; what it writes to file descriptor 3 is appended to the file `events`. `command` makes of its words those
   * that begin it elsewhere.
   */
  static script(path: string, orders: object, events?: string, command: Command = asItIs): Program {
    const descriptor = events === undefined ? "ignore" : openSync(events, "a");
    const stdio: StdioOptions = ["pipe", "pipe", "pipe", descriptor];
    const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
    const [program, ...words] = command([process.execPath, path, JSON.stringify(orders)]);
    const child = spawn(program, words, { stdio, env });
    if (typeof descriptor === "number") closeSync(descriptor);
    return new Program(child);
  }

  #hear(word: string): void {
    this.#said.add(word);
    this.#words.emit(`word ${word}`);
    this.#words.emit("any", word);
  }

  /** Calls `ear` with each word that it says from now on. */
  hear(ear: (word: string) => void): void {
    this.#words.on("any", ear);
  }

  tell(word: string): void {
    this.#process.stdin?.write(`${word}\n`);
  }

  /** Waits until it has said the word, at most `longest` ms. @throws Error where it ended before, or says nothing. */
  async said(word: string, longest = LONGEST): Promise<void> {
    if (this.#said.has(word)) return;
    const signal = AbortSignal.any([AbortSignal.timeout(longest), this.#gone.signal]);
    try {
      await once(this.#words, `word ${word}`, { signal });
    } catch {
      throw new Error(`not ${word} (exit ${this.#process.exitCode}): ${this.#complaint.trim()}`);
    }
  }

  get pid(): number {
    return this.#process.pid as number;
  }

  /** What it has complained of where it ended by itself. */
  get fallen(): string | undefined {
    const { exitCode } = this.#process;
    return exitCode === null ? undefined : `ended with ${exitCode}: ${this.#complaint.trim()}`;
  }

  /** Stops it until it may go on; resolves when nothing of it runs any more, where the system says so (`/proc`): signals take their time. */
  async pause(): Promise<void> {
    this.#process.kill("SIGSTOP");
    while (runs(this.pid)) await wait(1);
  }

  resume(): void {
    this.#process.kill("SIGCONT");
  }

  /** Ends it by a signal, and waits until it is gone. */
  async kill(signal: NodeJS.Signals): Promise<number | null> {
    this.#process.kill(signal);
    return this.gone();
  }

  /** Waits until it is gone, at most `longest` ms; null where a signal ended it. @throws Error where it is not. */
  async gone(longest = LONGEST): Promise<number | null> {
    if (!this.#gone.signal.aborted)
      await once(this.#gone.signal, "abort", { signal: AbortSignal.timeout(longest) }).catch(() => {
        throw new Error(`still there after ${longest} ms: ${this.#complaint.trim()}`);
      });
    return this.#process.exitCode;
  }
}
