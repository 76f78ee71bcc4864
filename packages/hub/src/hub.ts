/** Hub: one store for many processes, behind one port. */
import { randomInt } from "node:crypto";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { start, systemClock, type OpenStore, type Store, type System } from "hermod";
import { Hosting, isInquiry } from "hermod/remote";
import { configOf, type ConfigLine } from "./config.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { Views } from "./views/keeper.ts";
import { createApp, type Interface } from "./api/app.ts";
import { Feed } from "./api/feed.ts";
import { Series } from "./api/series.ts";
import { Traffic } from "./api/traffic.ts";
import { Audit } from "./auth/audit.ts";
import { audited } from "./auth/audited.ts";
import { Desks } from "./auth/desks.ts";
import { admit } from "./auth/guard.ts";
import { openAuth, type Auth } from "./auth/principal.ts";
import { keeperOf } from "./auth/tokens.ts";
import { checkBind } from "./server/bind.ts";
import type { PortLimits } from "./server/limits.ts";
import { Failures } from "./server/failures.ts";
import { listen, type OpenPort } from "./server/listen.ts";
import { observed } from "./server/observed.ts";
import { PageFiles } from "./page/files.ts";
import { watch } from "./page/watch.ts";
import { toRedaction } from "./redaction.ts";
import { lookAll, type SystemStatus } from "./systems.ts";
import { welcome } from "./server/socket.ts";

/** Options of a hub. */
export interface HubOptions {
  /** Where messages wait and are remembered: `sqlite("./data/hub.db")`, or `nats({ servers })` for a cluster. */
  readonly store: OpenStore;
  /** Default 4700; 0 for a free one. */
  readonly port?: number;
  /** Default "127.0.0.1"; any other address needs tokens. */
  readonly host?: string;
  /** Who may do what; default everybody on this machine everything. */
  readonly auth?: Auth;
  /** Names under which it is asked besides localhost and its address: "hub.example.org". */
  readonly names?: readonly string[];
  /** How long requests may take, and how many connections there may be. */
  readonly limits?: Partial<PortLimits>;
  /** Hears of what goes wrong inside and has no code; default a warning of the process. */
  readonly failed?: (error: unknown) => void;
  /** File that keeps what was refused, and what was done with special rights; default none. */
  readonly audit?: string;
  /**
   * What of payloads nobody is shown, besides `password`, `token`, `apiKey` and their kin: names, "ssn", and paths, "data.card.number"; false hides
   * nothing. Agents get it whole. Default none besides.
   */
  readonly hide?: readonly string[] | false;
  /** File that keeps the views that people save; made when the first is saved. Default in memory, until the hub ends. */
  readonly views?: string;
  /** Folder for copies of a store that is a file; made when the first is. Default none: no copies are made from the page. */
  readonly backups?: string;
  /** What holds and who said so, for the page; default what these options say. */
  readonly config?: readonly ConfigLine[];
  /** Tells how many bytes the store takes, for the page; default unknown. */
  readonly size?: () => number | undefined;
}

const socketLimits = { buffered: 64 * 2 ** 20, silence: 60_000 };

interface HubParts {
  readonly system: System;
  readonly open: OpenPort;
  readonly hosting: Hosting;
  readonly api: Interface;
  readonly audit: Audit | undefined;
  readonly upkeep: Upkeep;
}

/** A hub that runs. */
export class Hub implements AsyncDisposable {
  /** The hub's own system: what it sends and asks it sends and asks like any other. */
  readonly system: System;
  /** Where it listens. */
  readonly url: string;
  readonly #open: OpenPort;
  readonly #hosting: Hosting;
  readonly #api: Interface;
  readonly #audit: Audit | undefined;
  readonly #upkeep: Upkeep;
  #closing: Promise<void> | undefined;

  private constructor({ system, open, hosting, api, audit, upkeep }: HubParts) {
    this.#audit = audit;
    this.#upkeep = upkeep;
    this.system = system;
    this.url = urlOf(open.server);
    this.#open = open;
    this.#hosting = hosting;
    this.#api = api;
  }

