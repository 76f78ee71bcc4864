/**
 * Io: the ends of the program. What is data goes out, what is said about it goes aside. Which ends these are, and in which folder
 * and under which environment it runs, is handed in: those of the process, or those of who runs a command inside another one.
 */
import { resolve } from "node:path";
import { styleText } from "node:util";
import type { Look } from "./text.ts";

/** What a program is given by whoever starts it. */
export interface Ends {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly env: NodeJS.ProcessEnv;
  /** The folder that paths start from. */
  readonly folder: string;
  /** Aborted when somebody wants it to end. */
  readonly signal: AbortSignal;
}

/** What comes in; keys one by one where it is a terminal. */
export type Input = NodeJS.ReadableStream &
  AsyncIterable<unknown> & {
    readonly isTTY?: boolean;
    readonly setRawMode?: (isRaw: boolean) => unknown;
  };

/** What goes out; a terminal has a size. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly write: (text: string) => unknown;
}

/** The ends that a command sees. */
export interface Io {
  readonly stdin: Input;
  readonly look: Look;
  readonly env: NodeJS.ProcessEnv;
  /** Where a path that was typed leads. */
  readonly path: (typed: string) => string;
  /** Writes data. */
  readonly out: (text: string) => void;
  /** Says something about it. */
  readonly err: (text: string) => void;
  /** True where somebody can be asked. */
  readonly canAsk: boolean;
  readonly isErrTerminal: boolean;
  /** Aborted when somebody wants it to end. */
  readonly signal: AbortSignal;
}

/** These ends, as a command sees them. */
export function toIo({ stdin, stdout, stderr, env, folder, signal }: Ends, wantsColour: boolean): Io {
  const isTerminal = stdout.isTTY === true;
  const hasColour = wantsColour && isTerminal && !env["NO_COLOR"];
  const paint: Look["paint"] = (style, text) =>
    hasColour ? styleText(style, text, { validateStream: false }) : text;
  return {
    ...{ stdin, env, signal },
    look: { width: isTerminal ? stdout.columns || 80 : Infinity, isTerminal, paint },
    path: (typed) => resolve(folder, typed),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    isErrTerminal: stderr.isTTY === true,
  };
}
