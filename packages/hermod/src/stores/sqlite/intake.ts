/** Intake: the answer to each message that is to be stored, alone or together with others; it is stored when its commit has returned. */
import { isVolatile, messageLimit, type Envelope } from "../../core/envelope.ts";
import type { Maybe } from "../../core/maybe.ts";
import { STORED, type Appended, type AppendedAll, type RefusedOutput } from "../../core/store.ts";
import { DROPPED, lacksRoom, type Full } from "../shelf/capacity.ts";
import { Plan } from "../shelf/plan.ts";
import type { Senders } from "../shelf/senders.ts";
import { toBody } from "./body.ts";
import type { DiskBox } from "./box.ts";
import type { DiskCapacity } from "./capacity.ts";
import { lookedUp, putAnswer, refusedBy } from "./outcomes.ts";
import type { Outcome } from "./journal.ts";
import { Change } from "./protocol.ts";
import { keyMark } from "./rows.ts";
import type { DiskShelf } from "./shelf.ts";
import { waitsForFile, type Writing, type WriteGroup } from "./writing.ts";

const UNKNOWN: Appended = Object.freeze({ status: "unknown" });

/** Several messages of which one cannot be stored. */
export interface RefusedList extends RefusedOutput {
  readonly status: "refused";
  readonly others?: readonly RefusedOutput[];
}

/** What several messages would become. */
export type Planned = { readonly status: "planned"; readonly answers: readonly Appended[] } | RefusedList;

export class Intake {
  readonly #shelf: DiskShelf;
  readonly #capacity: DiskCapacity;
  readonly #writing: Writing;
  /** Set once: senders that wait are let in by the intake itself. */
  senders!: Senders<DiskBox>;

  constructor(shelf: DiskShelf, capacity: DiskCapacity, writing: Writing) {
    this.#shelf = shelf;
    this.#capacity = capacity;
    this.#writing = writing;
  }

  append(envelope: Envelope, fresh: boolean): Maybe<Appended> {
    const isNew = fresh && envelope.idempotencyKey === undefined;
    const recent = isNew ? undefined : this.#shelf.recent.look(envelope, this.#shelf.clock.now());
    if (recent) return recent;
    if (envelope.to === undefined) return this.#publish(envelope, isNew);
    const box = this.#shelf.boxOf(envelope.to);
    if (box === undefined) return UNKNOWN;
    const full = this.#capacity.full(box, envelope);
    if (full === undefined) return this.#keep(box, envelope, isNew);
    if (isNew || isVolatile(envelope)) return this.#overflow(box, envelope, full, isNew);
    if (box.rule.overflow === "wait" && lacksRoom(full)) return this.#lookWaiting(box, envelope, full);
    // A message that is stored already takes no room.
    return this.#look(envelope).then((known) => known ?? this.#overflow(box, envelope, full, false));
  }

  /** Lets in a message that waited for room. */
  letIn(box: DiskBox, envelope: Envelope, full: Full | undefined): Maybe<Appended> {
    return full ?? this.#keep(box, envelope, false);
  }

