/** Pipe: a wire between two processes of one machine, over a socket in the file system: nothing on it is lost, and its end is known at once. */
import { connect, type Socket } from "node:net";
import { systemClock } from "../core/clock.ts";
import { describe } from "../core/errors.ts";
import type { Wire } from "../remote/wire.ts";
import { toBytes, Texts } from "./texts.ts";
import { Piggyback } from "./piggyback.ts";

/** What is heard on a pipe. */
export interface PipeEnds {
  readonly heard: (text: string) => void;
  /** Once: nothing more comes. */
  readonly closed: (reason: string) => void;
}

/** How long an end waits until the other side has read all, in milliseconds. */
const PATIENCE = 2000;
/** Most bytes of a text from somebody who has not said who he is. */
const STRANGER = 256;

export class Pipe implements Wire {
  readonly #socket: Socket;
  readonly #texts: Texts;
  readonly #road: Piggyback<string>;
  #ends: PipeEnds;
  /** True while nothing was heard on it. */
  isMute = true;
  #isOver = false;
  #reason = "the other side has ended it";

  constructor(socket: Socket, ends: PipeEnds) {
    // Whoever is there may be stopped, and never end it.
    this.#socket = socket.unref();
    this.#ends = ends;
    this.#texts = new Texts(STRANGER);
    this.#road = new Piggyback({
      say: (texts) => this.#write(texts),
      last: (run) => systemClock.late(run),
      clock: systemClock,
    });
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => (this.#reason = describe(error)));
    socket.on("close", () => this.#ended());
  }

  /** A pipe to who listens at this path, which has said this first; undefined where nobody does. */
  static dial(path: string, first: string, ends: PipeEnds): Promise<Pipe | undefined> {
    const { promise, resolve } = Promise.withResolvers<Pipe | undefined>();
    const socket = connect(path);
    socket.once("error", () => resolve(undefined));
    socket.once("connect", () => {
      const pipe = new Pipe(socket, ends);
      pipe.trust(ends);
      pipe.send(first);
      resolve(pipe);
    });
    return promise;
  }

  /** Whoever is there has said who he is: what he says from now on is heard by these. */
  trust(ends: PipeEnds): void {
    this.#ends = ends;
    this.#texts.most = Infinity;
  }

  send(text: string): void {
    this.#road.publish(text);
  }

  readonly piggyback = (flush: () => void): void => this.#road.wait(flush);

  /** Says what was to be said, and hears nothing more. */
  close(): void {
    if (this.#isOver) return;
    this.#road.flush();
    this.#isOver = true;
    // Nothing that was said is lost with this process: it lives until the other side has read it, where that is alive.
    const late = systemClock.after(PATIENCE, () => this.#socket.destroy(), true);
    this.#socket.ref().once("close", late).end();
  }

  #write(texts: readonly string[]): void {
    if (this.#isOver) return;
    this.#socket.cork();
    for (const text of texts) this.#socket.write(toBytes(text));
    this.#socket.uncork();
  }

  #take(chunk: Buffer): void {
    if (this.#isOver) return;
    this.isMute = false;
    try {
      this.#texts.add(chunk);
      for (let text = this.#next(); text !== undefined; text = this.#next()) this.#ends.heard(text);
    } catch (error) {
      this.#reason = describe(error);
      this.#socket.destroy();
    }
  }

  #next(): string | undefined {
    return this.#isOver || this.#socket.destroyed ? undefined : this.#texts.next();
  }

  #ended(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ends.closed(this.#reason);
  }
}
