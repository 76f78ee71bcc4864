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

/**
 * Shapes of secrets that are well known, as the systems that make them write them. What they have in common with ids, hashes and words is not
 * enough: each has a head of its own, or a word before it that says what it is. No part may look ahead further than a bound.
 */
const shapes: readonly RegExp[] = [
  // Keys of OpenAI, Anthropic and their like: words may stand before the long part, which is no word itself.
  /(?<![\w-])sk-(?:[a-z]{2,8}\d{0,3}-|v\d-){0,3}(?:(?=[\w-]{0,40}?[A-Z])(?=[\w-]{0,40}?\d)[\w-]{20,}|[0-9a-f]{32,})/,
  /(?<![A-Za-z0-9])[rsp]k_(?:live|test)_[A-Za-z0-9]{16,}/,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Za-z0-9])/,
  /(?<![A-Za-z0-9])gh[oprsu]_[A-Za-z0-9]{36,}/,
  /(?<![A-Za-z0-9])github_pat_\w{22,}/,
  /(?<![A-Za-z0-9])glpat-[\w-]{20,}/,
  /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{36}/,
  /(?<![A-Za-z0-9])xox[abeoprs]-[A-Za-z0-9-]{20,}/,
  /(?<![A-Za-z0-9])AIza[\w-]{35}/,
  /(?<![\w-])eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]*/,
  /-----BEGIN (?:[A-Z]{2,12} ){0,3}PRIVATE KEY-----(?:(?!-----END )[^"])*(?:-----END [A-Z ]{0,40}PRIVATE KEY-----)?/,
  /(?<=\b(?:[Bb]earer|BEARER)\s{1,4})(?=[A-Za-z.~+/_-]{0,100}\d)[\w.~+/-]{16,}={0,2}/,
  /(?<=\b(?:[Aa]uthorization|AUTHORIZATION)["']?\s?[:=]\s?["']?\w{1,20} )(?=[A-Za-z+/_-]{0,100}\d)[\w.~+/-]{8,}={0,2}/,
];

/** What each of them holds. Most texts hold none of it, which takes 3 ns a character to tell, and the shapes themselves 20. */
const heads =
  /sk-|k_live_|k_test_|AKIA|ASIA|gh[oprsu]_|github_pat_|glpat-|npm_|xox[abeoprs]-|AIza|eyJ|PRIVATE KEY|earer|EARER|uthorization|UTHORIZATION/;
const secret = new RegExp(shapes.map(({ source }) => source).join("|"), "g");

/** The text with `instead` in the place of each well-known secret inside it; the same one where there is none. */
export const withoutSecrets = (text: string, instead: string): string =>
  heads.test(text) ? text.replace(secret, instead) : text;
