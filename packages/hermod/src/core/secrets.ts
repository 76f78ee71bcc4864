/** Secrets: text of others as it may be shown, in errors and logs. Endpoints repeat a wrong key in their answers. */

const MOST_TEXT = 500;

const keys = /\b(?:sk|pk|rk|gsk|xai|key|AIza)[-_]?[\w*-]{12,}|\bBearer\s+\S+/g;

/** The first 500 characters of the text, without keys: those that are known, and what looks like one. */
export function cleaned(text: string, secrets: readonly string[]): string {
  const known = secrets.reduce((left, secret) => (secret === "" ? left : left.replaceAll(secret, "…")), text);
  return known.replace(keys, "…").slice(0, MOST_TEXT);
}
