/** Steps: what several messages do at once, also where they are for several partitions. */
import { isVolatile, type Envelope } from "../../core/envelope.ts";
import { promised, type Maybe } from "../../core/maybe.ts";
import type { Reporter } from "../../core/report.ts";
import type { Settlement } from "../../core/settlement.ts";
import {
  STORED,
  type Appended,
  type AppendedAll,
  type Claim,
  type RefusedOutput,
  type RefusedOutputs,
  type Settled,
  type StateChange,
  type Store,
} from "../../core/store.ts";
import type { Forwarder } from "./forwarder.ts";
import type { Landing } from "./landing.ts";
import { Line } from "./line.ts";
import type { Load, Outgoing, Piece } from "./outgoing.ts";

/** An answer that is on its way: wrapped, so that nobody waits for it who only wants to come next. */
interface Asked<T> {
  readonly load?: Load;
  readonly answer: Maybe<T>;
}

export class Steps {
  readonly #stores: readonly Store[];
  readonly #outgoing: Outgoing;
  readonly #forwarders: readonly Forwarder[];
  readonly #landing: Landing;
  readonly #reports: Reporter;
  /** Settlements of one mailbox are handed over in their order, since each may be built on the state of the one before. */
  readonly #line = new Line();

  constructor(
    stores: readonly Store[],
    outgoing: Outgoing,
    forwarders: readonly Forwarder[],
    landing: Landing,
    reports: Reporter,
  ) {
    this.#stores = stores;
    this.#outgoing = outgoing;
    this.#forwarders = forwarders;
    this.#landing = landing;
    this.#reports = reports;
  }

  settle(
    partition: number,
    claim: Claim,
    settlement: Settlement,
    outputs: readonly Envelope[],
    state?: StateChange,
    part?: unknown,
  ): Maybe<Settled> {
    const store = this.#stores[partition] as Store;
    const settled = (own: readonly Envelope[]) => store.settle(claim, settlement, own, state, part);
    const isOwn = this.#outgoing.isOwn(outputs, partition);
    if (isOwn && !this.#line.isBusy(claim.mailbox)) return settled(outputs);
    // Nothing is known of a message that may be lost but what its handler does: who waits for the reply need not wait for the end of it too.
    const isLoose = isVolatile(claim.envelope) && state === undefined;
    return this.#settle(partition, claim, outputs, settled, isLoose);
  }

  async #settle(
    partition: number,
    claim: Claim,
    outputs: readonly Envelope[],
    settle: (own: readonly Envelope[]) => Maybe<Settled>,
    isLoose: boolean,
  ): Promise<Settled> {
    const fresh = claim.envelope.delivery !== "exactly-once";
    const ask = () => this.#ask(partition, outputs, fresh, settle);
    const { load, answer } = await this.#line.run(claim.mailbox, ask);
    if (load && isLoose) this.#drop(load, true);
    const settled = await answer;
    if (load === undefined) return settled;
    if (settled.status === "settled") await this.#sendOn(partition, isLoose ? { ...load, light: [] } : load);
    else await this.#outgoing.unpay(load);
    return settled.status === "refused" ? { ...settled, ...original(settled, load) } : settled;
  }

  appendAll(envelopes: readonly Envelope[]): Maybe<AppendedAll> {
    const home = this.#outgoing.homeOf(envelopes);
    const store = this.#stores[home] as Store;
    return this.#outgoing.isOwn(envelopes, home)
      ? store.appendAll(envelopes)
      : this.#appendAll(home, envelopes);
  }

  async #appendAll(home: number, envelopes: readonly Envelope[]): Promise<AppendedAll> {
    const store = this.#stores[home] as Store;
    const { load, answer } = await this.#ask<AppendedAll>(home, envelopes, false, (own) =>
      store.appendAll(own),
    );
    const stored = await answer;
    if (stored.status === "stored" && load !== undefined) {
      await this.#sendOn(home, load);
      return { status: "stored", answers: envelopes.map((_, at) => answerOf(at, load, stored.answers)) };
    }
    if (load !== undefined) await this.#outgoing.unpay(load);
    const { output, answer: why } = original(stored as RefusedOutputs, load);
    return { status: "refused", output, answer: why };
  }

  /** Takes the step with what the partition stores of the messages, unless one of them is refused before. */
  async #ask<T>(
    partition: number,
    envelopes: readonly Envelope[],
    fresh: boolean,
    step: (own: readonly Envelope[]) => Maybe<T>,
  ): Promise<Asked<T | ({ readonly status: "refused" } & RefusedOutputs)>> {
    const load = await this.#outgoing.load(envelopes, partition, fresh);
    if (!("pieces" in load)) return { answer: { status: "refused", ...load } };
    if (load.pieces.some(({ envelope, of }) => envelope !== of)) await this.#forwarder(partition).open();
    return { load, answer: promised(() => step(load.pieces.map(({ envelope }) => envelope))) };
  }

  /** Sends on what may be lost, and waits until the rest was tried: whoever waits for a step finds what it sent. */
  async #sendOn(partition: number, load: Load): Promise<void> {
    this.#drop(load, false);
    const wrapped = load.pieces.flatMap(({ envelope, of }) => (envelope === of ? [] : [envelope.id]));
    await this.#forwarder(partition).tried(wrapped);
  }

  #drop({ light }: Load, fresh: boolean): void {
    for (const parcel of light)
      void this.#landing
        .drop(parcel, fresh)
        .catch((error: unknown) => this.#reports.emit({ type: "store.failed", step: "append", error }));
  }

  #forwarder(partition: number): Forwarder {
    return this.#forwarders[partition] as Forwarder;
  }
}

/** A refusal, told of the messages that were given. */
function original({ output, answer, others }: RefusedOutputs, load: Load | undefined): RefusedOutputs {
  const told = (refused: RefusedOutput): RefusedOutput => {
    const piece = load?.pieces.find(({ envelope }) => envelope === refused.output);
    return piece === undefined ? refused : { output: piece.of, answer: named(refused.answer, piece) };
  };
  return { ...told({ output, answer }), ...(others && { others: others.map(told) }) };
}

/** What became of a message: as its own partition says, or stored in the outbox. */
function answerOf(at: number, { pieces }: Load, answers: readonly Appended[]): Appended {
  const found = pieces.flatMap((piece, place) =>
    piece.at === at ? [{ piece, answer: answers[place] as Appended }] : [],
  );
  const own = found.find(({ piece }) => piece.envelope === piece.of) ?? found[0];
  return own === undefined ? STORED : named(own.answer, own.piece);
}

/** The answer with the message's own id instead of that of its parcel. */
function named(answer: Appended, { envelope, of }: Piece): Appended {
  return "id" in answer && envelope !== of ? { ...answer, id: of.id } : answer;
}
