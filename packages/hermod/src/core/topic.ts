/** Topics: dotted names such as `research.sea.done`; in a pattern `*` stands for one token and a last `>` for all the rest. */
import { show } from "./duration.ts";
import { HermodError, type ErrorOptions } from "./errors.ts";

const TOKEN = /^[\p{L}\p{N}_:/-]+$/u;
const NAME = /^[\p{L}\p{N}_:/-]+(?:\.[\p{L}\p{N}_:/-]+)*$/u;
const LONGEST = 200;

/**
 * The text as a topic pattern.
 * @throws HermodError HERMOD_BAD_ADDRESS unless it is 1 to 200 characters of dotted tokens.
 */
export function toPattern(pattern: unknown): string {
  if (isPattern(pattern)) return pattern;
  throw refused(`topic pattern ${show(pattern)} is not valid`, {
    hint: "Write dotted tokens; `*` for one token, `>` at the end for the rest.",
  });
}

function isPattern(text: unknown): text is string {
  const tokens = typeof text === "string" && text.length <= LONGEST ? text.split(".") : [];
  const last = tokens.length - 1;
  const fits = tokens.every(
    (token, at) => token === "*" || (token === ">" && at === last) || TOKEN.test(token),
  );
  return fits && tokens.length > 0;
}

/**
 * The text as the name of one topic, without wildcards.
 * @throws HermodError HERMOD_BAD_ADDRESS unless it is 1 to 200 characters of dotted tokens, none of them a wildcard.
 */
export function toTopicName(name: unknown): string {
  if (typeof name === "string" && name.length <= LONGEST && NAME.test(name)) return name;
  if (isPattern(name)) {
    throw refused(`topic ${show(name)} has wildcards: it is a pattern, and no name`, {
      hint: 'Publish to a name without wildcards: topic(...).name("sea") fills them in.',
    });
  }
  throw refused(`topic ${show(name)} is not a valid name`, {
    hint: "Write 1 to 200 characters of dotted tokens: letters, digits, `_ : / -`.",
  });
}

/** True for a pattern that may fit more than one topic. */
export function hasWildcards(pattern: string): boolean {
  return pattern.includes("*") || pattern.endsWith(">");
}

/**
 * The name of the topic that a pattern becomes with tokens for its wildcards: each `*` takes one, a last `>` all the rest.
 * @throws HermodError HERMOD_BAD_ADDRESS for too few or too many tokens, a token that is none, or a name beyond 200 characters.
 */
export function fillPattern(pattern: string, tokens: readonly unknown[]): string {
  const parts = pattern.split(".");
  checkCount(pattern, parts, tokens.length);
  for (const token of tokens) checkToken(pattern, token);
  let next = 0;
  const filled = parts.map((part) => {
    if (part === "*") return tokens[next++];
    return part === ">" ? tokens.slice(next).join(".") : part;
  });
  return toTopicName(filled.join("."));
}

function checkCount(pattern: string, parts: readonly string[], given: number): void {
  const open = parts.at(-1) === ">";
  const wanted = parts.filter((part) => part === "*" || part === ">").length;
  if (given === wanted || (open && given > wanted)) return;
  const tokens = `${open ? "at least " : ""}${wanted} ${wanted === 1 ? "token" : "tokens"}`;
  throw refused(`topic pattern ${show(pattern)} takes ${tokens}, got ${given}`, {
    details: { pattern, wanted, given },
    hint: "Give one token for each `*`, and one or more for a `>` at the end.",
  });
}

function checkToken(pattern: string, token: unknown): void {
  if (typeof token === "string" && TOKEN.test(token)) return;
  throw refused(`${show(token)} is no token for topic pattern ${show(pattern)}`, {
    details: { pattern, received: show(token) },
    hint: "Write a token as text of letters, digits and `_ : / -`, without dots and wildcards.",
  });
}

function refused(message: string, options: ErrorOptions): HermodError {
  return new HermodError("HERMOD_BAD_ADDRESS", message, options);
}

const [DOT, STAR, REST] = [46, 42, 62];

/** True when the topic fits the pattern. Character by character: wildcards stand alone, and no list of tokens is made. */
export function matchesTopic(pattern: string, topic: string): boolean {
  let at = 0;
  for (let place = 0; place < pattern.length; place++) {
    const wanted = pattern.charCodeAt(place);
    if (wanted === REST) return at < topic.length;
    if (wanted !== STAR) {
      if (topic.charCodeAt(at++) !== wanted) return false;
    } else if (at < topic.length) {
      while (at < topic.length && topic.charCodeAt(at) !== DOT) at++;
    } else return false;
  }
  return at === topic.length;
}
