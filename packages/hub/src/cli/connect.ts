/** Connect: the command line as a system of its own over the hub's store, so that commands speak as any program does. */
import { connect as dial } from "node:net";
import { HermodError, start, type Store, type System } from "hermod";
import { remote } from "hermod/remote";
import type { Settings } from "./settings.ts";

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
      const store = await open(env);
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

export function unreachable(url: string, why: string): HermodError {
  const { origin } = new URL(url);
  return new HermodError("HERMOD_UNREACHABLE", `no hub at ${origin}: ${why}`, { details: { url: origin } });
}

/** Does something with the hub of the settings, and leaves it again. */
export async function withHub<T>(
  { settings }: { readonly settings: () => Promise<Settings> },
  work: (connection: Connection) => Promise<T>,
): Promise<T> {
  await using connection = await connect(await settings());
  return await work(connection);
}
