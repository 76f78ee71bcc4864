/**
 * Gated call: one call of a model for the handler of a message. It waits for its turn, and where the endpoint takes no more for now it goes again
 * after the pause: that costs its message no attempt.
 */
import type { Clock } from "../core/clock.ts";
import { HermodError } from "../core/errors.ts";
import type { Model, ModelPart, ModelReply, ModelRequest, Usage } from "../core/model.ts";
import { none, toModelError, toPart, toReply } from "../core/modelreply.ts";
import type { Admission } from "../core/ratelimit.ts";
import { tokensOf } from "../core/tokens.ts";
import type { Caller, ModelGate } from "./modelgate.ts";
import type { Run } from "./run.ts";

/** What a gated call needs. */
export interface GatedCallParts {
  readonly clock: Clock;
  readonly model: Model;
  readonly gate: ModelGate;
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

  async *stream(): AsyncGenerator<ModelPart, undefined> {
    for (;;) {
      const turn = await this.#turn();
      let said: number | undefined;
      try {
        for await (const given of piecesOf(this.#parts.model, this.#request)) {
          const part = toPart(given, this.#input);
          if (said === undefined) turn.accept();
          said ??= 0;
          if (part.type === "text") said += tokensOf(part.text);
          else turn.end(part.reply.usage);
          yield part;
        }
        return;
      } catch (error) {
        if (said !== undefined) throw error;
        turn.fail(toModelError(error));
      } finally {
        turn.end({ inputTokens: said === undefined ? 0 : this.#input, outputTokens: said ?? 0 });
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
      if (this.#caller.signal.aborted) turn.end(nothing);
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

/** What the model gives, piece by piece. @throws HermodError HERMOD_MODEL where it gives no pieces. */
function piecesOf(model: Model, request: ModelRequest): AsyncIterable<unknown> {
  const pieces: unknown = model.stream(request);
  if (typeof (pieces as AsyncIterable<unknown> | undefined)?.[Symbol.asyncIterator] === "function")
    return pieces as AsyncIterable<unknown>;
  throw none("a stream that cannot be iterated");
}

/** One turn of a call at its gate. */
class Turn {
  readonly #gate: ModelGate;
  readonly #admission: Admission;
  readonly #refused: () => void;
  #over = false;

  constructor(gate: ModelGate, admission: Admission, refused: () => void) {
    this.#gate = gate;
    this.#admission = admission;
    this.#refused = refused;
  }

  accept(): void {
    this.#gate.accept(this.#admission);
  }

  /** Gives its place to the next one. */
  end({ inputTokens, outputTokens }: Usage): void {
    if (this.#over) return;
    this.#over = true;
    this.#gate.end(this.#admission, amount(inputTokens) + amount(outputTokens));
  }

  /** Ends a turn that has brought nothing. @throws the error, unless the endpoint only takes no more for now. */
  fail(error: unknown): void {
    if (!isRefusal(error)) {
      this.end(nothing);
      throw error;
    }
    this.#refused();
    // The pause first: whoever waits must not go in between.
    this.#gate.refuse(this.#admission, saidBy(error), error.message);
    this.end(nothing);
  }
}

const nothing: Usage = { inputTokens: 0, outputTokens: 0 };

function isRefusal(error: unknown): error is HermodError {
  return error instanceof HermodError && error.code === "HERMOD_RATE_LIMITED";
}

/** For how long, where the endpoint said so; many say 0 and mean nothing by it. */
function saidBy({ details }: HermodError): number | undefined {
  const { retryAfter } = details;
  return typeof retryAfter === "number" && retryAfter > 0 && retryAfter < Infinity ? retryAfter : undefined;
}

/** A model of a user may count as it likes. */
function amount(tokens: unknown): number {
  return typeof tokens === "number" && tokens >= 0 && tokens < Infinity ? tokens : 0;
}
