/** An unbounded Queue as the mailbox and a fiber that takes from it. The handler is an Effect, which is how one writes it there. */
import { Deferred, Effect, Queue } from "effect";
import { castManyRate, castRate, Tally } from "../flood.ts";
import { sampleOf, WARM_UP } from "../laps.ts";
import { payload, type Payload } from "../payload.ts";
import { weighWaiting } from "../waiting.ts";

/** A loop in one generator, as the docs advise: `Effect.forever` yields to the scheduler each time and is eight times slower. */
const consume = Effect.fnUntraced(function* <T>(
  queue: Queue.Queue<T>,
  handle: (item: T) => Effect.Effect<unknown>,
) {
  while (true) yield* handle(yield* Queue.take(queue));
});

function counting(tally: Tally) {
  const queue = Effect.runSync(Queue.unbounded<Payload>());
  Effect.runFork(consume(queue, () => Effect.sync(() => tally.add())));
  return queue;
}

export function cast(messages: number) {
  const tally = new Tally();
  const queue = counting(tally);
  return castRate(messages, (message) => Queue.offerUnsafe(queue, message), tally);
}

export function cast_1000(agents: number) {
  const tally = new Tally();
  const queues = Array.from({ length: agents }, () => counting(tally));
  return castManyRate(agents, (message, index) => Queue.offerUnsafe(queues[index], message), tally);
}

interface Question {
  message: Payload;
  reply: Deferred.Deferred<Payload>;
}

/** The caller is a fiber too: a promise for every call would measure the border between the two worlds. */
export const call = (calls: number) =>
  Effect.gen(function* () {
    const queue = yield* Queue.unbounded<Question>();
    yield* consume(queue, ({ message, reply }) => Deferred.succeed(reply, message)).pipe(Effect.forkChild);
    yield* lap(WARM_UP, queue);
    return sampleOf(yield* lap(calls, queue));
  }).pipe(Effect.runPromise);

const lap = Effect.fnUntraced(function* (calls: number, queue: Queue.Queue<Question>) {
  const times = new Float64Array(calls);
  let last = performance.now();
  for (let index = 0; index < calls; index++) {
    yield* ask(payload(index), queue);
    const now = performance.now();
    times[index] = now - last;
    last = now;
  }
  return times;
});

const ask = Effect.fnUntraced(function* (message: Payload, queue: Queue.Queue<Question>) {
  const reply = yield* Deferred.make<Payload>();
  yield* Queue.offer(queue, { message, reply });
  return yield* Deferred.await(reply).pipe(Effect.timeout("30 seconds"));
});

export function waiting_message(messages: number) {
  const queue = Effect.runSync(Queue.unbounded<Payload>());
  return weighWaiting(messages, { kept: queue, send: (message) => Queue.offerUnsafe(queue, message) });
}