  /** What each message would become, taken together; nothing is changed. */
  plan(envelopes: readonly Envelope[], fresh: boolean): Planned {
    const plan = envelopes.length > 1 ? new Plan(this.#shelf.clock.now()) : undefined;
    const answers = envelopes.map((envelope) => this.#planOne(envelope, fresh, plan));
    const [first, ...others] = answers.flatMap((answer, at) =>
      isKept(answer) ? [] : [{ output: envelopes[at] as Envelope, answer }],
    );
    if (first) return { status: "refused", ...first, ...(others.length > 0 && { others }) };
    return { status: "planned", answers };
  }

  /** Stores all of them or none. */
  async appendAll(envelopes: readonly Envelope[]): Promise<AppendedAll> {
    const known = await Promise.all(envelopes.map((envelope) => this.#look(envelope)));
    const fresh = envelopes.filter((_, at) => known[at] === undefined);
    const planned = this.#planBeside(envelopes, known);
    if (planned.status === "refused")
      return { status: "refused", output: planned.output, answer: planned.answer };
    const answers = planned.answers;
    if (fresh.length === 0) return { status: "stored", answers };
    return new Promise((resolve, reject) => {
      const group = this.#writing.begin(true);
      envelopes.forEach((envelope, at) => this.add(group, envelope, answers[at] as Appended, false));
      group.end((outcome) => {
        const refused = refusedBy(outcome, group.puts);
        if (outcome?.type === "failed") reject(outcome.error);
        else if (refused) resolve({ status: "refused", output: refused.output, answer: refused.answer });
        else resolve({ status: "stored", answers });
      });
    });
  }

  /** Adds to a group what the answer to a message promises. */
  add(group: WriteGroup, envelope: Envelope, answer: Appended, fresh: boolean): void {
    if (answer.status === "duplicate") return;
    const isNew = fresh && envelope.idempotencyKey === undefined;
    if (envelope.to === undefined) return group.publish(envelope, this.#shelf.boundTo(envelope), isNew);
    const box = this.#shelf.boxOf(envelope.to) as DiskBox;
    if (answer === DROPPED) group.drop(box, envelope, isNew);
    else group.send(box, envelope, isNew);
  }

  #planBeside(envelopes: readonly Envelope[], known: readonly (Appended | undefined)[]): Planned {
    const conflict = known.findIndex((answer) => answer !== undefined && !isKept(answer));
    const before = conflict < 0 ? envelopes : envelopes.slice(0, conflict);
    const plan = new Plan(this.#shelf.clock.now());
    const answers = before.map((envelope, at) => known[at] ?? this.#planOne(envelope, false, plan));
    const at = answers.findIndex((answer) => !isKept(answer));
    if (at >= 0)
      return { status: "refused", output: envelopes[at] as Envelope, answer: answers[at] as Appended };
    if (conflict < 0) return { status: "planned", answers };
    return {
      status: "refused",
      output: envelopes[conflict] as Envelope,
      answer: known[conflict] as Appended,
    };
  }

  #planOne(envelope: Envelope, fresh: boolean, plan: Plan | undefined): Appended {
    const isNew = fresh && envelope.idempotencyKey === undefined;
    const known = isNew
      ? undefined
      : (this.#shelf.recent.look(envelope, this.#shelf.clock.now()) ?? plan?.twinOf(envelope));
    if (known) return known;
    const answer =
      envelope.to === undefined ? this.#planCopies(envelope, plan) : this.#planSend(envelope, plan);
    if (isKept(answer)) plan?.remember(envelope);
    return answer;
  }

  #planSend(envelope: Envelope, plan: Plan | undefined): Appended {
    const box = this.#shelf.boxOf(envelope.to);
    return box === undefined ? UNKNOWN : this.#planFor(box, envelope, plan);
  }

  #planCopies(envelope: Envelope, plan: Plan | undefined): Appended {
    const boxes = this.#shelf.boundTo(envelope);
    if (boxes.length === 0) return UNKNOWN;
    const full = this.#capacity.beyondMemory(envelope, boxes);
    if (full) return full;
    for (const box of boxes) this.#planFor(box, envelope, plan);
    return STORED;
  }

  #planFor(box: DiskBox, envelope: Envelope, plan: Plan | undefined): Appended {
    const full = this.#capacity.full(box, envelope, plan);
    const answer = full === undefined ? STORED : this.#capacity.overflow(box, envelope, full, plan);
    if (answer === STORED) plan?.add(box, envelope);
    return answer;
  }

  #overflow(box: DiskBox, envelope: Envelope, full: Full, isNew: boolean): Maybe<Appended> {
    if (box.rule.overflow === "wait" && lacksRoom(full)) return this.senders.wait(box, envelope, full);
    const answer = this.#capacity.overflow(box, envelope, full);
    if (answer === STORED) return this.#keep(box, envelope, isNew);
    if (answer !== DROPPED) return answer;
    return this.#written(envelope, false, DROPPED, (group) => group.drop(box, envelope, isNew));
  }

  /** Waits at once, so that nobody gets ahead meanwhile; a message that is stored already need not wait. */
  #lookWaiting(box: DiskBox, envelope: Envelope, full: Full): Promise<Appended> {
    const waiting = this.senders.wait(box, envelope, full);
    void this.#look(envelope).then(
      (known) => known && this.senders.excuse(box, envelope, known),
      // What cannot be looked up is found out when it is let in.
      () => undefined,
    );
    return waiting;
  }

  #keep(box: DiskBox, envelope: Envelope, isNew: boolean): Maybe<Appended> {
    if (waitsForFile(envelope))
      return this.#written(envelope, isNew, STORED, (group) => group.send(box, envelope, isNew));
    this.#remember(envelope, isNew);
    this.#writing.sendVolatile(box, envelope);
    return STORED;
  }

  #publish(envelope: Envelope, isNew: boolean): Maybe<Appended> {
    const boxes = this.#shelf.boundTo(envelope);
    if (boxes.length === 0) return UNKNOWN;
    const full = this.#capacity.beyondMemory(envelope, boxes);
    if (full) return full;
    const isLasting = !isVolatile(envelope) && boxes.some((box) => this.#shelf.isLasting(box, envelope));
    if (isLasting || messageLimit(envelope) !== undefined)
      return this.#written(envelope, isNew, STORED, (group) => group.publish(envelope, boxes, isNew));
    this.#remember(envelope, isNew);
    this.#writing.publishVolatile(envelope, boxes);
    return STORED;
  }

  #written(
    envelope: Envelope,
    isNew: boolean,
    answer: Appended,
    fill: (group: WriteGroup) => void,
  ): Promise<Appended> {
    return new Promise((resolve, reject) => {
      const group = this.#writing.begin(!isNew || messageLimit(envelope) !== undefined);
      fill(group);
      group.end((outcome: Outcome) => putAnswer(outcome, answer, resolve, reject));
    });
  }

  /** Recognises from now on a message that nobody looks for in the file. */
  #remember(envelope: Envelope, isNew: boolean): void {
    if (!isNew) this.#shelf.recent.add(envelope, this.#shelf.clock.now());
  }

  /** The answer for a message that the file holds already; undefined for a new one, and for one that cannot be known. */
  async #look(envelope: Envelope): Promise<Appended | undefined> {
    if (isVolatile(envelope)) return undefined;
    const { journal } = this.#shelf;
    const place = envelope.to ?? `topic ${envelope.topic}`;
    journal.group().add(Change.look, envelope.id, place, keyMark(envelope), toBody(envelope));
    return new Promise((resolve, reject) => {
      journal.end((outcome) => lookedUp(outcome, resolve, reject));
    });
  }
}

function isKept({ status }: Appended): boolean {
  return status === "stored" || status === "dropped" || status === "duplicate";
}
