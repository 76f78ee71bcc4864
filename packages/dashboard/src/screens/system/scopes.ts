/** Scopes: what a token allows, as it is typed: "send:writer read:team.*", or "*" for everything. Pure. */
import type { Right } from "../../api/types.ts";

const rights: readonly Right[] = ["send", "serve", "subscribe", "read", "redrive", "answer", "administer"];

/** The subjects of each right; undefined for what is none. */
export function scopesIn(written: string): Partial<Record<Right, string[]>> | undefined {
  const words = written.split(/[\s,]+/u).filter((word) => word !== "");
  if (words.length === 0) return undefined;
  if (words.length === 1 && words[0] === "*")
    return Object.fromEntries(rights.map((right) => [right, ["*"]]));
  const scopes: Partial<Record<Right, string[]>> = {};
  for (const word of words) {
    const [right, ...rest] = word.split(":");
    const subject = rest.join(":");
    if (!rights.includes(right as Right) || subject === "") return undefined;
    (scopes[right as Right] ??= []).push(subject);
  }
  return scopes;
}
