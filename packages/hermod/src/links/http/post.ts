/** Post: one POST on the wire, whoever carries it. Redirects are answers like any other; nothing is tried twice. */

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
