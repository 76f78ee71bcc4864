/**
 * Protocol: what a store and its clients say to each other, as JSON text: each message is a list of frames. `docs/protocol.md` describes it for
 * clients in other languages; what is said here and there must agree.
 */
import type { ErrorRecord } from "../core/errors.ts";

/** The version of the protocol; the hub refuses a client of another one. */
export const PROTOCOL = 1;

/** Most bytes of a message, in UTF-8: a hub ends the connection of a client that says more at once. */
export const MOST_MESSAGE = 8 * 2 ** 20;

/** What a client can ask of a store: the methods of `Store`, and the ends of `watch` and `follow`. */
export const operations = [
  ...[
    "append",
    "appendAll",
    "claim",
    "extend",
    "settle",
    "bury",
    "load",
    "announce",
    "withdraw",
    "directory",
  ],
  ...[
    "bind",
    "unbind",
    "record",
    "parts",
    "follow",
    "unfollow",
    "spend",
    "watch",
    "unwatch",
    "read",
    "operate",
  ],
] as const;
export type Op = (typeof operations)[number];

/**
 * What must not be done twice: its answer is kept until the client has it, so that a request that is repeated after the connection broke gets
 * the first one's answer. Everything else may be done again.
 */
export const once: ReadonlySet<string> = new Set([
  "append",
  "appendAll",
  "claim",
  "settle",
  "bury",
  "record",
  "spend",
  "operate",
]);

/** The first frame of a client. `session` goes on with a session whose connection broke. */
export interface Hello {
  readonly hello: number;
  readonly session?: string;
  readonly token?: string;
  /** A name for lists and logs. */
  readonly client?: string;
}

/** The first frame of the store's side. */
export interface Welcome {
  readonly welcome: number;
  readonly session: string;
  /** False where the session is a new one: what the client had announced and watched is to be said again. */
  readonly resumed: boolean;
  /** Most requests without an answer at a time; as many answers again, and a thousand, may be without a `got`. */
  readonly credit: number;
  readonly level: { readonly name: string; readonly durable: boolean };
  /** The time of the store's side, UTC milliseconds: all that it keeps is timed by it. */
  readonly now: number;
  /** What the address of the client's system is to end with, behind a point; absent where it may be any. */
  readonly tag?: string;
}

/** A frame as it comes: an object whose fields are still to be read. */
export type Frame = Readonly<Record<string, unknown>>;

/** An answer: one of both. */
export interface Answered {
  readonly n: number;
  readonly is?: unknown;
  readonly error?: ErrorRecord;
}

/** A message of frames. */
export function messageText(frames: readonly string[]): string {
  return `[${frames.join(",")}]`;
}
