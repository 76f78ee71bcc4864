/** Askers: who waits for an answer to a message that the store gave up by itself hears of it; nobody else could tell. */
import type { Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import type { Envelope } from "../core/envelope.ts";
import { hasAsker } from "../core/envelope.ts";
import { ExpiredError, FailedError, HermodError, NoAgentError, OverloadedError } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { chain, promised } from "../core/maybe.ts";
import type { DeadLetter } from "../core/store.ts";
import { endBy } from "../core/tasklog.ts";
import { toErrorReply } from "./answers.ts";
import { ask } from "./asking.ts";
import { cancellation } from "./cancelling.ts";
import type { Origin } from "./send.ts";
import { summaryOf } from "./tasklog.ts";
import { tellCancelled, tellEnd, type TellingParts } from "./telling.ts";

/** What telling needs. */
export interface AskerParts extends TellingParts {
  readonly clock: Clock;
  /** As whom the system itself sends. */
  readonly origin: Origin;
}

export class Askers {
  readonly #parts: AskerParts;
  /** Tasks whose end is being told, by their dead letters. */
  readonly #ending = new Map<string, Promise<void>>();

  constructor(parts: AskerParts) {
    this.#parts = parts;
  }

  /** Answers the message of a dead letter with the reason; one that expired leaves its asker to the timeout. */
  tell(letter: DeadLetter): void {
    const { envelope, reason } = letter;
    if (envelope.verb === "task") return this.#apart("record", () => this.#end(letter));
    if (reason === "expired" || !hasAsker(envelope)) return;
    this.#apart("append", () =>
      chain(
        toErrorReply(this.#parts, envelope, this.#as(envelope), givenUp(envelope, reason).toJSON()),
        (reply) => reply && this.#parts.sender.store(reply, false, true),
      ),
    );
  }

  /** Ends the tasks that were given up by a process which died before it said so. */
  resume(): void {
    if (this.#parts.store.level.durable) this.#apart("read", () => this.#endAll());
  }

  /** Ends one of them at once, for somebody who waits for it. */
  async end(id: string): Promise<void> {
    await this.#endAll(`verb:task id:${JSON.stringify(id)}`);
  }

  async #endAll(where = "verb:task"): Promise<void> {
    const { store } = this.#parts;
    const query = { type: "dead", where: parseFilter(where), limit: 1000 } as const;
    for (let after: string | undefined; ;) {
      const page = await ask("read", () => store.read({ ...query, ...(after !== undefined && { after }) }));
      for (const letter of page.items) await this.#end(letter);
      if (page.next === undefined) return;
      after = page.next;
    }
  }

  #end(letter: DeadLetter): Promise<void> {
    const known = this.#ending.get(letter.id);
    if (known) return known;
    const ending = this.#endOnce(letter).finally(() => this.#ending.delete(letter.id));
    this.#ending.set(letter.id, ending);
    return ending;
  }

  /** Whom a task names is told first: when the process dies before the end is recorded, the next one does both again. */
  async #endOnce({ envelope, attempts, reason, error, generation }: DeadLetter): Promise<void> {
    const { store, clock } = this.#parts;
    const { id, to } = envelope;
    const { end, isCancelled, reason: why, attempt } = await summaryOf(this.#parts, id, to as Address);
    if (end) return;
    const record = isCancelled
      ? cancellation("task", id, why).toJSON()
      : (error ?? givenUp(envelope, reason).toJSON());
    if (isCancelled) await tellCancelled(this.#parts, this.#as(envelope), envelope, record);
    else await tellEnd(this.#parts, this.#as(envelope), envelope, record, `dead ${generation}`);
    const settlement = { type: "dead", reason, error: record } as const;
    const tried = Math.max(attempts.length, attempt);
    const last = endBy({ envelope, attempt: tried }, settlement, clock.now());
    await ask("record", () => store.record(id, last));
  }

  #as({ to, conversationId }: Envelope): Origin {
    const { origin } = this.#parts;
    return { ...origin, from: to ?? origin.from, conversationId };
  }

  #apart(step: string, work: () => unknown): void {
    promised(work).catch((error: unknown) => {
      if (!(error instanceof HermodError && error.code === "HERMOD_CLOSED"))
        this.#parts.reports.emit({ type: "store.failed", step, error });
    });
  }
}

/** What an asker is told whose message the store gave up: its agent was stopped, each attempt ended its process, or there was no room. */
function givenUp({ id, to }: Envelope, reason: DeadLetter["reason"]): HermodError {
  const details = { id, to, reason };
  if (reason === "stopped")
    return new NoAgentError(`${to} was stopped before it handled message ${id}`, { details });
  if (reason === "expired")
    return new ExpiredError(`the deadline of message ${id} passed before ${to} began it`, { details });
  if (reason === "exhausted")
    return new FailedError(`none of the attempts of ${to} at message ${id} came to an end`, {
      details,
      hint: "Its process ended each time, or went on past its lease: look at the attempts of its dead letter, and redrive it.",
    });
  return new OverloadedError(`${to} gave up message ${id}: ${reason}`, { details });
}
