/** Io: the ends of the program. What is data goes out, what is said about it goes aside; who stops reading ends it quietly. */
import { styleText } from "node:util";
import type { Look } from "./text.ts";

/** The ends that a command sees. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly look: Look;
  /** Writes data. */
  readonly out: (text: string) => void;
  /** Says something about it. */
  readonly err: (text: string) => void;
  /** True where somebody can be asked. */
  readonly canAsk: boolean;
  readonly isErrTerminal: boolean;
  /** Aborted when somebody wants it to end. */
  readonly signal: AbortSignal;
  /** Hears that nobody reads what goes out any more. */
  readonly closed: (hear: () => void) => void;
}

/** The ends of this process. */
export function processIo(signal: AbortSignal, wantsColour: boolean): Io {
  const { stdin, stdout, stderr } = process;
  const isTerminal = stdout.isTTY === true;
  const hasColour = wantsColour && isTerminal && !process.env["NO_COLOR"];
  const paint: Look["paint"] = (style, text) =>
    hasColour ? styleText(style, text, { validateStream: false }) : text;
  stderr.on("error", () => undefined);
  return {
    stdin,
    look: { width: isTerminal ? stdout.columns || 80 : Infinity, isTerminal, paint },
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    canAsk: stdin.isTTY === true && stderr.isTTY === true,
    isErrTerminal: stderr.isTTY === true,
    signal,
    closed: (hear) => void stdout.on("error", hear),
  };
}
