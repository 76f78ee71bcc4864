/** Settings: what the environment says about a model, checked. Values of variables that may hold a key are never shown. */
import { show, toMs } from "../../core/duration.ts";
import { HermodError } from "../../core/errors.ts";

/** Variables by name. */
export type Env = Readonly<Record<string, string | undefined>>;

export interface Settings {
  readonly model: string;
  readonly url: string;
  readonly key: string | undefined;
  /** Of a call, in milliseconds. */
  readonly timeout: number;
  readonly concurrency: number | undefined;
  /** A minute. */
  readonly requests: number | undefined;
  readonly tokens: number | undefined;
  readonly maxCost: number;
}

const OPENAI = "https://api.openai.com/v1";

/** Undefined where no model is named; an empty variable is one that is not set. @throws HermodError HERMOD_BAD_OPTION. */
export function settingsOf(env: Env): Settings | undefined {
  const model = valueOf(env, "LLM_MODEL") ?? valueOf(env, "OPENAI_MODEL");
  if (model === undefined) return undefined;
  const key = keyOf(valueOf(env, "OPENAI_API_KEY"));
  return {
    ...{ model, key },
    url: urlOf(valueOf(env, "OPENAI_BASE_URL"), key),
    timeout: timeoutOf(valueOf(env, "LLM_TIMEOUT") ?? "2m"),
    concurrency: countOf(env, "LLM_CONCURRENCY"),
    requests: countOf(env, "LLM_REQUESTS"),
    tokens: countOf(env, "LLM_TOKENS"),
    maxCost: costOf(valueOf(env, "LLM_MAX_COST")),
  };
}

function valueOf(env: Env, name: string): string | undefined {
  return env[name]?.trim() || undefined;
}

function keyOf(key: string | undefined): string | undefined {
  if (key === undefined || /^[\x21-\x7e]+$/.test(key)) return key;
  throw bad("OPENAI_API_KEY", "must be printable characters without spaces");
}

function urlOf(text: string | undefined, key: string | undefined): string {
  if (text === undefined) return key === undefined ? keyless() : OPENAI;
  const { protocol, username, password, search } = URL.canParse(text)
    ? new URL(text)
    : badUrl("must be a URL");
  if (!/^https?:$/.test(protocol)) return badUrl("must begin with http:// or https://");
  if (username !== "" || password !== "") return badUrl("must not hold a name and password");
  return search === "" ? text : badUrl('must end before the "?"');
}

function keyless(): never {
  throw bad("OPENAI_API_KEY", "is needed where OPENAI_BASE_URL names no other endpoint");
}

function badUrl(why: string): never {
  throw bad("OPENAI_BASE_URL", `${why}, such as http://localhost:11434/v1`);
}

function timeoutOf(text: string): number {
  const ms = toMs(/^\d+$/.test(text) ? Number(text) : text, "LLM_TIMEOUT");
  if (ms >= 1) return ms;
  throw bad("LLM_TIMEOUT", `must be at least 1 ms, got ${show(text)}`);
}

function countOf(env: Env, name: string): number | undefined {
  const text = valueOf(env, name);
  if (text === undefined) return undefined;
  const count = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (count >= 1) return count;
  throw bad(name, `must be a whole number from 1 to 999999999, got ${show(text)}`);
}

function costOf(text: string | undefined): number {
  if (text === undefined) return Infinity;
  if (/^\d+(\.\d+)?$/.test(text)) return Number(text);
  throw bad("LLM_MAX_COST", `must be an amount from 0 up, got ${show(text)}`);
}

function bad(name: string, rule: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", `${name} ${rule}`, {
    details: { option: name },
    hint: `Set the environment variable ${name} as the message says, or unset it.`,
  });
}
