/** A queue of concurrency 1 with an async worker. */
import fastq from "fastq";
import { castManyRate, castRate, Tally } from "../flood.ts";
import { callTimes } from "../laps.ts";
import { weighWaiting } from "../waiting.ts";

const counting = (tally: Tally) => fastq.promise(async () => tally.add(), 1);

export function cast(messages: number) {
  const tally = new Tally();
  const queue = counting(tally);
  return castRate(messages, (message) => queue.push(message), tally);
}

export function cast_1000(agents: number) {
  const tally = new Tally();
  const queues = Array.from({ length: agents }, () => counting(tally));
  return castManyRate(agents, (message, index) => queues[index].push(message), tally);
}

export function call(calls: number) {
  const queue = fastq.promise(async (message: unknown) => message, 1);
  return callTimes(calls, (message) => queue.push(message));
}

/** The callback form, whose waiting task is the smaller one: a promise a message would be 400 bytes more. */
export function waiting_message(messages: number) {
  const queue = fastq((_message: unknown, done: () => void) => done(), 1);
  const done = () => {};
  queue.pause();
  return weighWaiting(messages, { kept: queue, send: (message) => queue.push(message, done) });
}
