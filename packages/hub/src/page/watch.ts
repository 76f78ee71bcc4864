/**
 * Watch: the page's socket. The page says what it wants to see and, where it was cut off, how far it has seen; it gets rows in bundles, the next one
 * when the one before has gone out: whoever reads slowly is overtaken and told how much is missing, and holds up nobody.
 */
import { HermodError, systemClock, type Filter } from "hermod";
import * as z from "zod";
import type { WebSocket } from "ws";
import { identified, type Auth, type Principal } from "../auth/principal.ts";
import { toErrorBody, toKnown } from "../api/errors.ts";
import type { Feed } from "../api/feed.ts";
import { filterOf } from "../api/filters.ts";
import { Onlooker } from "../api/onlooker.ts";
import { MOST_READERS, STILL } from "../api/routes/live.ts";
import * as fields from "../api/schemas.ts";
import type { Failures } from "../server/failures.ts";
import type { Redaction } from "../redaction.ts";
import { textOf } from "../server/socket.ts";
import { BUNDLE, bundleOf, Known, SCREEN } from "./bundle.ts";

/** What watching needs. */
export interface WatchParts {
  readonly feed: Feed;
  readonly auth: Auth;
  readonly redaction: Redaction;
  /** Wrong tokens by address, and the one that this page is at. */
  readonly failures: Failures;
  readonly from: string | undefined;
}

/** The least time between two bundles, in milliseconds: nobody reads what changes more often. */
const BEAT = 50;
/** How long a page may take to say what it wants, in milliseconds. */
const PATIENCE = 10_000;
/** Most characters of what a page says. */
const MOST_SAID = 8192;

const wish = z.strictObject({
  token: z.string().max(512).optional(),
  where: fields.where.optional(),
  after: fields.cursor.optional(),
});

/** Lets a page look on. */
export function watch(socket: WebSocket, parts: WatchParts): void {
  const page = new WatchingPage(socket, parts);
  socket.on("message", (data, isBinary) => page.hear(isBinary ? "" : textOf(data)));
  socket.on("error", () => socket.terminate());
  socket.on("close", () => page.gone());
}

class WatchingPage {
  readonly #socket: WebSocket;
  readonly #parts: WatchParts;
  readonly #gone = new AbortController();
  readonly #late: () => void;
  readonly #known = new Known();
  #onlooker: Onlooker | undefined;

  constructor(socket: WebSocket, parts: WatchParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#late = systemClock.after(PATIENCE, () => socket.close(4408, "nothing was heard"), true);
  }

  /** What the page wants to see; later words only change that. */
  hear(text: string): void {
    try {
      const { token, where, after } = read(text);
      const filter = filterOf(where ?? "", this.#parts.redaction);
      if (this.#onlooker) this.#turn(this.#onlooker, filter);
      else void this.#tell(this.#admit(token), filter, after);
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Who wants to see something else has nothing on the screen. */
  #turn(onlooker: Onlooker, filter: Filter): void {
    onlooker.filter = filter;
    this.#known.clear();
  }

  gone(): void {
    this.#late();
    this.#gone.abort();
  }

  /** @throws HermodError HERMOD_UNAUTHORIZED, or HERMOD_OVERLOADED where too many look on. */
  #admit(token: string | undefined): Principal {
    this.#late();
    const { feed, auth, failures, from } = this.#parts;
    const principal = failures.watch(from, () => identified(auth, token));
    if (feed.readers < MOST_READERS) return principal;
    throw new HermodError("HERMOD_OVERLOADED", `${MOST_READERS} readers look on, the most there may be`);
  }

  #refuse(error: unknown): void {
    this.#socket.send(JSON.stringify(toErrorBody(toKnown(error))));
    this.#socket.close(4400, "refused");
  }

  async #tell(principal: Principal, filter: Filter, after: string | undefined): Promise<void> {
    const { feed, auth, redaction } = this.#parts;
    const unwatch = auth.watch(principal, () => this.#socket.close(4401, "the token is good no more"));
    const leave = feed.enter();
    this.#onlooker = new Onlooker(feed, principal, filter, { seen: after, redaction });
    try {
      await this.#rows(this.#onlooker);
    } catch (error) {
      if (!this.#gone.signal.aborted) this.#refuse(error);
    } finally {
      leave();
      unwatch();
    }
  }

  async #rows(onlooker: Onlooker): Promise<void> {
    const { signal } = this.#gone;
    await this.#send({ at: onlooker.cursor });
    while (!signal.aborted) {
      const missed = onlooker.missed();
      const rows = bundleOf(onlooker, this.#known, missed ? SCREEN : BUNDLE);
      if (missed || rows.length > 0) await this.#send({ at: onlooker.cursor, ...missed }, rows);
      await new Promise<void>((resolve) => systemClock.after(BEAT, resolve, true));
      if (onlooker.isBehind) continue;
      await this.#parts.feed.wait(STILL, signal);
      if (!onlooker.isBehind && !signal.aborted) await this.#send({ at: onlooker.cursor });
    }
  }

  /** Ends when it has gone out. */
  #send(
    said: { readonly at: string; readonly missed?: number | null },
    rows: readonly string[] = [],
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const text = JSON.stringify(said);
    const whole = rows.length === 0 ? text : `${text.slice(0, -1)},"rows":[${rows.join(",")}]}`;
    this.#socket.send(whole, (error) => (error ? reject(error) : resolve()));
    return promise;
  }
}

/** @throws HermodError HERMOD_PROTOCOL for what is no wish. */
function read(text: string): z.output<typeof wish> {
  try {
    if (text.length <= MOST_SAID) return wish.parse(JSON.parse(text));
  } catch {
    // Told below, with what would be right.
  }
  throw new HermodError("HERMOD_PROTOCOL", "a page says { token?, where?, after? } as JSON", {
    hint: "See the page's socket in docs/hub.md.",
  });
}
