/** Connections: how many one address may have open. What runs on this machine is bounded by the port's own bound alone. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

const LOOPBACK = /^(127\.|::1$|::ffff:127\.)/;

export class Connections {
  readonly #most: number;
  readonly #isFree: (address: string) => boolean;
  readonly #open = new Map<string, number>();

  constructor(most: number, isFree = (address: string) => LOOPBACK.test(address)) {
    this.#most = most;
    this.#isFree = isFree;
  }

  /** Ends what is too much of one address, as it connects. */
  guard(server: Server): void {
    server.prependListener("connection", (socket: Socket) => {
      const { remoteAddress: address = "" } = socket;
      if (this.#isFree(address)) return;
      if (!this.enter(address)) return void socket.destroy();
      socket.once("close", () => this.leave(address));
    });
  }

  /** False where it would be one too many. */
  enter(address: string): boolean {
    const open = this.#open.get(address) ?? 0;
    if (open >= this.#most) return false;
    this.#open.set(address, open + 1);
    return true;
  }

  leave(address: string): void {
    const left = (this.#open.get(address) ?? 1) - 1;
    if (left > 0) this.#open.set(address, left);
    else this.#open.delete(address);
  }
}
