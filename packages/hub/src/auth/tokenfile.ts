/**
 * Token file: who may speak to a hub, as JSON. A secret is 256 random bits and shown once; the file keeps its SHA-256. A slow hash would protect
 * nothing more, since nobody can guess such a secret, and would give whoever asks with wrong ones a way to keep the hub busy.
 */
import { createHash, randomBytes } from "node:crypto";
import { HermodError, systemClock } from "hermod";
import type { Audit } from "./audit.ts";
import { fullName, type PrincipalKind } from "./principal.ts";
import { changeSafe, readSafe } from "./safefile.ts";
import { toScopes, type Scopes } from "./scopes.ts";

/** A token as the file keeps it. Times are UTC milliseconds. */
export interface TokenRecord {
  /** Its public part. */
  readonly id: string;
  /** The principal's. */
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly tenant?: string;
  readonly scopes: Scopes;
  /** SHA-256 of the secret, hexadecimal. */
  readonly hash: string;
  readonly created: number;
  readonly expires?: number;
  readonly revoked?: number;
}

/** What a new token is for. */
export interface NewToken {
  readonly name: string;
  readonly kind: PrincipalKind;
  readonly tenant?: string;
  readonly scopes: Scopes;
  /** UTC milliseconds; default never. */
  readonly expires?: number;
}

/** What keeps tokens, for those who administer the hub. */
export interface TokenKeeper {
  list(): readonly TokenRecord[];
  create(given: NewToken): Rotated;
  /** Ends the token of this id; answers how many that were. */
  revoke(id: string): number;
  /** Replaces the token of this id, which is good for `grace` milliseconds more. */
  rotate(id: string, grace: number): Rotated;
}

const NAME = /^[\p{L}\p{N}_][\p{L}\p{N}_.-]{0,79}$/u;
const TENANT = /^[\p{L}\p{N}_][\p{L}\p{N}_-]{0,39}$/u;
const kinds: readonly unknown[] = ["system", "person", "agent"];
/** Most tokens of a file. */
const MOST = 10_000;

/** The tokens of the file; none where there is no file. @throws HermodError HERMOD_UNSAFE_FILE, HERMOD_BAD_OPTION. */
export function readTokens(file: string): readonly TokenRecord[] {
  return parseTokens(file, readSafe(file));
}

/** Makes a token; its text is told here and never again. @throws HermodError HERMOD_BAD_OPTION, HERMOD_UNSAFE_FILE, HERMOD_CONFLICT. */
export function createToken(
  file: string,
  given: NewToken,
  audit?: Audit,
): { readonly token: string; readonly record: TokenRecord } {
  const id = randomBytes(6).toString("hex");
  const secret = randomBytes(32).toString("base64url");
  const record = toRecord({ ...given, id, hash: hashOf(secret), created: systemClock.now() });
  change(file, (tokens) => [...tokens, unlike(tokens, record)]);
  audit?.note({
    principal: "operator",
    act: "token create",
    subject: `${fullName(record)} ${id}`,
    outcome: "done",
  });
  return { token: `hermod_${id}_${secret}`, record };
}

/**
 * A record whose address is nobody else's. People have addresses of their own; a system and an agent of one name would be taken for each other, and
 * so would two of one name where one is of a tenant that the other only has in its name.
 */
function unlike(tokens: readonly TokenRecord[], record: TokenRecord): TokenRecord {
  const name = fullName(record);
  const isPerson = record.kind === "person";
  const other = tokens.find(
    (each) =>
      fullName(each) === name &&
      (each.kind === "person") === isPerson &&
      (each.kind !== record.kind || each.tenant !== record.tenant),
  );
  if (other === undefined) return record;
  const whose = other.tenant === undefined ? "no tenant" : `tenant "${other.tenant}"`;
  const why =
    other.kind === record.kind
      ? `"${name}" has tokens of ${whose}`
      : `"${name}" is no ${record.kind}: it has tokens of another kind`;
  throw new HermodError("HERMOD_CONFLICT", why, {
    details: { name, kind: record.kind },
    hint: "Give each another name: systems and agents, of a tenant or not, send under theirs.",
  });
}

/** Ends the tokens of this name, of one tenant where that stands in front of it, or the one of this id; answers how many. @throws HermodError HERMOD_UNSAFE_FILE, HERMOD_CONFLICT. */
export function revokeToken(file: string, which: string, audit?: Audit): number {
  let count = 0;
  const now = systemClock.now();
  const ended = (token: TokenRecord): TokenRecord => {
    if (token.revoked !== undefined || ![token.id, token.name, fullName(token)].includes(which)) return token;
    count++;
    return { ...token, revoked: now };
  };
  change(file, (tokens) => tokens.map(ended));
  if (count > 0) audit?.note({ principal: "operator", act: "token revoke", subject: which, outcome: "done" });
  return count;
}

