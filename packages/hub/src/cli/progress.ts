/** Progress: how far long work is, told aside: in place on a terminal, a line every few seconds elsewhere. */
import type { Io } from "./io.ts";

const EVERY = 5000;
const EVERY_ON_TERMINAL = 100;

export class Progress {
  readonly #io: Io;
  readonly #what: string;
  readonly #begun = performance.now();
  #told = -Infinity;

  constructor(io: Io, what: string) {
    this.#io = io;
    this.#what = what;
    this.#told = io.isErrTerminal ? -Infinity : this.#begun;
  }

  /** So much is done, of all where that is known. */
  tell(done: number, total?: number, unit = ""): void {
    const now = performance.now();
    const { isErrTerminal, err } = this.#io;
    if (now - this.#told < (isErrTerminal ? EVERY_ON_TERMINAL : EVERY)) return;
    this.#told = now;
    const rate = Math.round((done / Math.max(1, now - this.#begun)) * 1000);
    const of = total === undefined ? "" : ` of ${total}`;
    const line = `${this.#what}  ${done}${of}${unit}  ${rate}/s${eta(done, total, rate)}`;
    err(isErrTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  }

  /** Takes the line away. */
  end(): void {
    if (this.#io.isErrTerminal) this.#io.err("\r\u001b[K");
  }
}

function eta(done: number, total: number | undefined, rate: number): string {
  return total === undefined || rate === 0 ? "" : `  ${Math.ceil((total - done) / rate)}s left`;
}
