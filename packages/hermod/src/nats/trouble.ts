/** Trouble: what the broker and its client complain of, as errors that say what to do next. */
import { JetStreamApiError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";
import { describe, HermodError, type ErrorCode } from "../core/errors.ts";

/** Numbers of the server's errors (its `errors.json`). */
export const Code = { wrongSequence: 10071, notFound: 10059, noMessage: 10037, noSequence: 10043 } as const;

interface Said {
  readonly code: ErrorCode;
  readonly text: string;
  readonly hint?: string;
}

const full = (text: string): Said => ({
  code: "HERMOD_STORE_FULL",
  text,
  hint: "Give the stream or the server's JetStream more room, or keep less history; what is stored stays, and all goes on when there is room.",
});

const taken = (text: string): Said => ({
  code: "HERMOD_STORE_VERSION",
  text,
  hint: "Give each application a nats.namespace of its own, and the same options in all of its processes.",
});

const byCode: Readonly<Record<number, Said>> = {
  10023: full("the server's JetStream has no room left"),
  10077: full("the stream has reached its limit"),
  10028: full("the account's JetStream has no room left"),
  10047: {
    code: "HERMOD_STORE_FULL",
    text: "the server has no room for a stream that may grow as large as nats.journalBytes",
    hint: "Give nats.journalBytes less, or the server more room: each partition may take as much.",
  },
  10039: {
    code: "HERMOD_UNSUPPORTED",
    text: "the server has no JetStream for this account",
    hint: "Start it with -js, or enable JetStream for the account.",
  },
  10076: {
    code: "HERMOD_UNSUPPORTED",
    text: "the server has no JetStream",
    hint: "Start it with -js, or with a jetstream block in its configuration.",
  },
  10054: {
    code: "HERMOD_TOO_LARGE",
    text: "the stream takes no message of this size",
    hint: "Leave the stream's max_msg_size as it was made.",
  },
  10058: taken("a stream of this name is there already, with other settings"),
  10065: taken("another stream keeps the messages of these subjects"),
  10074: {
    code: "HERMOD_BAD_OPTION",
    text: "the cluster has fewer servers than nats.replicas asks for",
    hint: "Ask for fewer replicas, or start more servers.",
  },
};

/** The error as one that names where it happened and the next thing to do; one that is coded already is left as it is. */
export function toTrouble(error: unknown, where: string): HermodError {
  if (error instanceof HermodError) return error;
  const said = saidBy(error) ?? { code: "HERMOD_STORE", text: describe(error) };
  return new HermodError(said.code, `${where}: ${said.text}`, {
    cause: error,
    details: { where },
    ...(said.hint !== undefined && { hint: said.hint }),
  });
}

function saidBy(error: unknown): Said | undefined {
  if (error instanceof JetStreamApiError) return byCode[error.code];
  const denied = within(error, errors.PermissionViolationError);
  if (denied)
    return {
      code: "HERMOD_FORBIDDEN",
      text: `the server forbids this user to ${denied.operation === "publish" ? "publish to" : "subscribe to"} "${denied.subject}"`,
      hint: "Give the user the subjects that docs/nats.md lists for its namespace.",
    };
  if (isOversize(error))
    return {
      code: "HERMOD_TOO_LARGE",
      text: "the server takes no message of this size any more",
      hint: "Set its max_payload to what it was before: 1 MiB is its default, 4096 the least.",
    };
  if (isRefusal(error))
    return {
      code: "HERMOD_UNAUTHORIZED",
      text: "the server refuses this user",
      hint: "Check nats.user and nats.pass, or nats.token, or nats.tls.",
    };
  return undefined;
}

/** True for trouble that stays until somebody does something about it. */
export function isLasting({ code, retryable }: HermodError): boolean {
  return !retryable || code === "HERMOD_STORE_FULL";
}

/** True for trouble of which nobody knows more than that it is there: it may be gone the next time. */
export function passes(error: unknown): boolean {
  return toTrouble(error, "").code === "HERMOD_STORE";
}

/** True where the server does not let this user in. */
export function isRefusal(error: unknown): boolean {
  return within(error, errors.AuthorizationError) !== undefined;
}

/** True where the client itself did not send it: it is longer than what the server says that it takes. */
export function isOversize(error: unknown): boolean {
  return within(error, errors.InvalidArgumentError)?.message.includes("max_payload") === true;
}

/** True where the connection is ended, or is being ended, by ourselves: it says nothing more. */
export function isEnd(error: unknown): boolean {
  return error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError;
}

/** True where TLS has failed, or one side has it and the other has not: by the codes of Node and OpenSSL, and by what the client says of its own. */
export function isUnsecured(error: unknown): boolean {
  const { code = "", message, cause } = error as { code?: string; message?: string; cause?: unknown };
  const isIts =
    /TLS|SSL|CERT|SIGNATURE|CRL|EPROTO/u.test(code) ||
    /\btls\b|certificate|doesn't exist/iu.test(message ?? "");
  return isIts || (cause instanceof Error && isUnsecured(cause));
}

/** True where nobody has answered at all. */
export function isSilence(error: unknown): boolean {
  return within(error, errors.TimeoutError) !== undefined;
}

/** The error itself or one of its causes, where it is of this kind. */
export function within<T extends Error>(error: unknown, kind: new (...given: never[]) => T): T | undefined {
  if (error instanceof kind) return error;
  return error instanceof Error && error.cause !== undefined ? within(error.cause, kind) : undefined;
}

/** True where the server has answered, and will have it so for as long as nothing else changes. */
export function isAnswer(error: unknown): boolean {
  if (error instanceof JetStreamApiError) return error.apiError().code < 500 || error.code in byCode;
  return within(error, errors.PermissionViolationError) !== undefined;
}
