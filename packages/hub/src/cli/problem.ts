/** Problem: an error as the command line tells it: one shape in JSON and in words, and the code to end with. */
import { HermodError, errorTable } from "hermod";
import { exitOf, exits, type ExitCode } from "./exit.ts";
import { plain } from "./text.ts";

/** An error, told. */
export interface Problem {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly docs?: string;
  readonly retryable: boolean;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly exit: ExitCode;
}

/** Something that was asked for is not there: a message, a conversation, a dead letter. */
export class Missing extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The command cannot be carried out as it was written. */
export class Usage extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Any thrown value, told. */
export function toProblem(thrown: unknown): Problem {
  // A connection that broke cannot be ended either; why it broke is what matters.
  if (thrown instanceof SuppressedError) return toProblem(thrown.suppressed);
  if (thrown instanceof HermodError) return ofHermod(thrown);
  if (thrown instanceof Missing) return own("HERMOD_NOT_FOUND", thrown, exits.missing);
  if (thrown instanceof Usage) return own("HERMOD_BAD_OPTION", thrown, exits.usage);
  const { code, message } = Object(thrown) as { readonly code?: unknown; readonly message?: unknown };
  const name = typeof code === "string" ? code : "HERMOD_UNEXPECTED";
  return {
    code: name,
    message: typeof message === "string" ? message : shown(thrown),
    retryable: false,
    exit: exitOf(name),
  };
}

/** Text about what is no error; never throws, whatever it is. */
function shown(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return `a thrown ${typeof thrown} that cannot be read`;
  }
}

function ofHermod({ code, category, message, hint, docs, retryable, details }: HermodError): Problem {
  const more = Object.keys(details).length > 0 && { details };
  return { code, message, hint: inWords(code, hint), docs, retryable, ...more, exit: exitOf(code, category) };
}

/** The table's hints are for who writes code; who types commands needs another one at times. */
function inWords(code: string, hint: string): string {
  const isOwn = !Object.hasOwn(errorTable, code) || errorTable[code as keyof typeof errorTable].hint !== hint;
  return (isOwn ? undefined : commandHints[code]) ?? hint;
}

const commandHints: Readonly<Record<string, string>> = {
  HERMOD_NO_AGENT:
    "See who is there: hermod agents ls. To leave a message for who comes later: hermod cast --hold.",
  HERMOD_PORT_TAKEN:
    "Use what runs there, or choose another port by --port; --port 0 takes a free one. hermod doctor looks closer.",
  HERMOD_STORE_OWNED:
    "Stop the owner named here first, or name another file by --store; hermod backup works beside an owner.",
  HERMOD_TIMEOUT:
    "Wait longer by --timeout 60s, or look at what waits: hermod mailbox ls. The outcome is unknown.",
  HERMOD_UNREACHABLE: "Start a hub (hermod hub), or give the address of one by --url or HERMOD_URL.",
  HERMOD_UNAUTHORIZED: "Give the hub a token that it knows, by HERMOD_TOKEN or --token.",
  HERMOD_CIRCUIT_OPEN: "The agent kept failing and rests now: hermod breaker ls says until when.",
};

function own(code: string, { message, hint }: Missing | Usage, exit: ExitCode): Problem {
  return { code, message, retryable: false, exit, ...(hint !== undefined && { hint }) };
}

/** The problem as lines for a terminal. */
export function problemText({ code, message, hint, docs }: Problem): string {
  const lines = [`${code}  ${plain(message)}`];
  if (hint !== undefined) lines.push(`  hint  ${plain(hint)}`);
  if (docs !== undefined) lines.push(`  docs  ${docs}`);
  return `${lines.join("\n")}\n`;
}
