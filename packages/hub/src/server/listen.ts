/** Listen: the hub's port. What takes too long, is too large or comes from elsewhere ends here, before anybody looks at what it wants. */
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { createAdaptorServer } from "@hono/node-server";
import { MOST_MESSAGE } from "hermod/remote";
import type { Hono } from "hono";
import { WebSocketServer, type WebSocket } from "ws";
import type { ApiEnv } from "../api/app.ts";
import { turnedAway } from "./gate.ts";

/** What listens. */
export interface Listening {
  readonly app: Hono<ApiEnv>;
  readonly host: string;
  readonly port: number;
  /** A client's socket has opened. */
  readonly welcome: (socket: WebSocket, request: IncomingMessage) => void;
}

/** A port that is open. */
export interface OpenPort {
  readonly server: Server;
  /** Ends all connections, and then the port. */
  readonly end: () => Promise<void>;
}

/** Opens the port; resolves when it is open. @throws what the operating system says, EADDRINUSE first of all. */
export async function listen({ app, host, port, welcome }: Listening): Promise<OpenPort> {
  const names = new Set([host.toLowerCase()]);
  const server = createAdaptorServer({
    fetch: app.fetch,
    serverOptions: { headersTimeout: 10_000, requestTimeout: 60_000, maxHeaderSize: 16_384 },
  }) as Server;
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MOST_MESSAGE, perMessageDeflate: false });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const isSocket = request.url?.split("?")[0] === "/v1/socket";
    if (!isSocket || turnedAway(request, names) !== undefined) return refuse(socket);
    sockets.handleUpgrade(request, socket, head, (opened) => welcome(opened, request));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
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

function refuse(socket: Duplex): void {
  socket.end("HTTP/1.1 403 Forbidden\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
}
