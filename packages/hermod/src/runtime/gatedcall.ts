/**
 * Gated call: one call of a model for the handler of a message. It waits for its turn, and where the endpoint takes no more for now it goes again
 * after the pause: that costs its message no attempt.
 */
import type { Clock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { Model, ModelReply, ModelRequest } from "../core/model.ts";
import { toModelError, toReply } from "../core/modelreply.ts";
import type { Caller, ModelGate } from "./modelgate.ts";
import { Pieces, type Step } from "./pieces.ts";
import type { Run } from "./run.ts";
import { Turn } from "./turn.ts";

/** What a gated call needs. */
export interface GatedCallParts {
  readonly clock: Clock;
  readonly model: Model;
  readonly gate: ModelGate;
}

/** An answer of which the first piece is there. */
export interface Opened {
  readonly pieces: Pieces;
  readonly step: Step;
}

/** A handler is held for a pause of this length and no longer. */
const LONGEST_WAIT = 60_000;
/** Refusals in a row of one call that its handler is held for. */
const MOST_REFUSALS = 10;

export class GatedCall {
  /** Milliseconds that it has waited for its turns. */
  waited = 0;
  readonly #parts: GatedCallParts;
  readonly #run: Run;
  readonly #caller: Caller;
  readonly #request: ModelRequest;
  readonly #input: number;
  #refusals = 0;

  /** `tokens` are what the call may use, `input` those of its prompt. */
  constructor(
    parts: GatedCallParts,
    run: Run,
    request: ModelRequest & { readonly signal: AbortSignal },
    { tokens, input }: { readonly tokens: number; readonly input: number },
  ) {
    this.#parts = parts;
    this.#run = run;
    this.#request = request;
    this.#input = input;
    const { signal } = request;
    const declines = (pause: number): HermodError | undefined => this.#declines(pause);
    this.#caller = { conversation: run.conversationId, tokens, signal, declines };
  }

  async generate(): Promise<ModelReply> {
    for (;;) {
      const turn = await this.#turn();
      try {
        const reply = toReply(await this.#parts.model.generate(this.#request), this.#input);
        turn.accept();
        turn.end(reply.usage);
        return reply;
      } catch (error) {
        turn.fail(toModelError(error));
      }
    }
  }

  /** Begins an answer that comes in pieces; the first of them is there, and is for `read`. */
  async open(): Promise<Opened> {
    for (;;) {
      const turn = await this.#turn();
      try {
        const pieces = new Pieces(this.#parts.model, this.#request, turn, this.#input);
        const step = await pieces.next();
        turn.accept();
        return { pieces, step };
      } catch (error) {
        turn.fail(toModelError(error));
      }
    }
  }

  async #turn(): Promise<Turn> {
    const { clock, gate } = this.#parts;
    const from = clock.monotonic();
    try {
      const admission = await gate.enter(this.#caller, this.#refusals > 0);
      const turn = new Turn(gate, admission, () => this.#refusals++);
      // Whoever was let in may have been told to stop in the same moment.
      if (this.#caller.signal.aborted) turn.end();
      this.#caller.signal.throwIfAborted();
      return turn;
    } finally {
      this.waited += clock.monotonic() - from;
    }
  }

  /** What cannot wait fails at once; what would hold its handler for long is put off, and its message comes again without an attempt used. */
  #declines(pause: number): HermodError | undefined {
    const { clock, gate, model } = this.#parts;
    const { envelope, deadline = Infinity } = this.#run;
    const now = clock.now();
    const isOften = this.#refusals >= MOST_REFUSALS;
    if (pause <= LONGEST_WAIT && !isOften && now + pause <= deadline) return undefined;
    const retryAfter = Math.ceil(isOften ? Math.max(pause, LONGEST_WAIT) : pause);
    const at = Math.ceil(now + retryAfter);
    const error = new HermodError(
      "HERMOD_RATE_LIMITED",
      `${model.name} takes no more for ${retryAfter} ms, which is longer than this call can wait`,
      { details: { retryAfter, key: gate.key } },
    );
    const isLate = at > (envelope.deadline ?? Infinity);
    if (envelope.delivery !== "at-most-once" && !isLate) (this.#run.putOff ??= new Map()).set(error, at);
    return error;
  }
}
