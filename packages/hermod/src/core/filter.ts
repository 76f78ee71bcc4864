/**
 * The filter language, one for history, dead letters, selective receive, CLI and page:
 *   from:writer to:critic type:request state:dead attempts:>1 age:<5m at:>2026-11-22T10:00Z data.topic:"sea" -type:status "free text"
 * Terms are joined by "and"; `*` at a value's end matches any rest; `-` before a term negates it. A filter is plain data.
 * `kind:` is another word for `verb:`, `status:` for `state:`. `at:2026-11-22` is all of that day, `at:>2026-11-22T10:00` what came at that minute or after it; without a zone times are UTC.
 * Free text is found where its words stand one after another in operation and payload, or in the error, in upper or lower case;
 * the last of them may be the beginning of a word. One without a letter or digit is found wherever it stands.
 */
import { agentOf } from "./address.ts";
import type { Envelope } from "./envelope.ts";
import { priorities } from "./envelope.ts";
import { show, toMs } from "./duration.ts";
import { HermodError } from "./errors.ts";
import { momentOf, spanOf } from "./moment.ts";
import { suggestion } from "./nearest.ts";
import { readTerms, scalarText, valueAt, type WrittenTerm } from "./terms.ts";
import { containsWords, saidBy, wordsOf } from "./words.ts";

/** One condition of a filter. */
export interface Term {
  /** A field of the table below, or a path into the payload (`data.…`) or metadata (`metadata.…`), or "" for free text. */
  readonly field: string;
  readonly operator: "is" | "starts" | "more" | "less";
  readonly value: string | number;
  readonly negated: boolean;
}

/** Conditions that must all hold. */
export type Filter = readonly Term[];

/** What a filter looks at: an envelope, with what became of it where that is known. */
export interface Subject {
  readonly envelope: Envelope;
  readonly state?: string;
  readonly reason?: string;
  readonly attempts?: number;
  readonly error?: string;
}

const fields: Readonly<Record<string, (subject: Subject, now: number) => unknown>> = {
  id: ({ envelope }) => envelope.id,
  verb: ({ envelope }) => envelope.verb,
  type: ({ envelope }) => envelope.type,
  operation: ({ envelope }) => envelope.operation,
  from: ({ envelope }) => agentOf(envelope.from),
  to: ({ envelope }) => envelope.to && agentOf(envelope.to),
  topic: ({ envelope }) => envelope.topic,
  priority: ({ envelope }) => envelope.priority,
  delivery: ({ envelope }) => envelope.delivery,
  conversation: ({ envelope }) => envelope.conversationId,
  correlation: ({ envelope }) => envelope.correlationId,
  cause: ({ envelope }) => envelope.causeId,
  trace: ({ envelope }) => traceOf(envelope),
  size: ({ envelope }) => envelope.size,
  age: ({ envelope }, now) => now - envelope.sentAt,
  at: ({ envelope }) => envelope.sentAt,
  state: ({ state }) => state,
  reason: ({ reason }) => reason,
  attempts: ({ attempts }) => attempts,
  error: ({ error }) => error,
};

/** Other words that people use for a field. */
const aliases: Readonly<Record<string, string>> = { kind: "verb", status: "state" };

/** The trace of a W3C trace context: what stands second in it. */
function traceOf({ trace }: Envelope): string | undefined {
  return trace?.split("-", 2)[1];
}

/** The value that a field must have by a filter; undefined where it leaves a choice. */
export function demanded(where: Filter | undefined, field: string): string | undefined {
  const term = where?.find((each) => each.field === field && each.operator === "is" && !each.negated);
  return term && String(term.value);
}

/**
 * The filter that a text describes; an empty text matches all.
 * @throws HermodError HERMOD_BAD_FILTER naming the part that is wrong.
 */
export function parseFilter(text: unknown): Filter {
  return Object.freeze(readTerms(text, bad).flatMap(toTerms));
}

/**
 * The filter that plain data describes, as one that has travelled does.
 * @throws HermodError HERMOD_BAD_FILTER for what is none.
 */
export function toFilter(given: unknown): Filter {
  if (!Array.isArray(given) || given.length > 100) return bad("is no list of at most 100 terms", given);
  return Object.freeze(Array.from(given, checkTerm));
}

