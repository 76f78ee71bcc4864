/** Topics: dotted names such as `research.sea.done`; in a pattern `*` stands for one token and a last `>` for all the rest. */
import { show } from "./duration.ts";
import { HermodError } from "./errors.ts";

const TOKEN = /^[\p{L}\p{N}_:/-]+$/u;

/**
 * The text as a topic pattern.
 * @throws HermodError HERMOD_BAD_ADDRESS unless it is 1 to 200 characters of dotted tokens.
 */
export function toPattern(pattern: unknown): string {
  const tokens = typeof pattern === "string" && pattern.length <= 200 ? pattern.split(".") : [];
  const fits = tokens.every(
    (token, at) => token === "*" || (token === ">" && at === tokens.length - 1) || TOKEN.test(token),
  );
  if (tokens.length > 0 && fits) return pattern as string;
  throw new HermodError("HERMOD_BAD_ADDRESS", `topic pattern ${show(pattern)} is not valid`, {
    hint: "Write dotted tokens; `*` for one token, `>` at the end for the rest.",
  });
}

/** True when the topic fits the pattern. */
export function matchesTopic(pattern: string, topic: string): boolean {
  const wanted = pattern.split(".");
  const given = topic.split(".");
  for (let at = 0; at < wanted.length; at++) {
    if (wanted[at] === ">") return given.length > at;
    if (at >= given.length || (wanted[at] !== "*" && wanted[at] !== given[at])) return false;
  }
  return wanted.length === given.length;
}
