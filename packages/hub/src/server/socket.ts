/**
 * Socket: a WebSocket as a wire of the protocol. What goes out waits within a bound; whoever reads more slowly than that is cut off, and comes back
 * for what it missed. What comes in is read no faster than it is worked off.
 */
import type { Guest, Hosting, Wire } from "hermod/remote";
import type { WebSocket } from "ws";

/** Bounds of one socket. */
export interface SocketLimits {
  /** Most bytes that wait to go out. */
  readonly buffered: number;
  /** How long nothing may come in, in milliseconds. */
  readonly silence: number;
}

/** How long a client may take to say goodbye too, in milliseconds. */
const FAREWELL = 1000;

/** Lets a client in. */
export function welcome(
  socket: WebSocket,
  hosting: Hosting,
  limits: SocketLimits,
  from: string | undefined,
): void {
  const guest = hosting.connect({ ...wireOf(socket, limits), ...(from !== undefined && { from }) });
  const timer = silenceTimer(socket, limits);
  socket.on("message", (data, isBinary) => {
    timer.refresh();
    if (isBinary) socket.close(1003, "text only");
    else guest.hear(textOf(data));
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearTimeout(timer);
    guest.gone();
  });
}

function silenceTimer(socket: WebSocket, { silence }: SocketLimits): NodeJS.Timeout {
  return setTimeout(() => socket.close(4408, "nothing was heard"), silence).unref();
}

/** What a frame says. */
export function textOf(data: unknown): string {
  return Array.isArray(data) ? Buffer.concat(data as Buffer[]).toString() : String(data);
}

function wireOf(socket: WebSocket, { buffered }: SocketLimits): Wire {
  return {
    send: (text) => {
      socket.send(text);
      if (socket.bufferedAmount <= buffered) return;
      socket.close(4409, "read too slowly");
      setTimeout(() => socket.terminate(), FAREWELL).unref();
    },
    close: () => {
      socket.close(1000);
      setTimeout(() => socket.terminate(), FAREWELL).unref();
    },
    isOpen: () => socket.readyState === socket.OPEN,
  };
}

export type { Guest };
