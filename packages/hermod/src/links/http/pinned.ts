/** Pinned: a POST by Node's own client, over a connection of its own, to addresses that were checked and to no others. */
import { request as plainly, type IncomingMessage, type RequestOptions } from "node:http";
import { request as securely } from "node:https";
import type { LookupFunction } from "node:net";
import { checkedAddresses, namesOf, type Addresses, type Resolve } from "./guard.ts";
import type { Post, Posted, Response } from "./post.ts";

/** Guarded where hosts are given that may be private, also none; without them anything may be connected to. */
export function pinned(allow: ReadonlySet<string> | undefined, resolve: Resolve = namesOf): Post {
  return async (posted) => {
    const { url, signal } = posted;
    const addresses = allow === undefined ? undefined : await checkedAddresses(url, allow, resolve);
    signal.throwIfAborted();
    return sent(posted, {
      ...{ method: "POST", headers: sizedHeaders(posted), signal },
      // No pool: whoever had the connection before may have been sent elsewhere.
      agent: false,
      ...(addresses && { lookup: lookupOf(addresses) }),
    });
  };
}

function sizedHeaders({ headers, body }: Posted): Record<string, string> {
  return { ...headers, "content-length": String(Buffer.byteLength(body)) };
}

/** Gives the client what was checked: a name that is resolved anew may have become another address. */
function lookupOf(addresses: Addresses): LookupFunction {
  return (_host, options, done) => {
    const [first] = addresses;
    if (options.all === true) done(null, [...addresses]);
    else done(null, first.address, first.family);
  };
}

function sent({ url, body }: Posted, options: RequestOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? securely : plainly)(url, options);
    // What is not read to its end ends with an error that nobody waits for any more.
    request.on("error", reject);
    request.on("upgrade", (_response, socket) => {
      socket.destroy();
      reject(new Error("it turned to another protocol"));
    });
    request.on("response", (response) => resolve(toResponse(response.on("error", () => undefined))));
    request.end(body);
  });
}

function toResponse(response: IncomingMessage): Response {
  const header = (name: string): string | undefined => response.headersDistinct[name]?.join(", ");
  return { status: response.statusCode ?? 0, header, body: response };
}
