/** Listen: the hub's port. What takes too long, is too large or comes from elsewhere ends here, before anybody looks at what it wants. */
import { STATUS_CODES, type IncomingMessage, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { HermodError } from "hermod";
import { MOST_MESSAGE } from "hermod/remote";
import type { Hono } from "hono";
import { WebSocketServer, type WebSocket } from "ws";
import type { ApiEnv } from "../api/app.ts";
import { statusOf, toErrorBody, toErrorResponse } from "../api/errors.ts";
import { Connections } from "./connections.ts";
import { turnedAway } from "./gate.ts";
import { defaultLimits, type PortLimits } from "./limits.ts";
import { safety } from "./safety.ts";
import { unopened } from "./unopened.ts";

/** What listens. */
export interface Listening {
  readonly app: Hono<ApiEnv>;
  readonly host: string;
  readonly port: number;
  /** Names under which it is asked, besides those of this machine and the host. */
  readonly names?: readonly string[] | undefined;
  /** What is done with a socket that has opened, by the path at which it did. */
  readonly sockets: Readonly<Record<string, (socket: WebSocket, from: string | undefined) => void>>;
  readonly limits?: Partial<PortLimits> | undefined;
}

/** A port that is open. */
export interface OpenPort {
  readonly server: Server;
  /** Ends all connections, and then the port. */
  readonly end: () => Promise<void>;
}

/** Most bytes of the headers of a request. */
const MOST_HEADERS = 16_384;

/** Opens the port; resolves when it is open. @throws HermodError HERMOD_PORT_TAKEN, and HERMOD_BAD_OPTION for a host or port that cannot be had. */
export async function listen(listening: Listening): Promise<OpenPort> {
  const { app, host, port, sockets: welcomes, limits } = listening;
  const names = namesOf(listening);
  const bounds = { ...defaultLimits, ...limits };
  const server = createAdaptorServer({
    fetch: (request, env) => {
      const why = turnedAway((env as HttpBindings).incoming, names);
      return why === undefined ? app.fetch(request, env as HttpBindings) : toErrorResponse(foreign(why));
    },
    overrideGlobalObjects: false,
    serverOptions: {
      ...{ headersTimeout: bounds.headers, requestTimeout: bounds.request, keepAliveTimeout: bounds.idle },
      // Node looks for what takes too long only so often.
      connectionsCheckingInterval: Math.min(2000, bounds.headers),
      maxHeaderSize: MOST_HEADERS,
    },
  }) as Server;
  server.maxConnections = bounds.connections;
  new Connections(bounds.perAddress).guard(server);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuse(socket, unreadable(error)));
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE, perMessageDeflate: false });
  sockets.on("wsClientError", ({ message }, socket) => refuse(socket, noHandshake(message)));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const why = turnedAway(request, names);
    if (why !== undefined) return refuse(socket, [403, foreign(why)]);
    const welcome = welcomes[request.url?.split("?")[0] ?? ""];
    if (welcome === undefined)
      return refuse(socket, [404, new HermodError("HERMOD_NOT_FOUND", "there is no socket here")]);
    sockets.handleUpgrade(request, socket, head, (opened) => welcome(opened, request.socket.remoteAddress));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw unopened(error, listening);
  });
  return { server, end: () => end(server, sockets) };
}

/** What was upgraded is no connection of the server any more: it would keep it from ending. */
async function end(server: Server, sockets: WebSocketServer): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const socket of sockets.clients) socket.terminate();
  server.closeAllConnections();
  await ended;
}

/** No request is for every address at once: such a host is no name. */
function namesOf({ host, names = [] }: Listening): ReadonlySet<string> {
  const own = ["0.0.0.0", "::"].includes(host) ? [] : [host.includes(":") ? `[${host}]` : host];
  return new Set([...own, ...names].map((name) => name.toLowerCase()));
}

function foreign(why: string): HermodError {
  return new HermodError("HERMOD_FORBIDDEN", `the hub was asked from elsewhere: its ${why} is not its own`, {
    hint: "Ask under the address that the hub was started with, and from none but its own pages.",
  });
}

/** What a request that could not be read is told, with its status. */
function unreadable({ code }: NodeJS.ErrnoException): Refusal {
  if (code === "HPE_HEADER_OVERFLOW") {
    const what = `the headers have more than ${MOST_HEADERS} bytes, the limit of headers`;
    const details = { limit: "headers", value: MOST_HEADERS };
    return [431, new HermodError("HERMOD_TOO_LARGE", what, { details })];
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT")
    return [408, new HermodError("HERMOD_TIMEOUT", "the request took too long to arrive")];
  return [
    statusOf.HERMOD_PROTOCOL,
    new HermodError("HERMOD_PROTOCOL", "this is no HTTP request", { hint: "Speak HTTP/1.1." }),
  ];
}

/** What the library found wrong; its words repeat nothing that was asked. */
function noHandshake(why: string): Refusal {
  const hint = "Open it as RFC 6455 says, version 13.";
  const error = new HermodError("HERMOD_PROTOCOL", `this opens no WebSocket: ${why}`, { hint });
  return [400, error, ["sec-websocket-version: 13, 8"]];
}

type Refusal = readonly [status: number, error: HermodError, headers?: readonly string[]];

/** Answers what has no request, and ends the connection. */
function refuse(socket: Duplex, [status, error, headers = []]: Refusal): void {
  if (!socket.writable) return void socket.destroy();
  const body = JSON.stringify(toErrorBody(error));
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    "connection: close",
    "content-type: application/json",
    ...Object.entries(safety).map(([name, value]) => `${name}: ${value}`),
    ...headers,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  // Whoever does not take the answer is not waited for.
  socket.on("error", () => undefined);
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
