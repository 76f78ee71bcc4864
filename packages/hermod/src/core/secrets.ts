/** Secrets: text of others as it may be shown, in errors and logs. Endpoints repeat a wrong key in their answers. */

const MOST_TEXT = 500;

const keys = /\b(?:sk|pk|rk|gsk|xai|key|AIza)[-_]?[\w*-]{12,}|\bBearer\s+\S+/g;

/** The first 500 characters of the text, without keys: those that are known, what looks like one, and at its end the beginning of one. */
export function cleaned(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((left, secret) => (secret === "" ? left : left.replaceAll(secret, "…")), text);
  return withoutBeginning(known, secrets).replace(keys, "…").slice(0, MOST_TEXT);
}

/** Of a shorter beginning nobody could say what it is. */
const SHORTEST_BEGINNING = 4;

/** Who cut the text may have cut a secret in two. */
function withoutBeginning(text: string, secrets: readonly string[]): string {
  const cut = Math.max(0, ...secrets.map((secret) => beginningIn(text, secret)));
  return cut === 0 ? text : `${text.slice(0, -cut)}…`;
}

/** How many characters at the end of the text begin the secret. */
function beginningIn(text: string, secret: string): number {
  for (let length = Math.min(text.length, secret.length); length >= SHORTEST_BEGINNING; length--)
    if (text.endsWith(secret.slice(0, length))) return length;
  return 0;
}
