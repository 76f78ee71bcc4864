/**
 * People: the questions that agents have for persons. A question is a task in a mailbox that no agent can serve; it is ended by an answer given
 * here, by its time, or by the end of the work that it was asked for. So nobody but whoever holds the system can answer as a person.
 */
import type { AskOptions, Question } from "../agent/ask.ts";
import type { TaskOptions } from "../agent/target.ts";
import type { Task } from "../agent/task.ts";
import { personAddress, PEOPLE, personOf, type Address } from "../core/address.ts";
import type { Clock } from "../core/clock.ts";
import { show } from "../core/duration.ts";
import { isExpired, type Envelope } from "../core/envelope.ts";
import { ExpiredError, HermodError, RejectedError, TimeoutError } from "../core/errors.ts";
import { parseFilter } from "../core/filter.ts";
import { digest } from "../core/id.ts";
import { toJson } from "../core/codec.ts";
import { aList, aText, checkOptions, oneOf } from "../core/options.ts";
import { isSchema, validate, type Schema } from "../core/schema.ts";
import { ACK } from "../core/settlement.ts";
import type { Maybe } from "../core/maybe.ts";
import { defaultMailboxRule, type Claim } from "../core/store.ts";
import { endBy } from "../core/tasklog.ts";
import { ask } from "./asking.ts";
import type { Cancelling } from "./cancelling.ts";
import type { Run } from "./run.ts";
import type { Sender } from "./send.ts";
import { settleClaim, type SettleParts } from "./settle.ts";
import { findTask, summaryOf } from "./tasklog.ts";
import type { Tasks } from "./tasks.ts";

/** What people need. */
export interface PeopleParts extends SettleParts {
  readonly clock: Clock;
  readonly sender: Sender;
  readonly tasks: Tasks;
  readonly cancelling: Cancelling;
}

/** What a question's message says. */
interface Asked {
  readonly question: string;
  readonly options?: readonly string[];
  readonly details?: unknown;
}

const OPERATION = "ask";
const LEASE = 30_000;
/** Questions that are read at a time. */
const PAGE = 1000;
/** How long one look for the answer of a question without a time lasts. */
const LOOK = 86_400_000;

