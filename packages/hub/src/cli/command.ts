/** Command: what a command is given, and what it answers; how that is shown is decided in one place. */
import type { ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";
import type { Options } from "./options.ts";
import type { Settings } from "./settings.ts";
import type { Look } from "./text.ts";

/** What a command is given. */
export interface Given {
  /** In their order; those that were left out are undefined. */
  readonly args: readonly (string | undefined)[];
  readonly options: Options;
  /** True where programs read what is said, errors too. */
  readonly isJson: boolean;
  /** Puts one item of a stream out: `data` for programs, `text` for people. */
  readonly emit: (data: unknown, text: string) => void;
  /** How progress is told. */
  readonly progress: "text" | "json" | "none";
  readonly io: Io;
  /** The settings, read when they are needed. */
  readonly settings: () => Promise<Settings>;
}

/** What a command answers. */
export interface Answer {
  /** For programs: at least what the text holds. */
  readonly data: unknown;
  /** Cursor of the page that follows. */
  readonly next?: string | undefined;
  /** For people. */
  readonly text: (look: Look) => string;
  /** Said beside it. */
  readonly aside?: string;
  /** A command that may be wanted next; said on a terminal. */
  readonly suggest?: string;
  readonly exit?: ExitCode;
}

/** A command; one that streams writes by itself, and answers nothing. */
export type Run = (given: Given) => Promise<Answer | undefined>;
