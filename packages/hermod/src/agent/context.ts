/** Context: what a handler can see and do besides its input. */
import type { Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import type { Model } from "../core/model.ts";
import type { CallOf, CallOptions, CastOf, ReplyOf, SendOf, SendOptions, Target } from "./target.ts";

/** Sends a request and waits for its reply. */
export type Call = <T extends Target, Op extends CallOf<T>>(
  to: T,
  operation: Op,
  payload: SendOf<T, Op>,
  options?: CallOptions,
) => Promise<ReplyOf<T, Op>>;

/** Sends a message one way; resolves with its envelope when it is stored. */
export type Cast = <T extends Target, Op extends CastOf<T>>(
  to: T,
  operation: Op,
  payload: SendOf<T, Op>,
  options?: SendOptions,
) => Promise<Envelope>;

/** Writes one line of log, kept as a report with the message it belongs to. */
export type LogLine = (text: string, data?: unknown) => void;

/** What a handler can see and do besides its input; its functions may be taken out of it. */
export interface Context<S = undefined> {
  /** Calls another agent: the reply, or one typed error. The wait never outlasts this message's own deadline. */
  readonly call: Call;
  /** Casts to another agent. */
  readonly cast: Cast;
  /** Answers the message before the handler ends; its returned value is then not sent. */
  readonly reply: (value: unknown) => Promise<void>;
  /** The agent's state: committed when the delivery succeeds, put back when it fails. Up to 256 KiB as JSON. A notice sees a frozen copy. */
  readonly state: S;
  /** The system's model; throws NoModel where none was given. */
  readonly model: Model;
  /** Fires at the message's deadline, when its lease is lost, and when the system stops waiting for the handler. */
  readonly signal: AbortSignal;
  /** UTC milliseconds, or undefined where the message has none. */
  readonly deadline: number | undefined;
  /** Id of the conversation. */
  readonly conversation: string;
  /** The message itself. */
  readonly envelope: Envelope;
  /** The same at every attempt of this message: hand it to services that know idempotency keys. */
  readonly idempotencyKey: string;
  readonly log: {
    readonly debug: LogLine;
    readonly info: LogLine;
    readonly warn: LogLine;
    readonly error: LogLine;
  };
  /** The agent's own address. */
  readonly self: Address;
}
