/** Line: a message as a list shows it: what stands in its row and no more, since a hundred thousand of them are kept. */
import type { MessageRecord, MessageType, State, Verb } from "../../api/types.ts";

/** What a row knows of its message; times in milliseconds since 1970. */
export interface Line {
  /** Tells rows apart: a published message has one for each mailbox that got a copy. */
  readonly key: string;
  readonly id: string;
  readonly verb: Verb;
  readonly type: MessageType;
  readonly operation: string;
  readonly from: string;
  readonly to: string | undefined;
  readonly topic: string | undefined;
  readonly mailbox: string | undefined;
  readonly conversation: string;
  readonly sentAt: number;
  readonly state: State;
  readonly attempts: number;
  /** From the sending to the end of the last attempt. */
  readonly ms: number | undefined;
  readonly size: number;
  readonly priority: number;
  readonly preview: string;
  readonly error: string | undefined;
}

/** Most characters of a payload in a row; a larger payload is not written out for its beginning. */
const PREVIEW = 160;
const LARGE = 4096;

export function toLine({ envelope, mailbox, state, attempts }: MessageRecord): Line {
  const {
    id,
    verb,
    type,
    operation,
    from,
    to,
    topic,
    priority,
    conversationId,
    size = 0,
    payload,
    beginning,
  } = envelope;
  const sentAt = Date.parse(envelope.sentAt);
  const last = attempts.at(-1);
  const error = last?.error?.message;
  return {
    key: keyOf({ envelope, ...(mailbox !== undefined && { mailbox }) }),
    ...{ id, verb, type, operation, priority, size, sentAt, state, attempts: attempts.length },
    ...{ from: one(from), to: to && one(to), topic: topic && one(topic), mailbox: mailbox && one(mailbox) },
    conversation: one(conversationId),
    ms: last && Math.max(0, Date.parse(last.endedAt) - sentAt),
    preview: beginning === undefined ? beginningOf(payload, size) : cut(beginning),
    error: error === undefined ? undefined : cut(error),
  };
}

/** The key of a record's row. */
export function keyOf({
  envelope: { id, topic },
  mailbox,
}: Pick<MessageRecord, "envelope" | "mailbox">): string {
  return topic === undefined || mailbox === undefined ? id : `${id}@${mailbox}`;
}

/** The message that a key is of, as far as the key itself says it. */
export function idOf(key: string): string {
  return key.replace(/^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})@.+$/, "$1");
}

const names = new Map<string, string>();
const MOST_NAMES = 10_000;

/** The same text for the same name: there are few of them in many rows. */
function one(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= MOST_NAMES) names.clear();
  names.set(name, name);
  return name;
}

function beginningOf(payload: unknown, size: number): string {
  if (payload === undefined) return "";
  if (typeof payload === "string") return cut(payload);
  if (Array.isArray(payload) && size > LARGE) return `a list of ${payload.length}`;
  if (typeof payload === "object" && payload !== null && size > LARGE)
    return cut(`{ ${Object.keys(payload).slice(0, 20).join(", ")} }`);
  return cut(JSON.stringify(payload));
}

/** A copy of the beginning: a slice would keep the whole text. */
function cut(text: string): string {
  return text.length <= PREVIEW ? text : Array.from(text.slice(0, PREVIEW)).join("");
}
