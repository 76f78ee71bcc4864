/** Progress: how far long work is, told aside: in place on a terminal, a line every few seconds elsewhere, or as lines of JSON. */
import type { Given } from "./command.ts";
import type { Io } from "./io.ts";
import { choiceOf, type Options } from "./options.ts";
import { toJson } from "./text.ts";

const EVERY = 5000;
const EVERY_ON_TERMINAL = 100;
const EVERY_IN_JSON = 500;

const forms = ["text", "json", "none"] as const;
type Form = (typeof forms)[number];

/** How progress is told. A program that reads JSON gets none in words. @throws Usage. */
export function progressOf(options: Options, isJson: boolean, { isErrTerminal }: Io): Form {
  return choiceOf(options, "progress", forms) ?? (isJson && !isErrTerminal ? "none" : "text");
}

/** How far it is. */
interface Step {
  readonly done: number;
  readonly total?: number | undefined;
  readonly step?: string | undefined;
}

export class Progress {
  readonly #io: Io;
  readonly #form: Form;
  readonly #what: string;
  readonly #begun = performance.now();
  readonly #every: number;
  #toldAt: number;
  #untold: Step | undefined;

  constructor({ io, progress }: { readonly io: Io; readonly progress: Form }, what: string) {
    this.#io = io;
    this.#form = progress;
    this.#what = what;
    this.#every = progress === "json" ? EVERY_IN_JSON : io.isErrTerminal ? EVERY_ON_TERMINAL : EVERY;
    this.#toldAt = progress === "json" || io.isErrTerminal ? -Infinity : this.#begun;
  }

  /** So much is done, of all where that is known. */
  tell(done: number, total?: number, step?: string): void {
    const now = performance.now();
    this.#untold = { done, total, step };
    if (now - this.#toldAt >= this.#every) this.#say(now, this.#untold);
  }

  /** Takes the line away; a program is told how far it came. */
  end(): void {
    if (this.#form === "json" && this.#untold) this.#say(performance.now(), this.#untold);
    if (this.#form === "text" && this.#io.isErrTerminal) this.#io.err("\r\u001b[K");
  }

  #say(now: number, { done, total, step }: Step): void {
    this.#toldAt = now;
    this.#untold = undefined;
    if (this.#form === "none") return;
    const perSecond = Math.round((done / Math.max(1, now - this.#begun)) * 1000);
    const left = total === undefined || perSecond === 0 ? undefined : Math.ceil((total - done) / perSecond);
    const { err, isErrTerminal } = this.#io;
    if (this.#form === "json")
      return err(
        `${toJson({ progress: { what: this.#what, step, done, total, perSecond, secondsLeft: left } })}\n`,
      );
    const of = total === undefined ? "" : ` of ${total}`;
    const line = `${this.#what}  ${done}${of}${step === undefined ? "" : ` (${step})`}  ${perSecond}/s${left === undefined ? "" : `  ${left}s left`}`;
    err(isErrTerminal ? `\r\u001b[K${line}` : `${line}\n`);
  }
}

/** Says, where somebody ends it, how far the work came and by what the rest is done; until it is disposed of. */
export function resumed(
  { io, isJson }: Pick<Given, "io" | "isJson">,
  progress: Progress,
  how: () => string,
): Disposable {
  const stopped = (): void => {
    progress.end();
    if (!isJson) io.err(`${how()}\n`);
  };
  io.signal.addEventListener("abort", stopped, { once: true });
  return { [Symbol.dispose]: () => io.signal.removeEventListener("abort", stopped) };
}
