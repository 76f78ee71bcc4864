/** Hub: one store for many processes, behind one port. */
import { randomInt } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { start, systemClock, type OpenStore, type Store, type System } from "hermod";
import { Hosting } from "hermod/remote";
import { createApp } from "./api/app.ts";
import { Audit, audited } from "./auth/audit.ts";
import { Desks } from "./auth/desks.ts";
import { admit } from "./auth/guard.ts";
import { openAuth, type Auth } from "./auth/principal.ts";
import { checkBind } from "./server/bind.ts";
import { listen } from "./server/listen.ts";
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
  /** File that keeps what was refused, and what was done with special rights; default none. */
  readonly audit?: string;
}

const socketLimits = { buffered: 64 * 2 ** 20, silence: 60_000 };

/** A hub that runs. */
export class Hub implements AsyncDisposable {
  /** The hub's own system: what it sends and asks it sends and asks like any other. */
  readonly system: System;
  readonly #server: Server;
  readonly #hosting: Hosting;
  readonly #audit: Audit | undefined;
  #closing: Promise<void> | undefined;

  private constructor(system: System, server: Server, hosting: Hosting, audit: Audit | undefined) {
    this.#audit = audit;
    this.system = system;
    this.#server = server;
    this.#hosting = hosting;
  }

  /** Opens the store and the port. @throws HermodError as the store does, and what the operating system says of the port. */
  static async open({
    store: openStore,
    port = 4700,
    host = "127.0.0.1",
    auth: given = openAuth,
    audit,
  }: HubOptions): Promise<Hub> {
    checkBind(host, given);
    const acts = audit === undefined ? undefined : new Audit(audit);
    const auth = acts === undefined ? given : audited(given, acts);
    const opened = Promise.withResolvers<Store>();
    const system = await start({
      store: async (env) => {
        const store = await openStore(env);
        opened.resolve(store);
        return store;
      },
    });
    const desks = new Desks();
    desks.claim(system.address, "the hub itself");
    const hosting = new Hosting({
      ...{ store: await opened.promise, clock: systemClock, random: secret },
      admit: ({ token }) => admit(auth, token, desks),
    });
    const app = createApp({ system, hosting, auth });
    try {
      const server = await listen({
        app,
        host,
        port,
        welcome: (socket) => welcome(socket, hosting, socketLimits),
      });
      return new Hub(system, server, hosting, acts);
    } catch (error) {
      acts?.close();
      await system.close();
      throw error;
    }
  }

  /** Where it listens. */
  get url(): string {
    const { address, family, port } = this.#server.address() as AddressInfo;
    const name = address === "127.0.0.1" ? "localhost" : family === "IPv6" ? `[${address}]` : address;
    return `http://${name}:${port}`;
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
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await ended;
    await this.system.close();
    this.#audit?.close();
  }
}

/** What nobody can guess, for the names of sessions. */
function secret(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
