/**
 * Pattern: which messages a route takes, as text; all terms must hold:
 *   * · type:task · verb:cast · sender:research* · priority:high · operation:re* · topic:research.*.done · metadata.tenant:"a b"
 * A `*` at the end of a value matches any rest; that of a topic stands for one token. Read once, each message then costs a
 * few comparisons, whatever the text.
 */
import { agentOf, toAddress } from "./address.ts";
import { show } from "./duration.ts";
import { messageTypes, toPriority, verbs, type Envelope } from "./envelope.ts";
import { HermodError } from "./errors.ts";
import { suggestion } from "./nearest.ts";
import { oneOf } from "./options.ts";
import { readTerms, scalarText, valueAt, type Refuse, type WrittenTerm } from "./terms.ts";
import { matchesTopic, toPattern } from "./topic.ts";

/** Whether a message fits. */
export type Predicate = (envelope: Envelope) => boolean;

/** What the keys need to read their values: how the pattern is called, and its refusal. */
interface Reader {
  readonly what: string;
  readonly refuse: Refuse;
}

const METADATA = "metadata.";

const keys: Readonly<Record<string, (term: WrittenTerm, reader: Reader) => Predicate>> = {
  type: ({ value }, { what }) => {
    const wanted = oneOf(`${what} type`, value, messageTypes);
    return ({ type }) => type === wanted;
  },
  verb: ({ value }, { what }) => {
    const wanted = oneOf(`${what} verb`, value, verbs);
    return ({ verb }) => verb === wanted;
  },
  priority: ({ value }) => {
    const wanted = toPriority(/^[1-4]$/.test(value) ? Number(value) : value);
    return ({ priority }) => priority === wanted;
  },
  sender: (term, reader) => {
    const fits = toTextTest(term, reader);
    if (!isPrefix(term)) toAddress(term.value, `${reader.what} sender`);
    return ({ from }) => fits(agentOf(from));
  },
  operation: (term, reader) => {
    const fits = toTextTest(term, reader);
    return ({ operation }) => fits(operation);
  },
  topic: ({ value }) => {
    const wanted = toPattern(value);
    return ({ topic }) => topic !== undefined && matchesTopic(wanted, topic);
  },
};

/**
 * The predicate that a pattern describes; `what` is its name in errors.
 * @throws HermodError HERMOD_BAD_OPTION naming the part that is wrong, HERMOD_BAD_ADDRESS for a sender or topic that is no name.
 */
export function toPatternTest(pattern: unknown, what: string): Predicate {
  const refuse: Refuse = (rule, part) => bad(`${what} ${rule}: ${show(part)}`, part);
  const tests = readTerms(pattern, refuse).map((term) => toTest(unsigned(term), { what, refuse }));
  if (tests.length === 0) return refuse('is empty; write "*" for all messages', pattern);
  return (envelope) => tests.every((test) => test(envelope));
}

/** A pattern compares nothing: the `>` of a topic is a part of its value. */
function unsigned(term: WrittenTerm): WrittenTerm {
  return { ...term, sign: "", value: `${term.sign}${term.value}` };
}

function toTest(term: WrittenTerm, reader: Reader): Predicate {
  const { whole, negated, key } = term;
  if (whole === "*") return () => true;
  if (negated) return reader.refuse("cannot negate; write a predicate for that", whole);
  if (key === "") return reader.refuse("needs key:value, or * for all messages", whole);
  if (key.startsWith(METADATA)) return toMetadataTest(term, reader);
  const read = Object.hasOwn(keys, key) ? keys[key] : undefined;
  if (read !== undefined) return read(term, reader);
  return reader.refuse(`has no key ${show(key)}.${suggestion(key, [...Object.keys(keys), METADATA])}`, whole);
}

function toMetadataTest(term: WrittenTerm, reader: Reader): Predicate {
  const path = term.key.slice(METADATA.length).split(".");
  if (path.includes("")) return reader.refuse("has an empty name in its path", term.whole);
  const fits = toTextTest(term, reader);
  return ({ metadata }) => {
    const text = scalarText(valueAt(metadata, path));
    return text !== undefined && fits(text);
  };
}

function isPrefix({ value, quoted }: WrittenTerm): boolean {
  return !quoted && value.endsWith("*");
}

function toTextTest(term: WrittenTerm, { refuse }: Reader): (text: string) => boolean {
  const { value, quoted, whole } = term;
  if (!quoted && value.slice(0, -1).includes("*"))
    return refuse("may have a * at the end only; put a value that holds one into quotes", whole);
  if (!isPrefix(term)) return (text) => text === value;
  const prefix = value.slice(0, -1);
  return (text) => text.startsWith(prefix);
}

function bad(message: string, part: unknown): never {
  throw new HermodError("HERMOD_BAD_OPTION", message, {
    details: { received: show(part) },
    hint: `Keys of a pattern: ${Object.keys(keys).join(", ")}, ${METADATA}NAME; * alone takes all messages.`,
  });
}
