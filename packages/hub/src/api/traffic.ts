/**
 * Traffic: who sent how much to whom in the last 5 minutes, and how much of it failed. In memory alone, in steps of 10 seconds, for at most so many
 * pairs: what goes between others is counted together. What was before the hub began is not told.
 */
import type { Principal } from "../auth/principal.ts";
import type { Happened } from "./feed.ts";
import { EVERYTHING, subjectOf } from "./seen.ts";
import { countedAs, isOwn } from "./series.ts";

const STEP = 10_000;
const STEPS = 30;
/** How far it reaches back, in milliseconds. */
export const REACH = STEP * STEPS;
/** Most pairs that are told apart. */
const MOST = 5000;

const counted = ["stored", "done", "failed", "retried"] as const;
type Counted = (typeof counted)[number];
const PEOPLE = "~people/";

/** What stands at an end: an agent, a person by its address, a topic, or what speaks for no agent: programs, the command line, the hub. */
export interface End {
  readonly kind: "agent" | "person" | "topic" | "system";
  /** Empty of systems: they stand for one. */
  readonly name: string;
  /** Present where it is one of the instances of an agent, which go by a key. */
  readonly keyed?: true;
}

/** What went one way between two ends. */
export interface Edge {
  readonly from: End;
  readonly to: End;
  readonly sent: number;
  readonly done: number;
  /** For good; what was tried again stands beside it. */
  readonly failed: number;
  readonly retried: number;
  /** When something was last sent or ended, in milliseconds since 1970. */
  readonly lastAt: number;
}

/** The steps of one pair; each place holds the newest step that falls on it. */
class Counts {
  readonly from: End;
  readonly to: End;
  lastAt = 0;
  readonly #figures = new Uint32Array(STEPS * counted.length);
  readonly #steps = new Float64Array(STEPS).fill(-1);

  constructor(from: End, to: End) {
    this.from = from;
    this.to = to;
  }

  add(what: Counted, now: number): void {
    const step = Math.floor(now / STEP);
    const place = step % STEPS;
    if ((this.#steps[place] as number) > step) return;
    if (this.#steps[place] !== step) {
      this.#figures.fill(0, place * counted.length, (place + 1) * counted.length);
      this.#steps[place] = step;
    }
    (this.#figures[place * counted.length + counted.indexOf(what)] as number)++;
    this.lastAt = now;
  }

  at(now: number): Edge {
    const oldest = Math.floor(now / STEP) - STEPS;
    const sums = counted.map((_, at) => {
      let sum = 0;
      for (let place = 0; place < STEPS; place++)
        if ((this.#steps[place] as number) > oldest)
          sum += this.#figures[place * counted.length + at] as number;
      return sum;
    });
    const [sent = 0, done = 0, failed = 0, retried = 0] = sums;
    return { from: this.from, to: this.to, sent, done, failed, retried, lastAt: this.lastAt };
  }
}

const nobody: End = { kind: "system", name: "" };

export class Traffic {
  /** When it began to count. */
  readonly since: number;
  readonly #most: number;
  readonly #pairs = new Map<string, Map<string, Counts>>();
  readonly #rest = new Counts(nobody, nobody);
  #count = 0;
  #sweptAt = 0;

  constructor(now: number, most = MOST) {
    this.since = now;
    this.#most = most;
  }

  /** Counts what happened. Answers go the way back of what was asked, which counts; what systems say for themselves is nobody's traffic. */
  add(happened: Happened, now: number): void {
    const { envelope, type, mailbox } = happened;
    const what = countedAs(happened);
    if (what === undefined || envelope.verb === "reply" || isOwn(envelope)) return;
    const { from, to, topic } = envelope;
    const reader = to ?? mailbox;
    // What is published goes to the topic once, and from there to each who listens.
    if (topic !== undefined && type === "stored") this.#of(from, `${TOPIC}${topic}`, now).add(what, now);
    else if (reader !== undefined)
      this.#of(topic === undefined ? from : `${TOPIC}${topic}`, reader, now).add(what, now);
  }

  /** What went in the last 5 minutes, the most first, and how many messages went between pairs that are not told apart. */
  read(now: number): { readonly edges: readonly Edge[]; readonly rest: number } {
    this.#sweep(now);
    const edges = [...this.#pairs.values()].flatMap((own) => [...own.values()].map((each) => each.at(now)));
    return { edges: edges.toSorted((a, b) => weight(b) - weight(a)), rest: this.#rest.at(now).sent };
  }

  #of(from: string, to: string, now: number): Counts {
    const [source, target] = [placeOf(from), placeOf(to)];
    const known = this.#pairs.get(source)?.get(target);
    if (known) return known;
    if (this.#count >= this.#most && now - this.#sweptAt > STEP) this.#sweep(now);
    if (this.#count >= this.#most) return this.#rest;
    const own = new Counts(endOf(source), endOf(target));
    const around = this.#pairs.get(source);
    if (around) around.set(target, own);
    else this.#pairs.set(source, new Map([[target, own]]));
    this.#count++;
    return own;
  }

  /** Forgets the pairs between which nothing went for long. */
  #sweep(now: number): void {
    this.#sweptAt = now;
    for (const [source, around] of this.#pairs) {
      for (const [target, { lastAt }] of around)
        if (now - lastAt > REACH && around.delete(target)) this.#count--;
      if (around.size === 0) this.#pairs.delete(source);
    }
  }
}

/** Stands before the name of a topic: no address begins so. */
const TOPIC = ">";
/** Stands before the key of an instance, and behind the name of an agent that stands for its instances. */
const KEYED = "#";

/** All instances of an agent are one, and so are all systems. */
function placeOf(address: string): string {
  if (address.startsWith(TOPIC)) return address;
  const subject = subjectOf(address);
  if (subject.startsWith("~")) return subject.startsWith(PEOPLE) ? subject : "~";
  return address.includes(KEYED) ? subject + KEYED : subject;
}

function endOf(place: string): End {
  if (place.startsWith(TOPIC)) return { kind: "topic", name: place.slice(TOPIC.length) };
  if (place.startsWith(PEOPLE)) return { kind: "person", name: place.slice(PEOPLE.length) };
  if (place === "~") return nobody;
  const name = place.split(KEYED, 1)[0] as string;
  return { kind: "agent", name, ...(name !== place && { keyed: true as const }) };
}

/** Whether somebody may know of an edge: who may read of one of its ends. */
export function maySeeEdge(principal: Principal, { from, to }: Edge): boolean {
  if (principal.may("read", EVERYTHING)) return true;
  const subjects = [from, to].filter(({ kind }) => kind !== "system");
  return subjects.some(({ kind, name }) => principal.may("read", kind === "person" ? PEOPLE + name : name));
}

const weight = ({ sent, done, failed }: Edge): number => sent + done + failed;
