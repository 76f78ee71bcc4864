/**
 * Proxy: a road of TCP between two that believe they talk to each other, and the ways in which such a road fails. Each direction is read
 * and written piece by piece, so that whoever sends into a blocked one is held back as by a full window. No piece waits for the next one, as
 * brokers want it: with Nagle's rule each replicated write took 40 ms more.
 */
import { once } from "node:events";
import { connect, createServer, Socket, type AddressInfo, type Server } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** How the road is. What waits in a blocked one arrives when it is open again, as TCP sends again what was not acknowledged. */
export type Road =
  | { readonly type: "open" }
  /** Connections are reset, and new ones are too. */
  | { readonly type: "cut" }
  /** Nothing comes through, and nobody is told; by `only`, one way alone. */
  | { readonly type: "blocked"; readonly only?: Way }
  /** Each piece, of 64 KiB at most, is on its way for so many milliseconds. */
  | { readonly type: "slow"; readonly ms: number }
  /** The far end is gone without a word: who dialled hears nothing, and is reset when the road is another one. */
  | { readonly type: "half-open" };

/** "there": from who dials to the target. */
export type Way = "there" | "back";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
}

export class Proxy {
  readonly port: number;
  readonly #server: Server;
  readonly #target: number;
  readonly #pairs = new Set<Pair>();
  #road: Road = { type: "open" };
  /** Aborted when the road changes. */
  #change = new AbortController();

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    this.port = (server.address() as AddressInfo).port;
    server.on("connection", (near) => this.#join(near));
  }

  /** Listens at a free port of loopback for what is meant for the port `target`. */
  static async listen(target: number): Promise<Proxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new Proxy(server, target);
  }

  /** How many connections there are. */
  get connections(): number {
    return this.#pairs.size;
  }

  /** From now on the road is like this. */
  turn(road: Road): void {
    const before = this.#road;
    this.#road = road;
    if (road.type === "cut" || before.type === "half-open") this.#reset();
    if (road.type === "half-open") for (const { far } of this.#pairs) far.resetAndDestroy();
    this.#change.abort();
    this.#change = new AbortController();
  }

  async close(): Promise<void> {
    this.turn({ type: "cut" });
    this.#server.close();
    await once(this.#server, "close");
  }

  #join(near: Socket): void {
    if (this.#road.type === "cut") return void near.resetAndDestroy();
    const pair = { near, far: this.#dial() };
    this.#pairs.add(pair);
    // An error is heard by the one who reads; behind its end nobody does.
    for (const end of [near, pair.far]) end.on("error", () => undefined);
    void this.#carry(pair);
  }

  #dial(): Socket {
    if (this.#road.type === "half-open") return new Socket();
    return connect({ port: this.#target, host: "127.0.0.1", allowHalfOpen: true, noDelay: true });
  }

  async #carry(pair: Pair): Promise<void> {
    try {
      await Promise.all([this.#pump("there", pair), this.#pump("back", pair)]);
    } catch {
      // One of them was reset, or never reached; the other hears of it as soon as anything comes through.
      await this.#passage();
      end(pair);
    }
    this.#pairs.delete(pair);
  }

  async #pump(way: Way, { near, far }: Pair): Promise<void> {
    const [from, to] = way === "there" ? [near, far] : [far, near];
    for await (const piece of from) {
      await this.#passage(way);
      if (!to.write(piece as Buffer)) await once(to, "drain");
    }
    await this.#passage(way);
    to.end();
  }

  /** Waits until a piece may come through; without a way, until one may in both. */
  async #passage(way?: Way): Promise<void> {
    while (isBlocked(this.#road, way)) await once(this.#change.signal, "abort");
    if (this.#road.type === "slow") await pause(this.#road.ms);
  }

  #reset(): void {
    for (const pair of this.#pairs) end(pair);
    this.#pairs.clear();
  }
}

function isBlocked(road: Road, way: Way | undefined): boolean {
  if (road.type === "half-open") return true;
  return road.type === "blocked" && (way === undefined || (road.only ?? way) === way);
}

function end({ near, far }: Pair): void {
  near.resetAndDestroy();
  far.resetAndDestroy();
}