export class People {
  readonly #parts: PeopleParts;
  /** How often each handler has asked the same. */
  readonly #asked = new WeakMap<Run, Map<string, number>>();
  #opened: Promise<void> | undefined;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  /** The questions that wait, oldest first: all, or those of one person. */
  async list(person?: string): Promise<readonly Question[]> {
    const { store, clock } = this.#parts;
    const to = person === undefined ? undefined : personAddress(person);
    const found: Envelope[] = [];
    let after: string | undefined;
    do {
      const place = after === undefined ? {} : { after };
      const page = await ask("read", () =>
        store.read({ type: "waiting", mailbox: PEOPLE, limit: PAGE, ...place }),
      );
      found.push(...page.items);
      after = page.next;
    } while (after !== undefined);
    const waiting = found
      .filter((envelope) => !isExpired(envelope, clock.now()) && isQuestion(envelope))
      .map((envelope) => this.#known(envelope));
    const all = await Promise.all(waiting);
    return all.filter((each) => to === undefined || each.person === person || each.assigned?.to === person);
  }

  async #known(envelope: Envelope): Promise<Question> {
    const { assigned } = await summaryOf(this.#parts, envelope.id, envelope.to as Address);
    const question = toQuestion(envelope);
    return assigned?.to === undefined
      ? question
      : { ...question, assigned: { ...assigned, to: assigned.to } };
  }

  /**
   * Says who is to see to a question, or with `undefined` nobody any more; all who list it see that. @throws HermodError HERMOD_NO_TASK for a
   * question that waits no more, HERMOD_BAD_ADDRESS for what is no name of a person.
   */
  async assign(id: string, to: string | undefined, by?: string): Promise<void> {
    const { store, clock } = this.#parts;
    if (to !== undefined) personAddress(to);
    if ((await this.#waiting(id)) === undefined) throw noQuestion(id);
    const said = { ...(to !== undefined && { to }), ...(by !== undefined && { by: aText("assign.by", by) }) };
    await ask("record", () => store.record(id, { type: "assigned", ...said, at: clock.now() }));
  }

  /**
   * Declines a question in the name of its person: whoever asked gets HERMOD_REJECTED with the reason. @throws HermodError HERMOD_NO_TASK as
   * `answer`.
   */
  async decline(id: string, reason?: string): Promise<void> {
    const { clock } = this.#parts;
    const why = reason === undefined ? "" : `: ${aText("reason", reason)}`;
    const claim = await this.#claim(aText("question", id));
    try {
      if (!isQuestion(claim.envelope)) throw noQuestion(id);
      const person = personOf(claim.envelope.to as Address);
      const declined = new RejectedError(`${person} declined${why}`, { details: { person, id } });
      const settlement = { type: "fail", error: declined.toJSON() } as const;
      const end = endBy(claim, settlement, clock.now());
      const settled = await settleClaim(this.#parts, claim, settlement, [], undefined, undefined, end);
      if (settled.status === "failed") throw settled.error;
    } catch (error) {
      await settleClaim(this.#parts, claim, { type: "release" }, [], undefined);
      throw error;
    }
  }

  /**
   * Answers a question in the name of its person.
   * @throws HermodError HERMOD_NO_TASK for a question that is none, is answered already, or whose time is over; HERMOD_BAD_OPTION for an answer
   * that there is not to choose: the question stands then.
   */
  async answer(id: string, answer: unknown): Promise<void> {
    const { sender, clock } = this.#parts;
    const claim = await this.#claim(aText("question", id));
    try {
      if (!isQuestion(claim.envelope)) throw noQuestion(id);
      const { options } = claim.envelope.payload as Asked;
      if (options) oneOf("answer", answer, options);
      const end = endBy(claim, ACK, clock.now(), sender.copied(answer));
      const settled = await settleClaim(this.#parts, claim, ACK, [], undefined, undefined, end);
      // Whoever may not answer must not believe to have answered.
      if (settled.status === "failed") throw settled.error;
    } catch (error) {
      await settleClaim(this.#parts, claim, { type: "release" }, [], undefined);
      throw error;
    }
  }

  /** Takes a question back; false where it was no longer there. */
  async withdraw(id: string, reason?: string): Promise<boolean> {
    const envelope = await this.#waiting(id);
    if (envelope === undefined) return false;
    const { cancelling } = this.#parts;
    return (await cancelling.task(id, envelope.to as Address, reason)) === "cancelled-before-start";
  }

  /** The message of a question that waits. */
  async #waiting(id: string): Promise<Envelope | undefined> {
    const where = parseFilter(`id:${JSON.stringify(aText("question", id))}`);
    const { items } = await ask("read", () =>
      this.#parts.store.read({ type: "waiting", mailbox: PEOPLE, where, limit: 1 }),
    );
    return items[0];
  }

  /** Asks a person for a handler, and waits for the answer. */
  async ask(run: Run, person: string, question: string, options: AskOptions = {}): Promise<unknown> {
    checkOptions("ask", options, ["options", "schema", "timeout", "details"]);
    const asked = toAsked(question, options);
    const { schema, timeout } = options;
    if (schema !== undefined && !isSchema(schema))
      throw new HermodError("HERMOD_BAD_OPTION", `ask.schema must be a Standard Schema, got ${show(schema)}`);
    const said = digest(`${person} ${toJson(this.#parts.sender.copied(asked))}`);
    const key = `ask ${run.envelope.id} ${said}${this.#again(run, said)}`;
    const answer = await this.#put(run, person, asked, { key, ...(timeout !== undefined && { timeout }) });
    if (schema === undefined) return asText(person, answer);
    return validate(schema as Schema, answer, () => `answer of ${person}`, "HERMOD_BAD_REPLY");
  }

  /** The same question of the same message is the same, so that a rerun finds its answer; asked again by the same handler it is another one. */
  #again(run: Run, said: string): string {
    const counts = this.#asked.get(run) ?? new Map<string, number>();
    const times = counts.get(said) ?? 0;
    this.#asked.set(run, counts.set(said, times + 1));
    return times === 0 ? "" : ` ${times}`;
  }

  /**
   * One question for all who need its answer: the first puts it, the others find it. One that was over before it was needed is put anew.
   * @throws ExpiredError when nobody has answered in time.
   */
  async share(run: Run, person: string, asked: Asked, key: string): Promise<unknown> {
    const { clock } = this.#parts;
    for (let round = 0; ; round++) {
      const now = clock.now();
      const timeout = run.deadline === undefined ? {} : { timeout: Math.max(0, run.deadline - now) };
      try {
        return await this.#put(run, person, asked, { key: `${key} ${round}`, detached: true, ...timeout });
      } catch (error) {
        if (!(error instanceof ExpiredError) || (error.details["until"] as number) > now) throw error;
      }
    }
  }

  async #put(run: Run, person: string, asked: Asked, terms: TaskOptions): Promise<unknown> {
    const to = personAddress(person);
    const task = await this.#parts.tasks.start([to, OPERATION, asked, { ...terms, hold: true }], run, to);
    run.asking++;
    return this.#wait(task, run).finally(() => run.asking--);
  }

  /** The answer. A question that is found again keeps the time that it was given first. */
  async #wait(task: Task, run: Run): Promise<unknown> {
    const { store, clock } = this.#parts;
    const { record } = await findTask(store, task.id, task.agent as Address);
    const until = record?.envelope.deadline ?? Infinity;
    for (;;) {
      const timeout = Math.min(LOOK, Math.max(0, until - clock.now()));
      try {
        return await task.result({ timeout, signal: run.signal });
      } catch (error) {
        const isOver = clock.now() >= until;
        if (isOver) await this.withdraw(task.id, "nobody has answered in time");
        if (isOver) throw unanswered(record?.envelope.to as Address, task.id, until, error);
        if (!(error instanceof TimeoutError)) throw error;
      }
    }
  }

  /** What the file has of questions is handed out while somebody serves their mailbox. */
  #open(): Promise<void> {
    const announced = (): Maybe<void> => this.#parts.store.announce(PEOPLE, defaultMailboxRule);
    return (this.#opened ??= ask("announce", announced).catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    }));
  }

  async #claim(id: string): Promise<Claim> {
    await this.#open();
    const out: Claim[] = [];
    const where = parseFilter(`id:${JSON.stringify(id)}`);
    await ask("claim", () => this.#parts.store.claim(PEOPLE, 1, LEASE, out, where, true));
    const [claim] = out;
    if (claim === undefined) throw noQuestion(id);
    return claim;
  }
}

/** It is none, was answered or taken back, or its time is over. */
function noQuestion(id: string): HermodError {
  return new HermodError("HERMOD_NO_TASK", `no question ${show(id)} waits`, {
    details: { task: id, agent: PEOPLE },
    hint: "Compare the id with those of system.people.list(), or hermod approvals ls: what was answered or took too long waits no more.",
  });
}

/** Where nothing else is said an answer is text. */
function asText(person: string, answer: unknown): string {
  if (typeof answer === "string") return answer;
  throw new HermodError("HERMOD_BAD_REPLY", `answer of ${person} must be text, got ${show(answer)}`, {
    hint: "Answer in text, or ask with a schema.",
  });
}

/** What nobody has answered in its time is over for whoever asked. */
function unanswered(to: Address, id: string, until: number, cause: unknown): ExpiredError {
  const person = personOf(to);
  return new ExpiredError(`${person} has not answered in time`, { details: { person, id, until }, cause });
}

function toAsked(question: string, { options, details }: AskOptions): Asked {
  aText("question", question);
  const choices = options && aList("ask.options", options);
  for (const choice of choices ?? []) aText("ask.options", choice);
  if (choices?.length === 0)
    throw new HermodError(
      "HERMOD_BAD_OPTION",
      `ask.options must have something to choose, got ${show(options)}`,
    );
  return { question, ...(choices && { options: choices }), ...(details !== undefined && { details }) };
}

/** What another process has put there by hand may be anything. */
function isQuestion({ verb, operation, to = PEOPLE, payload }: Envelope): boolean {
  const { question, options = [] } = Object(payload) as Partial<Asked>;
  const isAsked = verb === "task" && operation === OPERATION && personOf(to as Address) !== "";
  return isAsked && typeof question === "string" && Array.isArray(options);
}

function toQuestion({ id, to, payload, from, conversationId, sentAt, deadline }: Envelope): Question {
  const { question, options, details } = payload as Asked;
  return {
    ...{ id, person: personOf(to as Address), question, from, conversation: conversationId, askedAt: sentAt },
    ...(options && { options }),
    ...(details !== undefined && { details }),
    ...(deadline !== undefined && { deadline }),
  };
}
