/**
 * Watching: the page's socket to the hub. It comes back by itself, goes on behind the last event that it has seen, and tells what was missed. One for a
 * tab: browsers allow an address few connections.
 */
import { token, toHubError, type HubError } from "../api/client.ts";
import type { Bundle } from "./log.ts";

/** How things stand with the hub. */
export type Link =
  | { readonly state: "connecting" }
  | { readonly state: "live" }
  | { readonly state: "reconnecting"; readonly since: number }
  | { readonly state: "refused"; readonly error: HubError };

/** What a watch tells. */
export interface Ears {
  readonly heard: (bundle: Bundle) => void;
  readonly changed: (link: Link) => void;
}

/** The hub says something at least every 15 s. */
const SILENCE = 20_000;
const PAUSES = { least: 250, most: 5000 };

type Said = Bundle & { readonly at?: string; readonly error?: unknown };

export class Watching {
  readonly #ears: Ears;
  #where: string;
  #socket: WebSocket | undefined;
  #cursor: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #tries = 0;
  #lostAt: number | undefined;
  #over = false;

  constructor(where: string, ears: Ears) {
    this.#where = where;
    this.#ears = ears;
    this.#open();
  }

  /** Watches something else from now on. */
  wants(where: string): void {
    this.#where = where;
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify({ where }));
  }

  end(): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #open(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, "ws")}/v1/watch`);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify(this.#wish()));
    socket.onmessage = ({ data }) => this.#hear(String(data));
    socket.onclose = () => this.#lost(socket);
    this.#listen();
  }

  #wish(): object {
    const known = token.get();
    return {
      where: this.#where,
      ...(known !== undefined && { token: known }),
      ...(this.#cursor !== undefined && { after: this.#cursor }),
    };
  }

  #hear(text: string): void {
    const said = JSON.parse(text) as Said;
    if (said.error !== undefined) return this.#refused(toHubError(text, 0));
    if (this.#tries > 0 || this.#cursor === undefined) this.#ears.changed({ state: "live" });
    this.#tries = 0;
    this.#lostAt = undefined;
    this.#cursor = said.at ?? this.#cursor;
    this.#listen();
    if (said.rows !== undefined || said.missed !== undefined) this.#ears.heard(said);
  }

  #refused(error: HubError): void {
    this.end();
    this.#ears.changed({ state: "refused", error });
  }

  /** A socket that says nothing for long is dead, whatever it looks like. */
  #listen(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#socket?.close(), SILENCE);
  }

  #lost(socket: WebSocket): void {
    if (this.#over || socket !== this.#socket) return;
    this.#lostAt ??= Date.now();
    this.#ears.changed({ state: "reconnecting", since: this.#lostAt });
    const pause = Math.min(PAUSES.most, PAUSES.least * 2 ** this.#tries++);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#open(), pause * (0.5 + Math.random() / 2));
  }
}
