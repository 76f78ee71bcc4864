/** Connect: the command line as a system of its own over the hub's store, so that commands speak as any program does. */
import { connect as dial } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { start, type Store, type System } from "hermod";
import { remote } from "hermod/remote";
import { looking } from "./looking.ts";
import { gone } from "./presence.ts";
import type { Settings } from "./settings.ts";
import { unreachable } from "./unreachable.ts";

/** A hub that answers. */
export interface Connection extends AsyncDisposable {
  readonly system: System;
  /** For what the system does not tell: who is there, and what waits for whom. */
  readonly store: Store;
}

/** @throws HermodError HERMOD_UNREACHABLE, HERMOD_UNAUTHORIZED. */
export async function connect({ url, token }: Pick<Settings, "url" | "token">): Promise<Connection> {
  await answers(url);
  const opened = Promise.withResolvers<Store>();
  const open = remote(url, { client: "cli", timeout: "5s", ...(token !== undefined && { token }) });
  const system = await start({
    store: async (env) => {
      const store = looking(await open(env), { url, token });
      opened.resolve(store);
      return store;
    },
  });
  const end = (): Promise<void> => system.close({ timeout: "1s" });
  return { system, store: await opened.promise, [Symbol.asyncDispose]: end };
}

const WAIT = 5000;

/** A port that nobody has refuses at once: who types should not wait until a client gives up. */
function answers(url: string): Promise<void> {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/gu, "");
  const at = Number(port) || (/^(https|wss):$/u.test(protocol) ? 443 : 80);
  return new Promise((resolve, reject) => {
    const socket = dial({ host, port: at, timeout: WAIT });
    const fail = (why: string): void => {
      socket.destroy();
      reject(unreachable(url, why));
    };
    socket.once("timeout", () => fail("it did not answer"));
    socket.once("error", (error: NodeJS.ErrnoException) => fail(reasonOf(error)));
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name cannot be looked up now",
};

function reasonOf({ code = "", message }: NodeJS.ErrnoException): string {
  return reasons[code] ?? (message || code);
}

export interface WithHub {
  /** A hub that goes away is waited for: it may come back, and the command has an end of its own. */
  readonly isPatient?: boolean;
}

/** Does something with the hub of the settings, and leaves it again. @throws HermodError HERMOD_UNREACHABLE, also for one that goes away meanwhile. */
export async function withHub<T>(
  { settings }: { readonly settings: () => Promise<Settings> },
  work: (connection: Connection) => Promise<T>,
  { isPatient = false }: WithHub = {},
): Promise<T> {
  const known = await settings();
  const connection = await connect(known);
  try {
    const done = await (isPatient ? work(connection) : whileThere(known.url, work(connection)));
    await connection[Symbol.asyncDispose]();
    return done;
  } catch (error) {
    await left(connection);
    throw error;
  }
}

async function whileThere<T>(url: string, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const lost = gone(url, over.signal).then(() => {
    throw unreachable(url, "it went away; what was asked may have been done");
  });
  try {
    return await Promise.race([work, lost]);
  } finally {
    over.abort();
  }
}

/** How long a hub that something went wrong with is taken leave of, in milliseconds. */
const FAREWELL = 1000;

/** A hub that is gone finds out by itself, should it come back. */
async function left({ system }: Connection): Promise<void> {
  const leaving = system.close({ timeout: 0 }).catch(() => undefined);
  await Promise.race([leaving, pause(FAREWELL, undefined, { ref: false })]);
}
