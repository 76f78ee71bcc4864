/** A past at random, written into a file and kept beside it in plain lists, to compare the answers with a naive search. */
import fc from "fast-check";
import { agentOf, mailboxOf, type Address } from "../../core/address.ts";
import type { Envelope } from "../../core/envelope.ts";
import { matches, parseFilter, type Filter } from "../../core/filter.ts";
import type { Attempt, MessageRecord } from "../../core/store.ts";
import { named, type TestFile } from "./rows.test.kit.ts";

/** What happens: a message to one, or one published to some, and what becomes of each. */
export interface Happening {
  readonly from: string;
  readonly to: string | undefined;
  readonly mailboxes: readonly string[];
  readonly talk: string;
  readonly text: string;
  readonly late: number;
  readonly fates: readonly ("waiting" | "done" | "failed" | "dead" | "lost" | "retried" | "replaced")[];
}

const people = ["writer", "critic", "editor", "writer#a", "writer#b", "~s1/critic", "~s1"];
const texts = [
  "the tide turns",
  "a tidal wave",
  "Ebb\nand FLOOD",
  "größe 7.5",
  "no-one; tide, turns back",
  "->",
];
const fates = ["waiting", "done", "failed", "dead", "lost", "retried", "replaced"] as const;

export const happening: fc.Arbitrary<Happening> = fc.record({
  from: fc.constantFrom(...people),
  to: fc.option(fc.constantFrom(...people), { nil: undefined }),
  mailboxes: fc.uniqueArray(fc.constantFrom("writer", "critic", "editor"), { maxLength: 3 }),
  talk: fc.constantFrom("c1", "c2", "c3"),
  text: fc.constantFrom(...texts),
  late: fc.integer({ min: 0, max: 50_000 }),
  fates: fc.array(fc.constantFrom(...fates), { minLength: 4, maxLength: 4 }),
});

/** A record of the plain list. */
export interface Naive {
  readonly seq: number;
  readonly envelope: Envelope;
  readonly mailbox: string | undefined;
  readonly state: MessageRecord["state"];
  readonly attempts: readonly Attempt[];
}

/** Writes what happens; answers what history should tell. */
export function write(file: TestFile, happenings: readonly Happening[]): Naive[] {
  file.run("BEGIN");
  const records = happenings.flatMap((happening, at) => writeOne(file, happening, at * 10_000));
  file.run("COMMIT");
  return records;
}

function writeOne(file: TestFile, happening: Happening, sentAt: number): Naive[] {
  const { from, to, mailboxes, talk, text, late } = happening;
  const payload = text === "->" ? { [text]: text } : { text, deep: { n: sentAt } };
  const draft = { from: named(from), conversationId: talk, payload, sentAt };
  if (to !== undefined) {
    const seq = file.put({ draft: { ...draft, to: named(to) }, at: sentAt + late });
    return become(file, seq, mailboxOf(named(to)), happening.fates[0]);
  }
  const source = file.publish(draft, ...mailboxes);
  if (mailboxes.length > 0)
    return mailboxes.flatMap((mailbox, at) => become(file, source + 1 + at, mailbox, happening.fates[at]));
  return become(file, source, undefined, happening.fates[0] === "replaced" ? "replaced" : "dead");
}

/** What a message is for, in the table and in the plain list alike. */
function become(
  file: TestFile,
  seq: number,
  mailbox: string | undefined,
  fate: Happening["fates"][number] = "lost",
): Naive[] {
  const attempts: Attempt[] = [];
  if (fate === "retried") attempts.push(file.fate(seq, "waiting", 1, "The PRESS is jammed"));
  if (fate === "failed" || fate === "dead") attempts.push(file.fate(seq, "failed", 1, "tide, Größe — lost"));
  if (fate === "done" || fate === "failed") attempts.push(file.fate(seq, fate, attempts.length + 1));
  if (fate === "dead") file.die(seq);
  if (fate === "replaced") file.fate(seq, "replaced", 0);
  if (fate === "retried" || fate === "waiting") file.wait(seq);
  if (fate === "replaced") return [];
  const state = fate === "lost" ? "failed" : fate === "retried" ? "waiting" : fate;
  return [{ seq, envelope: file.envelope(seq), mailbox, state, attempts }];
}

/** A question. */
export interface Question {
  readonly conversation?: string | undefined;
  readonly agent?: Address | undefined;
  readonly where?: Filter | undefined;
}

// oxfmt-ignore
const filters = [
  "tide", '"tide turns"', '"turns ba"', "TIDA", "ide", "größe", '"größe 7"', "jammed", '"press is ja"', "lost", '"->"', '"flood"', "n", '"tide t"', '"deep n 0"', "ti", "gr",
  "state:waiting", "state:dead tide", "-state:done", "attempts:>0", "attempts:2 -tide", "id:m5", "from:writer", "to:critic",
  "from:writer#a tide", "conversation:c2", "conversation:c2 tide", "age:<3m", "age:>3m", "age:<8m age:>2m", "tide age:<4m", "age:<0",
  "error:*", 'data.text:"a tidal wave"', "tide turns", "topic:tide.turned", "-from:writer -to:writer",
];

export const questions: readonly Question[] = [
  {},
  ...filters.map((text) => ({ where: parseFilter(text) })),
  ...["c1", "c2", "none"].flatMap((conversation) => [
    { conversation },
    { conversation, where: parseFilter("tide") },
    { conversation, agent: named("critic") },
  ]),
  ...["writer", "critic", "editor", "writer#a", "writer#none", "~s1", "nobody"].flatMap((name) =>
    ["", "tide", "state:done", "age:<3m", "from:editor"].map((text) => ({
      agent: named(name),
      where: parseFilter(text),
    })),
  ),
];

/** The answer, found by looking at everything. */
export function search(records: readonly Naive[], question: Question, now: number): Naive[] {
  const { conversation, agent, where = [] } = question;
  return records.filter(({ envelope, mailbox, state, attempts }) => {
    if (conversation !== undefined && envelope.conversationId !== conversation) return false;
    const concerned = [envelope.from, envelope.to ?? (mailbox as Address | undefined)]
      .filter((each) => each !== undefined)
      .flatMap((each) => [agentOf(each), mailboxOf(agentOf(each))]);
    if (agent !== undefined && !concerned.includes(agent)) return false;
    const error = attempts.at(-1)?.error?.message;
    return matches(where, { envelope, state, attempts: attempts.length, ...(error && { error }) }, now);
  });
}
