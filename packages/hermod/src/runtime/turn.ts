/** Turn: the place of one call of a model among those that its endpoint takes; given back once, with what was used. */
import { HermodError } from "../core/errors.ts";
import type { Usage } from "../core/model.ts";
import type { Admission } from "../core/ratelimit.ts";
import type { ModelGate } from "./modelgate.ts";

const nothing: Usage = { inputTokens: 0, outputTokens: 0 };

export class Turn {
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
  end({ inputTokens, outputTokens }: Usage = nothing): void {
    if (this.#over) return;
    this.#over = true;
    this.#gate.end(this.#admission, amount(inputTokens) + amount(outputTokens));
  }

  /** Ends a turn that has brought nothing. @throws the error, unless the endpoint only takes no more for now. */
  fail(error: unknown): void {
    if (!isRefusal(error)) {
      this.end();
      throw error;
    }
    this.#refused();
    // The pause first: whoever waits must not go in between.
    this.#gate.refuse(this.#admission, saidBy(error), error.message);
    this.end();
  }
}

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
