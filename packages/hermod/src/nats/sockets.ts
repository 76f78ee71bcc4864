/**
 * Sockets: those that are opened while something is done, so that none is left where it fails. The client of NATS closes no socket on which it has heard
 * nothing whole, and gives nobody a hold on it: a program whose start was refused would never end.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";

/** Where Node tells of each socket that is about to connect. */
const OPENED = "net.client.socket";
/** Tells apart who opens one. */
const opening = new AsyncLocalStorage<Set<Socket>>();

/** Does it; where that fails, what it has opened meanwhile is closed. */
export async function leavingNone<T>(act: () => Promise<T>): Promise<T> {
  const opened = new Set<Socket>();
  const note = (told: unknown): void => {
    if (opening.getStore() === opened) opened.add((told as { readonly socket: Socket }).socket);
  };
  subscribe(OPENED, note);
  try {
    return await opening.run(opened, act);
  } catch (error) {
    for (const socket of opened) socket.destroy();
    throw error;
  } finally {
    unsubscribe(OPENED, note);
    opened.clear();
  }
}
