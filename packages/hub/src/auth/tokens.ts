/** Tokens: who speaks, by the secrets of a file. A change of the file counts at once for whoever comes, and within a second for who is there. */
import { statSync } from "node:fs";
import { timingSafeEqual } from "node:crypto";
import { systemClock, type Cancel } from "hermod";
import { fullName, type Auth, type Principal } from "./principal.ts";
import { allows } from "./scopes.ts";
import {
  createToken,
  hashOf,
  readTokens,
  revokeToken,
  rotateToken,
  type TokenKeeper,
  type TokenRecord,
} from "./tokenfile.ts";

/** How often the file is looked at, in milliseconds. */
const LOOK = 1000;
/** What no secret has as its hash, so that an unknown token is compared as a known one is. */
const NONE = "0".repeat(64);
/** `hermod_ID_SECRET`. */
const TOKEN = /^hermod_([0-9a-f]{12})_([\w-]{43})$/;

interface Known {
  readonly record: TokenRecord;
  readonly text: string;
  readonly principal: Principal;
}

/** Tokens that are in force. */
export interface Tokens extends Auth, Disposable {
  /** Stops looking at the file. */
  close(): void;
}

/**
 * The principals of a file of tokens, which `createToken` writes. Where the file can be read no more, nobody is known.
 * @throws HermodError HERMOD_UNSAFE_FILE, HERMOD_BAD_OPTION for a file that cannot be used at the start.
 */
export function tokens(file: string, failed: (error: unknown) => void = () => undefined): Tokens {
  return new FileTokens(file, failed);
}

/** What keeps the tokens of these principals; undefined where that is no file. */
export function keeperOf(auth: Auth): TokenKeeper | undefined {
  return auth instanceof FileTokens ? auth.keeper : undefined;
}

class FileTokens implements Tokens {
  readonly isOpen = false;
  readonly keeper: TokenKeeper;
  readonly #file: string;
  readonly #failed: (error: unknown) => void;
  readonly #watched = new Map<Principal, Set<() => void>>();
  #known = new Map<string, Known>();
  #stamp = "";
  #timer: Cancel = () => undefined;

  constructor(file: string, failed: (error: unknown) => void) {
    this.#file = file;
    this.keeper = {
      list: () => readTokens(file),
      create: (given) => createToken(file, given),
      revoke: (id) => revokeToken(file, id),
      rotate: (id, grace) => rotateToken(file, id, grace),
    };
    this.#failed = failed;
    this.#load();
    this.#look();
  }

  identify(token: string | undefined): Principal | undefined {
    this.#refresh();
    const [, id = "", secret = ""] = TOKEN.exec(token ?? "") ?? [];
    const known = this.#known.get(id);
    const isRight = timingSafeEqual(Buffer.from(hashOf(secret)), Buffer.from(known?.record.hash ?? NONE));
    return known !== undefined && isRight && isGood(known.record) ? known.principal : undefined;
  }

  watch(principal: Principal, end: () => void): () => void {
    const ends = this.#watched.get(principal) ?? new Set();
    const own = (): void => end();
    this.#watched.set(principal, ends.add(own));
    return () => {
      ends.delete(own);
      if (ends.size === 0 && this.#watched.get(principal) === ends) this.#watched.delete(principal);
    };
  }

  close(): void {
    this.#timer();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #look(): void {
    this.#timer = systemClock.after(
      LOOK,
      () => {
        this.#refresh();
        this.#endThose((known) => known === undefined || !isGood(known.record));
        this.#look();
      },
      true,
    );
  }

  /** Reads the file again where it is another one. */
  #refresh(): void {
    if (stampOf(this.#file) === this.#stamp) return;
    try {
      this.#load();
    } catch (error) {
      this.#known = new Map();
      this.#failed(error);
    }
    this.#endThose((known) => known === undefined || !isGood(known.record));
  }

  #load(): void {
    this.#stamp = stampOf(this.#file);
    const before = this.#known;
    this.#known = new Map(
      readTokens(this.#file).map((record) => {
        const text = JSON.stringify(record);
        const known = before.get(record.id);
        return [record.id, known?.text === text ? known : { record, text, principal: toPrincipal(record) }];
      }),
    );
  }

  #endThose(isOver: (known: Known | undefined) => boolean): void {
    if (this.#watched.size === 0) return;
    const good = new Set(
      [...this.#known.values()].filter((known) => !isOver(known)).map((each) => each.principal),
    );
    for (const [principal, ends] of [...this.#watched])
      if (!good.has(principal)) {
        this.#watched.delete(principal);
        for (const end of [...ends]) end();
      }
  }
}

function isGood({ revoked, expires = Infinity }: TokenRecord): boolean {
  return revoked === undefined && systemClock.now() < expires;
}

function stampOf(file: string): string {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? "none" : `${stat.ino} ${stat.mtimeNs} ${stat.ctimeNs} ${stat.size}`;
}

/** The principal of a token. One of a tenant is never allowed anything that is not its tenant's, whatever the token says. */
export function toPrincipal(record: TokenRecord): Principal {
  const { kind, tenant, scopes } = record;
  return Object.freeze({
    ...{ name: fullName(record), kind, scopes },
    ...(tenant !== undefined && { tenant }),
    may: (right: Parameters<Principal["may"]>[0], subject: string) =>
      allows(scopes, right, subject) && isOf(tenant, subject),
  });
}

const PERSON = "~people/";

/** All names of a tenant begin with its own: agents, topics, people. */
function isOf(tenant: string | undefined, subject: string): boolean {
  if (tenant === undefined) return true;
  const name = subject.startsWith(PERSON) ? subject.slice(PERSON.length) : subject;
  return name.startsWith(`${tenant}.`);
}
