/**
 * Endpoint: a real HTTP server on this machine, which a test tells what to do with each request that comes. It remembers what it was asked, and
 * whose connection went away before the answer was there. Nothing in it is timed: what is slow never ends.
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the server does with one request; what it leaves open stays open. */
export type Act = (response: ServerResponse, request: Received) => unknown;

/** One request, as it came. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
  /** Ends when the connection or the answer has: "aborted" where the client went away first. */
  readonly closed: Promise<"answered" | "aborted">;
}

export interface Endpoint extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly requests: readonly Received[];
  /** What is done next, one after another; with nothing left it answers what it was told. */
  next(...acts: readonly Act[]): void;
  /** Waits until so many requests have come. */
  received(count: number): Promise<Received>;
}

/** A server on a free port of this machine. */
export async function endpoint(): Promise<Endpoint> {
  const requests: Received[] = [];
  const acts: Act[] = [];
  const waits: { readonly count: number; readonly tell: (request: Received) => void }[] = [];
  const server = createServer((request, response) => void take(request, response));
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = (await request.setEncoding("utf8").toArray()).join("");
    const { method = "", url: path = "", headers } = request;
    const closed = once(response, "close").then((): Awaited<Received["closed"]> =>
      response.writableFinished ? "answered" : "aborted",
    );
    const received: Received = { method, path, headers, body, closed };
    requests.push(received);
    (acts.shift() ?? says({ heard: JSON.parse(body) }))(response, received);
    for (const { count, tell } of waits) if (count === requests.length) tell(received);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    ...{ port, url: `http://127.0.0.1:${port}/`, requests },
    next: (...more) => void acts.push(...more),
    received: async (count) =>
      requests[count - 1] ?? (await new Promise((tell) => waits.push({ count, tell }))),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

/** JSON, with this status and these headers. */
export function says(value: unknown, status = 200, headers: Record<string, string> = {}): Act {
  return (response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(value));
}

/** Any body of any type. */
export function sends(type: string | undefined, body: string | Uint8Array, status = 200): Act {
  return (response) =>
    response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(body);
}

/** No byte of an answer, ever. */
export const silent: Act = () => undefined;

/** Headers and the beginning of a body, and then nothing. */
export function stalls(status = 200): Act {
  return (response) => response.writeHead(status, { "content-type": "application/json" }).write('{"half');
}

/** The connection goes away: before a byte of the answer, or in the middle of its body. */
export const hangsUp: Act = (response) => response.destroy();
export const cuts: Act = (response) => {
  response.writeHead(200, { "content-type": "application/json", "content-length": "1000" });
  response.write('{"half', () => response.destroy());
};
