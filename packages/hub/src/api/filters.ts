/** Filters: what somebody may ask by one. Whoever may not see a value may not find it out by asking whether it begins with "a". */
import { HermodError, parseFilter, type DeadLetter, type Filter, type MessageRecord } from "hermod";
import { matches, type Subject } from "hermod/remote";
import type { Redaction } from "../redaction.ts";

/** The filter of a text. @throws HermodError HERMOD_BAD_FILTER for what is none, and for one by what the hub hides. */
export function filterOf(where: string, redaction: Redaction): Filter {
  const filter = parseFilter(where);
  const hidden = filter.find(({ field }) => redaction.hides(field));
  if (hidden === undefined) return filter;
  throw new HermodError("HERMOD_BAD_FILTER", `filter asks for ${hidden.field}, which this hub hides`, {
    details: { received: hidden.field },
    hint: "Ask for another field. What is hidden stands in the answer of GET /v1/me.",
  });
}

/** Whether a message is found by what of it is shown: what only a hidden value holds finds nothing. */
export function foundBy(filter: Filter, redaction: Redaction): (subject: Subject) => boolean {
  const terms = filter.filter(({ field, negated }) => !negated && maySayHidden(field));
  return (subject) => {
    if (terms.length === 0) return true;
    const envelope = redaction.envelope(subject.envelope);
    const error = subject.error === undefined ? undefined : redaction.text(subject.error);
    if (envelope === subject.envelope && error === subject.error) return true;
    return matches(terms, { ...subject, envelope, ...(error !== undefined && { error }) }, 0);
  };
}

/** Words, and whatever is said by the agents themselves. */
const maySayHidden = (field: string): boolean => /^(?:$|data\.|metadata\.|data$|metadata$)/u.test(field);

/** The same of a dead letter. */
export function isFoundDead(where: string, redaction: Redaction): (letter: DeadLetter) => boolean {
  const found = foundBy(filterOf(where, redaction), redaction);
  return ({ envelope, error }) => found({ envelope, ...(error && { error: error.message }) });
}

/** Whether a message was found by what of it is shown. */
export function isFound(where: string | undefined, redaction: Redaction): (record: MessageRecord) => boolean {
  const found = foundBy(filterOf(where ?? "", redaction), redaction);
  return ({ envelope, attempts }) => {
    const error = attempts.at(-1)?.error?.message;
    return found({ envelope, ...(error !== undefined && { error }) });
  };
}