/** A token that takes the place of another one, for the same principal. */
export interface Rotated {
  readonly token: string;
  readonly record: TokenRecord;
}

/**
 * Makes a new token with the rights and the end of the one of this id, which is good for `grace` milliseconds more (default 0: it ends at once).
 * @throws HermodError HERMOD_NOT_FOUND; HERMOD_SETTLED for one that is good no more; HERMOD_UNSAFE_FILE, HERMOD_CONFLICT.
 */
export function rotateToken(file: string, id: string, grace = 0, audit?: Audit): Rotated {
  const now = systemClock.now();
  const secret = randomBytes(32).toString("base64url");
  const next = { id: randomBytes(6).toString("hex"), hash: hashOf(secret), created: now };
  let made: TokenRecord | undefined;
  change(file, (tokens) => {
    const old = inForce(tokens, id, now);
    made = { ...old, ...next };
    const ended: TokenRecord =
      grace > 0
        ? { ...old, expires: Math.min(old.expires ?? Infinity, now + grace) }
        : { ...old, revoked: now };
    return [...tokens.map((each) => (each === old ? ended : each)), made];
  });
  const record = made as unknown as TokenRecord;
  const subject = `${fullName(record)} ${id} by ${next.id}`;
  audit?.note({ principal: "operator", act: "token rotate", subject, outcome: "done" });
  return { token: `hermod_${next.id}_${secret}`, record };
}

function inForce(tokens: readonly TokenRecord[], id: string, now: number): TokenRecord {
  const found = tokens.find((each) => each.id === id);
  if (found === undefined)
    throw new HermodError("HERMOD_NOT_FOUND", `there is no token ${JSON.stringify(id.slice(0, 80))}`);
  if (found.revoked === undefined && now < (found.expires ?? Infinity)) return found;
  throw new HermodError("HERMOD_SETTLED", `the token ${id} is good no more`, {
    hint: "Make a new one.",
  });
}

/** The SHA-256 of a secret, hexadecimal. */
export function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

function change(file: string, to: (tokens: readonly TokenRecord[]) => readonly TokenRecord[]): void {
  changeSafe(file, (text) => {
    const tokens = to(parseTokens(file, text));
    if (tokens.length > MOST) throw bad(`${file} holds at most ${MOST} tokens`);
    return `${JSON.stringify({ version: 1, tokens }, undefined, 2)}\n`;
  });
}

function parseTokens(file: string, text: string | undefined): readonly TokenRecord[] {
  if (text === undefined) return [];
  let read: { readonly version?: unknown; readonly tokens?: unknown };
  try {
    read = Object(JSON.parse(text)) as typeof read;
  } catch {
    throw bad(`${file} is no file of tokens: it is not JSON`);
  }
  if (read.version !== 1 || !Array.isArray(read.tokens))
    throw bad(`${file} is no file of tokens of version 1`);
  return read.tokens.map(toRecord);
}

function toRecord(given: unknown): TokenRecord {
  const { id, name, kind, tenant, scopes, hash, created, expires, revoked } = Object(given) as TokenRecord;
  if (!/^[0-9a-f]{12}$/.test(String(id)) || !/^[0-9a-f]{64}$/.test(String(hash)))
    throw bad("a token has no id or hash");
  if (!NAME.test(String(name)))
    throw bad(`a name is 1 to 80 letters, digits and _ . -, got ${JSON.stringify(name)}`);
  if (!kinds.includes(kind)) throw bad(`a kind is system, person or agent, got ${JSON.stringify(kind)}`);
  if (tenant !== undefined && !TENANT.test(tenant))
    throw bad(`a tenant is 1 to 40 letters, digits and _ -, got ${JSON.stringify(tenant)}`);
  const times = { expires, revoked };
  for (const time of [created, ...Object.values(times)])
    if (time !== undefined && !Number.isSafeInteger(time)) throw bad("a token's times are UTC milliseconds");
  return {
    ...{ id, name, kind, scopes: toScopes(scopes), hash, created },
    ...(tenant !== undefined && { tenant }),
    ...(expires !== undefined && { expires }),
    ...(revoked !== undefined && { revoked }),
  };
}

function bad(message: string): HermodError {
  return new HermodError("HERMOD_BAD_OPTION", message);
}
