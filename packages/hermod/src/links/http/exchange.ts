/**
 * Exchange: one attempt of one message: connect, send, wait, read, all within one time. Nothing is tried again here and nothing
 * sleeps: a failure goes back to the runtime, whose retry policy decides.
 */
import { beginningOf, replyOf, type Wanted } from "./answer.ts";
import { networkError, lateError, statusError, type Trip } from "./errors.ts";
import type { Terms } from "./options.ts";
import type { Posted, Response } from "./post.ts";
import { within } from "./within.ts";

/** What an attempt sends, made anew for each: secrets may have changed, and what makes them takes of its time. */
export interface Message {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly wanted: Wanted;
}

export type MakeMessage = (trip: Trip) => Promise<Message>;

/**
 * The reply of the endpoint.
 * @throws the signal's reason; HermodError HERMOD_TIMEOUT, HERMOD_HTTP_STATUS, HERMOD_HTTP, HERMOD_HTTP_BLOCKED, HERMOD_BAD_REPLY or
 * HERMOD_TOO_LARGE; what `make` throws.
 */
export async function exchanged(terms: Terms, make: MakeMessage, signal: AbortSignal): Promise<unknown> {
  const trip: Trip = { at: "the endpoint", status: undefined, refused: undefined, secrets: [] };
  return await within(
    {
      ...{ clock: terms.clock, ms: terms.timeout, signal },
      late: () => trip.refused ?? lateError(trip, terms.timeout),
    },
    async (ending) => {
      const message = await make(trip);
      ending.throwIfAborted();
      return await answered(terms, message, trip, ending);
    },
  );
}

async function answered(terms: Terms, message: Message, trip: Trip, signal: AbortSignal): Promise<unknown> {
  try {
    const response = await arrived(terms, { ...message, signal }, trip);
    if (response.status >= 200 && response.status < 300)
      return await replyOf(response, message.wanted, terms.maxAnswer);
    // Whatever becomes of its body, this is known.
    trip.refused = statusError(trip, response, terms.quotes ? "" : undefined, terms.clock.now());
    if (!terms.quotes) throw trip.refused;
    throw statusError(trip, response, await beginningOf(response.body), terms.clock.now());
  } catch (error) {
    throw networkError(trip, error);
  }
}

/** The first response that leads nowhere else. */
async function arrived({ post, redirects }: Terms, posted: Posted, trip: Trip): Promise<Response> {
  let { url } = posted;
  for (let left = redirects; ; left--) {
    const response = await post({ ...posted, url });
    trip.status = response.status;
    const next = left > 0 ? nextOf(url, response) : undefined;
    if (next === undefined) return response;
    // What it says beside is let go by: whether it ends or not, the next one is asked.
    void beginningOf(response.body);
    trip.status = undefined;
    url = next;
  }
}

/** Only these keep a POST a POST; headers that are for one origin are not for another, and who asks is said by headers alone. */
function nextOf(url: URL, { status, header }: Response): URL | undefined {
  const location = header("location");
  if ((status !== 307 && status !== 308) || location === undefined) return undefined;
  const next = URL.canParse(location, url.href) ? new URL(location, url) : undefined;
  return next?.origin === url.origin && next.username + next.password === "" ? next : undefined;
}
