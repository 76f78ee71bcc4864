/**
 * Passage: where other processes of this machine reach the owners of this one without the broker between them: the way over it was half of a call.
 * Who may come in was let in at a door, and got a key there that opens once. The socket stands in a folder that no other user may enter.
 */
import { lstat } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { systemClock } from "../core/clock.ts";
import { describe, HermodError } from "../core/errors.ts";
import { randomHex, type Random } from "../core/id.ts";
import type { StoreEnv } from "../core/store.ts";
import { within } from "../core/within.ts";
import { REQUEST } from "./connect.ts";
import { Pipe, type PipeEnds } from "./pipe.ts";

/** Hexadecimal digits of a key. */
const KEY = 32;
/** How long an end waits for those who came by it, in milliseconds. */
const LINGER = 1000;

/** Answers who hears a pipe that has come. */
export type Arrive = (pipe: Pipe) => PipeEnds;

/** Where somebody is awaited. */
export interface Invitation {
  /** What is said of it to who is let in. */
  readonly text: string;
  /** Nobody is awaited any more. */
  cancel(): void;
}

export class Passage {
  readonly #path: string;
  readonly #server: Server;
  readonly #random: Random;
  readonly #awaited = new Map<string, Arrive>();

  private constructor(path: string, random: Random) {
    this.#path = path;
    this.#random = random;
    this.#server = createServer((socket) => this.#receive(socket));
    this.#server.unref();
  }

  /** Listens in this folder. @throws Error where that is not possible: a path that is too long, a system without such sockets. */
  static open(folder: string, random: Random): Promise<Passage> {
    const { promise, resolve, reject } = Promise.withResolvers<Passage>();
    const passage = new Passage(join(folder, "passage"), random);
    passage.#server.on("error", reject);
    passage.#server.listen(passage.#path, () => resolve(passage));
    return promise;
  }

  /** Leads who comes with the key in the text here. */
  invite(arrive: Arrive): Invitation {
    const key = randomHex(this.#random, KEY);
    this.#awaited.set(key, arrive);
    return { text: `${key} ${this.#path}`, cancel: () => void this.#awaited.delete(key) };
  }

  /**
   * Lets nobody in any more, and waits until those who are in have ended too, not for long: what they say to a process that is gone would take with it what they
   * have not read yet.
   */
  async close(): Promise<void> {
    const ended = new Promise<true>((resolve) => this.#server.close(() => resolve(true)));
    await within(systemClock, LINGER, ended);
  }

  #receive(socket: Socket): void {
    const unheard = systemClock.after(REQUEST, () => socket.destroy(), true);
    const heard = (key: string): void => {
      unheard();
      const arrive = this.#awaited.get(key);
      this.#awaited.delete(key);
      if (arrive) pipe.trust(arrive(pipe));
      else socket.destroy();
    };
    const pipe = new Pipe(socket, { heard, closed: unheard });
  }
}

/** Goes through the passage that an invitation tells of; undefined where it does not lead anywhere from here. */
export async function through(invitation: string, ends: PipeEnds): Promise<Pipe | undefined> {
  const at = invitation.indexOf(" ");
  const path = invitation.slice(at + 1);
  if (at < 0 || !(await isOurs(dirname(path)))) return undefined;
  return Pipe.dial(path, invitation.slice(0, at), ends);
}

/** Whether nobody but this user can have made what stands there: on another machine it may be anybody's. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => undefined);
  return found?.isDirectory() === true && found.uid === process.getuid?.() && (found.mode & 0o077) === 0;
}

/** A passage, or a report that there is none: then processes of this machine speak over the servers like all others. */
export async function passageIn(
  folder: string,
  { random, reports }: Pick<StoreEnv, "random" | "reports">,
): Promise<Passage | undefined> {
  try {
    return await Passage.open(folder, random);
  } catch (error) {
    reports.emit({ type: "store.failed", step: "passage", error: noSocket(folder, error) });
    return undefined;
  }
}

function noSocket(folder: string, cause: unknown): HermodError {
  return new HermodError("HERMOD_STORE", `no socket can be made in ${folder}: ${describe(cause)}`, {
    cause,
    details: { folder },
    hint: "Processes of this machine speak over the servers now. Name a nats.folder with a shorter path, or set nats.direct to false.",
  });
}
