/** Listen: the hub's port. What takes too long, is too large or comes from elsewhere ends here, before anybody looks at what it wants. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { createAdaptorServer, type HttpBindings } from "@hono/node-server";
import { MOST_MESSAGE } from "hermod/remote";
import type { Hono } from "hono";
import { WebSocketServer, type WebSocket } from "ws";
import type { ApiEnv } from "../api/app.ts";
import { toErrorResponse } from "../api/errors.ts";
import { Connections } from "./connections.ts";
import { turnedAway } from "./gate.ts";
import { defaultLimits, type PortLimits } from "./limits.ts";
import { foreign, MOST_HEADERS, noHandshake, nothingThere, refuse, unreadable } from "./refusing.ts";
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

/** Opens the port; resolves when it is open. @throws HermodError HERMOD_PORT_TAKEN, and HERMOD_BAD_OPTION for a host or port that cannot be had. */
export async function listen(listening: Listening): Promise<OpenPort> {
  const names = namesOf(listening);
  const server = serving(listening, names);
  const sockets = upgrading(server, listening, names);
  await opened(server, listening);
  return { server, end: () => end(server, sockets) };
}

type Names = ReadonlySet<string>;

/** A server that answers requests, within its bounds. */
function serving({ app, limits }: Listening, names: Names): Server {
  const bounds = { ...defaultLimits, ...limits };
  const server = createAdaptorServer({
    fetch: (request, env) => {
      const why = turnedAway((env as HttpBindings).incoming, names);
      return why === undefined ? app.fetch(request, env as HttpBindings) : toErrorResponse(foreign(why));
    },
    overrideGlobalObjects: false,
    serverOptions: { ...timesOf(bounds), maxHeaderSize: MOST_HEADERS },
  }) as Server;
  server.maxConnections = bounds.connections;
  new Connections(bounds.perAddress).guard(server);
  server.on("clientError", (error: NodeJS.ErrnoException, socket) => refuse(socket, unreadable(error)));
  return server;
}

function timesOf({ headers, request, idle }: PortLimits) {
  // Node looks for what takes too long only so often.
  const connectionsCheckingInterval = Math.min(2000, headers);
  return {
    ...{ headersTimeout: headers, requestTimeout: request, keepAliveTimeout: idle },
    connectionsCheckingInterval,
  };
}

/** The sockets that are opened at the server, each at the path of what it is for. */
function upgrading(server: Server, { sockets: welcomes }: Listening, names: Names): WebSocketServer {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE, perMessageDeflate: false });
  sockets.on("wsClientError", ({ message }, socket) => refuse(socket, noHandshake(message)));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const why = turnedAway(request, names);
    if (why !== undefined) return refuse(socket, [403, foreign(why)]);
    const welcome = welcomes[request.url?.split("?")[0] ?? ""];
    if (welcome === undefined) return refuse(socket, nothingThere());
    sockets.handleUpgrade(request, socket, head, (made) => welcome(made, request.socket.remoteAddress));
  });
  return sockets;
}

/** Resolves when the port is open. @throws HermodError as `listen`. */
function opened(server: Server, place: Listening): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(place.port, place.host, resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    throw unopened(error, place);
  });
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