function checkTerm(given: unknown): Term {
  const { field, operator, value, negated } = Object(given) as Term;
  const isFit = typeof field === "string" && (field === "" || isField(field)) && typeof negated === "boolean";
  const isValue = typeof value === "string" || Number.isFinite(value);
  if (isFit && isValue && ["is", "starts", "more", "less"].includes(operator))
    return Object.freeze({ field, operator, value, negated });
  return bad("has a term that is none", given);
}

/** A day, an hour or a minute that is excluded lies before or behind: that is no list of conditions that all hold. */
function toTerms(given: WrittenTerm): Term[] {
  const written = Object.hasOwn(aliases, given.key) ? { ...given, key: aliases[given.key] as string } : given;
  const { whole, negated, key: field, sign, value } = written;
  if (field !== "at") return [toTerm(written)];
  const from = momentOf(value) ?? bad("compares with something that is no time", whole);
  if (sign === ">") return [{ field, operator: "more", value: from - 1, negated }];
  if (sign === "<") return [{ field, operator: "less", value: from, negated }];
  if (negated) return bad("cannot exclude a span of time; write at:<FROM or at:>TO", whole);
  const span = { field, negated } as const;
  return [
    { ...span, operator: "more", value: from - 1 },
    { ...span, operator: "less", value: from + spanOf(value) },
  ];
}

function toTerm({ whole, negated, key: field, sign, value: text, quoted }: WrittenTerm): Term {
  if (field === "") return { field, operator: "is", value: text, negated };
  if (!quoted && /^[<>]$/.test(text)) return bad("has no value", whole);
  if (!isField(field))
    return bad(`has no field ${show(field)}.${suggestion(field, Object.keys(fields))}`, whole);
  if (sign)
    return { field, operator: sign === ">" ? "more" : "less", value: toNumber(field, text, whole), negated };
  if (!quoted && text.endsWith("*")) return { field, operator: "starts", value: text.slice(0, -1), negated };
  return { field, operator: "is", value: field === "priority" ? toPriorityNumber(text) : text, negated };
}

function isField(field: string): boolean {
  return Object.hasOwn(fields, field) || field.startsWith("data.") || field.startsWith("metadata.");
}

function toNumber(field: string, text: string, whole: string): number {
  if (field === "age") return toAge(text, whole);
  const number = Number(field === "priority" ? toPriorityNumber(text) : text);
  return Number.isFinite(number) ? number : bad("compares with something that is no number", whole);
}

function toAge(text: string, whole: string): number {
  try {
    return toMs(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text, "age");
  } catch {
    return bad("compares with something that is no duration", whole);
  }
}

function toPriorityNumber(text: string): string | number {
  return Object.hasOwn(priorities, text) ? priorities[text as keyof typeof priorities] : text;
}

function bad(rule: string, value: unknown): never {
  throw new HermodError("HERMOD_BAD_FILTER", `filter ${rule}: ${show(value)}`, {
    details: { received: show(value) },
  });
}

/** True when all conditions hold for the subject. */
export function matches(filter: Filter, subject: Subject, now: number): boolean {
  return filter.every((term) => holds(term, subject, now) !== term.negated);
}

function holds(term: Term, subject: Subject, now: number): boolean {
  if (term.field === "") return freeText(subject, String(term.value));
  const found = valueOf(term.field, subject, now);
  const text = scalarText(found);
  if (text === undefined) return false;
  switch (term.operator) {
    case "is":
      return text === String(term.value);
    case "starts":
      return text.startsWith(String(term.value));
    case "more":
      return Number(found) > Number(term.value);
    case "less":
      return Number(found) < Number(term.value);
  }
}

function valueOf(field: string, subject: Subject, now: number): unknown {
  const read = fields[field];
  if (read !== undefined && Object.hasOwn(fields, field)) return read(subject, now);
  const [root, ...path] = field.split(".");
  return valueAt(root === "data" ? subject.envelope.payload : subject.envelope.metadata, path);
}

function freeText(subject: Subject, wanted: string): boolean {
  const words = wordsOf(wanted);
  if (words === "") return literally(subject, wanted);
  const { envelope, error } = subject;
  if (error !== undefined && containsWords(wordsOf(error), words)) return true;
  return containsWords(saidBy(envelope.operation, envelope.payload), words);
}

function literally({ envelope, error }: Subject, wanted: string): boolean {
  const text = `${envelope.operation} ${error ?? ""} ${JSON.stringify(envelope.payload) ?? ""}`;
  return text.toLowerCase().includes(wanted.toLowerCase());
}
