/** Way: who carries a POST: the platform's fetch, or Node's own client, which connects where it is told to. */
import type { Post } from "./post.ts";

/** By the platform's fetch. */
const fetched: Post = async ({ url, headers, body, signal }) => {
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
