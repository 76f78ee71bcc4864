/** Requests: what was asked of the store and is not answered. In the order in which it was asked, since that is the order in which it is done. */
import { fromRecord, HermodError, type ErrorRecord } from "../core/errors.ts";
import type { Body } from "./handed.ts";
import type { Frame, Op } from "./protocol.ts";

/** What becomes of a request that may have been done by a hub that has forgotten it. */
export type Doubt =
  /** It may be done again: the second time changes nothing. */
  | "repeat"
  /** Whoever asked must know that nobody knows. */
  | "fail";

/** What is asked. */
export interface Asking {
  readonly op: Op;
  readonly body: Body;
  readonly doubt: Doubt;
  /** What is said the first time alone, and what only to a hub that has forgotten the first time. */
  readonly first?: object;
  readonly again?: object;
  /** True where something may be lost with the answer. */
  readonly isOwed?: boolean;
}

/** A request without an answer. */
export interface Request {
  n: number;
  readonly op: Op;
  body: Body;
  first: object | undefined;
  again: object | undefined;
  readonly doubt: Doubt;
  readonly isOwed: boolean;
  sent: boolean;
  readonly resolve: (is: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export class Requests {
  readonly #open = new Map<number, Request>();
  /** Those not sent, oldest first, from `#next` on. */
  #unsent: Request[] = [];
  #next = 0;
  #sent = 0;
  #last = 0;

  /** Called when all is answered. */
  idle: (() => void) | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** True while one is open whose answer something may be lost with. */
  get owed(): boolean {
    return this.#open.values().some(({ isOwed }) => isOwed);
  }

  /** Asks; the answer comes by the promise. */
  add({ op, body, doubt, first, again, isOwed = false }: Asking): Promise<unknown> {
    const { promise: answer, resolve, reject } = Promise.withResolvers<unknown>();
    const n = ++this.#last;
    const request: Request = { n, op, body, first, again, doubt, isOwed, sent: false, resolve, reject };
    this.#open.set(request.n, request);
    this.#unsent.push(request);
    return answer;
  }

  /** Takes an answer; one that nobody waits for is one too many. */
  answer(frame: Frame): void {
    const request = this.#open.get(frame["n"] as number);
    if (request === undefined) return;
    this.#remove(request);
    if (frame["error"] === undefined) request.resolve(frame["is"]);
    else request.reject(fromRecord(frame["error"] as ErrorRecord));
  }

  /** One is not asked after all. */
  refuse(request: Request, error: HermodError): void {
    this.#remove(request);
    request.reject(error);
  }

  /** The next one to send, while no more than `most` are without an answer. */
  next(most: number): Request | undefined {
    if (this.#sent >= most) return undefined;
    const request = this.#take();
    if (request === undefined) return undefined;
    request.sent = true;
    this.#sent++;
    return request;
  }

  /** The next one that is not sent; some answers come before they are asked for again. */
  #take(): Request | undefined {
    for (;;) {
      const request = this.#unsent[this.#next];
      if (request === undefined) return undefined;
      if (++this.#next === this.#unsent.length) [this.#unsent, this.#next] = [[], 0];
      if (this.#open.has(request.n)) return request;
    }
  }

  /** The hub has heard no request behind this one, and will hear none: those are as if they had not been sent. */
  heard(last: number): void {
    for (const request of this.#open.values()) {
      if (request.n <= last || !request.sent) continue;
      request.sent = false;
      this.#sent--;
    }
  }

  /** The connection has broken: all are to be sent again. */
  recall(): void {
    this.#unsent = [...this.#open.values()];
    for (const request of this.#unsent) request.sent = false;
    [this.#next, this.#sent] = [0, 0];
  }

  /** The hub has forgotten the session: what was sent and cannot be done twice fails, all else is said to be asked again. */
  doubt(): void {
    // Parts are those of a claim, which is void by now, also where they were not sent yet.
    for (const request of [...this.#open.values()].filter(({ sent, op }) => sent || op === "record")) {
      if (request.again) request.body = request.body.and(request.again);
      request.again = undefined;
      if (request.doubt === "repeat") continue;
      this.#remove(request);
      request.reject(unknownOutcome(request.op));
    }
  }

  /** Begins to count anew for a hub that knows of nothing: `first` is asked before all that waits. */
  anew(first: () => void): void {
    const waiting = [...this.#open.values()];
    this.#open.clear();
    [this.#unsent, this.#next, this.#sent, this.#last] = [[], 0, 0, 0];
    first();
    for (const request of waiting) {
      request.n = ++this.#last;
      request.sent = false;
      this.#open.set(request.n, request);
      this.#unsent.push(request);
    }
  }

  /** Nothing is answered any more. */
  fail(errorOf: (op: Op) => HermodError): void {
    for (const request of this.#open.values()) request.reject(errorOf(request.op));
    this.#open.clear();
    this.#unsent = [];
  }

  #remove(request: Request): void {
    this.#open.delete(request.n);
    if (request.sent) this.#sent--;
    if (this.#open.size === 0) this.idle?.();
  }
}

function unknownOutcome(op: string): HermodError {
  return new HermodError(
    "HERMOD_UNREACHABLE",
    `the hub was started anew while it did "${op}": whether it was done is unknown`,
    {
      details: { op },
    },
  );
}