  /** Opens the store and the port. @throws HermodError as the store does, HERMOD_PORT_TAKEN, and HERMOD_BAD_OPTION for a host or port that cannot be had. */
  static async open(options: HubOptions): Promise<Hub> {
    const {
      store: openStore,
      port = 4700,
      host = "127.0.0.1",
      auth: given = openAuth,
      audit: file,
      views: viewsFile,
      backups,
      config = configOf(options),
      names,
      limits,
      size = () => undefined,
      hide = [],
      failed = warn,
    } = options;
    const views = new Views(viewsFile);
    checkBind(host, given);
    const audit = file === undefined ? undefined : new Audit(file);
    const auth = audit === undefined ? given : audited(given, audit);
    const opened = Promise.withResolvers<Store>();
    const feed = new Feed();
    const series = new Series(systemClock.now());
    const traffic = new Traffic(systemClock.now());
    const redaction = toRedaction(hide);
    const watched = observed(
      openStore,
      (happened) => {
        // What systems ask one another of how they are is nobody's news.
        if (isInquiry(happened.envelope)) return;
        const now = systemClock.now();
        feed.add(happened, now);
        series.add(happened, now);
        traffic.add(happened, now);
      },
      (notes) => series.note(notes, systemClock.now()),
    );
    const system = await start({
      store: async (env) => {
        const store = await watched(env);
        opened.resolve(store);
        return store;
      },
    });
    const store = await opened.promise;
    const failures = new Failures();
    const desks = new Desks(system.address, auth.isOpen);
    const hosting = new Hosting({
      ...{ store, failed, clock: store.clock ?? systemClock, random: secret },
      admit: ({ token }, from) => failures.watch(from, () => admit(auth, token, desks)),
    });
    const keeper = keeperOf(given);
    const upkeep = new Upkeep({ store, system, backups });
    const api = createApp({
      ...{
        views,
        upkeep,
        config,
        system,
        store,
        hosting,
        auth,
        feed,
        series,
        size,
        failed,
        failures,
        redaction,
        traffic,
        page: new PageFiles(),
      },
      ...(audit && { audit }),
      ...(keeper && { keeper }),
    });
    try {
      const open = await listen({
        ...{ app: api.app, host, port, names, limits },
        sockets: {
          "/v1/socket": (socket, from) => welcome(socket, hosting, socketLimits, from),
          "/v1/watch": (socket, from) => watch(socket, { feed, auth, redaction, failures, from }),
        },
      });
      const hub = new Hub({ system, open, hosting, api, audit, upkeep });
      store.served?.(hub.url);
      return hub;
    } catch (error) {
      audit?.close();
      await system.close();
      throw error;
    }
  }

  /** What runs in the processes behind it, its own included. */
  systems(): Promise<readonly SystemStatus[]> {
    return lookAll(this.system, this.#hosting);
  }

  /**
   * Ends the sessions of its clients, its port and its store. Takes no more requests at once, and waits `timeout` milliseconds, default none,
   * for those that are answered now. A second close joins the first.
   */
  close({ timeout = 0 }: { readonly timeout?: number } = {}): Promise<void> {
    return (this.#closing ??= this.#close(timeout));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(timeout: number): Promise<void> {
    await this.#api.drain(timeout);
    this.#hosting.close();
    await this.#open.end();
    await this.#api.close();
    await this.#upkeep.jobs.close();
    await this.system.close();
    this.#audit?.close();
  }
}

function urlOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  const name = address === "127.0.0.1" ? "localhost" : family === "IPv6" ? `[${address}]` : address;
  return `http://${name}:${port}`;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error), { type: "HermodHub" } as never);
}

/** What nobody can guess, for the names of sessions. */
function secret(): number {
  return randomInt(2 ** 47) / 2 ** 47;
}
