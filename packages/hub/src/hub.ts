/** Hub: one store for many processes, behind one port. */
import { randomInt } from "node:crypto";
import type { AddressInfo } from "node:net";
import { start, systemClock, type OpenStore, type Store, type System } from "hermod";
import { Hosting } from "hermod/remote";
import { createApp } from "./api/app.ts";
import { guardOf } from "./auth/guard.ts";
import { identified, openAuth, type Auth } from "./auth/principal.ts";
import { listen, type OpenPort } from "./server/listen.ts";
import { lookAll, type SystemStatus } from "./systems.ts";
import { welcome } from "./server/socket.ts";

/** Options of a hub. */
export interface HubOptions {
  /** Where messages wait and are remembered: `sqlite("./data/hub.db")`. */
  readonly store: OpenStore;
  /** Default 4700; 0 for a free one. */
  readonly port?: number;
  /** Default "127.0.0.1"; any other address needs tokens. */
  readonly host?: string;
  /** Who may do what; default everybody on this machine everything. */
  readonly auth?: Auth;
}

const socketLimits = { buffered: 64 * 2 ** 20, silence: 60_000 };

/** A hub that runs. */
export class Hub implements AsyncDisposable {
  /** The hub's own system: what it sends and asks it sends and asks like any other. */
  readonly system: System;
  readonly #open: OpenPort;
  readonly #hosting: Hosting;
  #closing: Promise<void> | undefined;

  private constructor(system: System, open: OpenPort, hosting: Hosting) {
    this.system = system;
    this.#open = open;
    this.#hosting = hosting;
  }

  /** Opens the store and the port. @throws HermodError as the store does, and what the operating system says of the port. */
  static async open({
    store: openStore,
    port = 4700,
    host = "127.0.0.1",
    auth = openAuth,
  }: HubOptions): Promise<Hub> {
    const opened = Promise.withResolvers<Store>();
    const system = await start({
      store: async (env) => {
        const store = await openStore(env);
        opened.resolve(store);
        return store;
      },
    });
    const hosting = new Hosting({
      ...{ store: await opened.promise, clock: systemClock, random: secret },
      admit: ({ token }) => guardOf(identified(auth, token)),
    });
    const app = createApp({ system, hosting, auth });
    try {
      const open = await listen({
        app,
        host,
        port,
        welcome: (socket) => welcome(socket, hosting, socketLimits),
      });
      return new Hub(system, open, hosting);
    } catch (error) {
      await system.close();
      throw error;
    }
  }

  /** Where it listens. */
  get url(): string {
    const { address, family, port } = this.#open.server.address() as AddressInfo;
    const name = address === "127.0.0.1" ? "localhost" : family === "IPv6" ? `[${address}]` : address;
    return `http://${name}:${port}`;
  }

  /** What runs in the processes behind it, its own included. */
  systems(): Promise<readonly SystemStatus[]> {
    return lookAll(this.system, this.#hosting);
  }

  /** Ends the sessions of its clients, its port and its store. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#hosting.close();
    await this.#open.end();
    await this.system.close();
  }
}

/** What nobody can guess, for the names of sessions. */
function secret(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
