/** Terms: changes of a filter as text, made by pressing something; what else stands in it stays as it was typed. */

/** A term as it is written: see the filter language. */
const TERM = /-?(?:[A-Za-z][\w.-]*:)?[<>]?(?:"(?:[^"\\]|\\.)*"|[^\s"]+)/g;
const BARE = /^[^\s"<>*\\][^\s"*\\]*$/;

export function termsOf(where: string): readonly string[] {
  return where.match(TERM) ?? [];
}

/** `from:writer`; in quotes where the value needs them. */
export function term(field: string, value: string, negated = false): string {
  const written = BARE.test(value) ? value : `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
  return `${negated ? "-" : ""}${field}:${written}`;
}

export function hasTerm(where: string, wanted: string): boolean {
  return termsOf(where).includes(wanted);
}

/** With the term, or without it where it stood. One field has one value: a term takes the place of another one of its field. */
export function toggled(where: string, field: string, value: string, negated = false): string {
  const wanted = term(field, value, negated);
  const terms = termsOf(where);
  if (terms.includes(wanted)) return terms.filter((each) => each !== wanted).join(" ");
  const others = terms.filter(
    (each) => each !== term(field, value, !negated) && (negated || !each.startsWith(`${field}:`)),
  );
  return [...others, wanted].join(" ");
}

/** All terms together; empty ones are left out. */
export function joined(...terms: readonly (string | undefined)[]): string {
  return terms.filter((each) => each !== undefined && each !== "").join(" ");
}
