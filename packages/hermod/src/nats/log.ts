/**
 * Log: the messages of one of our streams, in order. A consumer reads what one of the servers has, and that may be less than what the stream's leader has
 * confirmed, or stand under other numbers, for a while or for ever: what does not come, or not in its place, is asked of the leader, one by one.
 */
import { DeliverPolicy, type ConsumerMessages } from "@nats-io/jetstream";
import type { MsgHdrs } from "@nats-io/transport-node";
import { systemClock } from "../core/clock.ts";
import type { Broker } from "./connect.ts";

/** A message, however it came. */
export interface Logged {
  readonly seq: number;
  readonly data: Uint8Array;
  readonly headers?: MsgHdrs | undefined;
}

/** Messages that are asked for at a time. */
const PAGE = 1000;
/** Messages that the leader is asked for at a time. */
const ABREAST = 64;
/** Milliseconds without a message after which a consumer is left. */
const STALL = 1000;

export interface LogOptions {
  /** Messages that a consumer is asked for at a time; default 1,000. */
  readonly page?: number;
  readonly signal?: AbortSignal;
  /** Asks the leader alone; default false. */
  readonly byLeader?: boolean;
}

/** The messages from one number to another; fewer where the next one is not there, or `signal` is aborted. A purged beginning is left out. */
export async function* logged(
  broker: Broker,
  stream: string,
  [first, last]: readonly [first: number, last: number],
  { page = PAGE, signal, byLeader = false }: LogOptions = {},
): AsyncGenerator<Logged, void, undefined> {
  let next = first;
  if (!byLeader)
    for await (const message of consumed(broker, stream, next, page, signal)) {
      yield message;
      next = message.seq + 1;
      if (next > last) return;
    }
  for (; next <= last && !signal?.aborted; next += ABREAST)
    for (const found of await several(broker, stream, next, Math.min(last, next + ABREAST - 1))) {
      if (found === undefined) return;
      yield found;
    }
}

/** What the leader of a stream has under a number; undefined for nothing. */
export async function ofLeader({ jsm }: Broker, stream: string, seq: number): Promise<Logged | undefined> {
  const found = await jsm.streams.getMessage(stream, { seq });
  return found === null ? undefined : { seq: found.seq, data: found.data, headers: found.header };
}

function several(broker: Broker, stream: string, from: number, to: number): Promise<(Logged | undefined)[]> {
  const asked = Array.from({ length: to - from + 1 }, (_, at) => ofLeader(broker, stream, from + at));
  return Promise.all(asked);
}

/** What a consumer delivers until nothing has come for a while. */
async function* consumed(
  { js }: Broker,
  stream: string,
  first: number,
  page: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Logged, void, undefined> {
  const start = { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: first };
  const consumer = await js.consumers.get(stream, start);
  const messages = await consumer.consume({ max_messages: page });
  const stop = (): void => messages.stop();
  signal?.addEventListener("abort", stop);
  if (signal?.aborted) stop();
  try {
    yield* unlessStalled(messages);
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
    await consumer.delete();
  }
}

async function* unlessStalled(messages: ConsumerMessages): AsyncGenerator<Logged, void, undefined> {
  const wait = () => systemClock.after(STALL, () => messages.stop());
  let late = wait();
  try {
    for await (const message of messages) {
      late();
      if (!isInPlace(message)) return;
      yield message;
      late = wait();
    }
  } finally {
    late();
  }
}

/** The stream keeps with a message behind which number its writer wanted it. */
const EXPECTED = "Nats-Expected-Last-Sequence";

function isInPlace({ seq, headers }: Logged): boolean {
  const before = headers?.get(EXPECTED) ?? "";
  return before === "" || Number(before) === seq - 1;
}
