/** Refusing: what whoever knocks at the port is told where no request of theirs can be answered. */
import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { HermodError } from "hermod";
import { statusOf, toErrorBody } from "../api/errors.ts";
import { safety } from "./safety.ts";

/** Most bytes of the headers of a request. */
export const MOST_HEADERS = 16_384;

export function foreign(why: string): HermodError {
  return new HermodError("HERMOD_FORBIDDEN", `the hub was asked from elsewhere: its ${why} is not its own`, {
    hint: "Ask under the address that the hub was started with, and from none but its own pages.",
  });
}

/** What a request that could not be read is told, with its status. */
export function unreadable({ code }: NodeJS.ErrnoException): Refusal {
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

export function nothingThere(): Refusal {
  return [404, new HermodError("HERMOD_NOT_FOUND", "there is no socket here")];
}

/** What the library found wrong; its words repeat nothing that was asked. */
export function noHandshake(why: string): Refusal {
  const hint = "Open it as RFC 6455 says, version 13.";
  const error = new HermodError("HERMOD_PROTOCOL", `this opens no WebSocket: ${why}`, { hint });
  return [400, error, ["sec-websocket-version: 13, 8"]];
}

export type Refusal = readonly [status: number, error: HermodError, headers?: readonly string[]];

/** Answers what has no request, and ends the connection. */
export function refuse(socket: Duplex, [status, error, headers = []]: Refusal): void {
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
