/** Post: one POST on the wire, by the platform's fetch. Redirects are answers like any other; nothing is tried twice. */

/** What is sent. */
export interface Posted {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Closes the connection, whatever it is at. */
  readonly signal: AbortSignal;
}

/** What came back, as far as its headers. */
export interface Response {
  readonly status: number;
  readonly header: (name: string) => string | undefined;
  readonly body: AsyncIterable<Uint8Array> | null;
}

/** A way to post. */
export type Post = (posted: Posted) => Promise<Response>;

/** By the platform's fetch. */
export const fetched: Post = async ({ url, headers, body, signal }) => {
  const response = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" });
  const header = (name: string): string | undefined => response.headers.get(name) ?? undefined;
  return { status: response.status, header, body: response.body };
};

/** Node's fetch gives a connection up after 5 minutes without a byte. */
const LONGEST_SILENCE = 300_000;

/** The way for an exchange of this length: Node's own client connects where it is told to, and is as patient as it is told to be. */
export function wayOf(timeout: number, allow: ReadonlySet<string> | undefined): Post {
  if (allow === undefined && timeout <= LONGEST_SILENCE) return fetched;
  // Loaded when it is first needed: `hermod/http` itself needs no Node.
  return async (posted) => {
    const { pinned } = await import("./pinned.ts");
    return pinned(allow)(posted);
  };
}
