/** Handed: what a frame says, as it is where both ends are in one process, and as JSON text where it travels. */
import { toJson } from "../core/codec.ts";
import type { Frame } from "./protocol.ts";

/** A value of a frame that is not plain. No text that comes from elsewhere makes one, so it needs no checking. */
export class Handed<T = unknown> {
  readonly value: T;
  readonly #toText: (value: never) => string;

  constructor(value: T, toText: (value: T) => string = toJson) {
    this.value = value;
    this.#toText = toText;
  }

  text(): string {
    return this.#toText(this.value as never);
  }
}

/** A frame on its way out: as text, or as it is. */
export type Said = string | Frame;

/** What came: as it was handed over, or as `open` makes it of what has travelled. */
export function taken<T>(came: unknown, open: (came: unknown) => T): T {
  return came instanceof Handed ? (came.value as T) : open(came);
}

/** For what needs no opening. */
export const asIs = <T>(came: unknown): T => came as T;

/** A value of a frame as JSON text. */
export function textOf(value: unknown): string {
  return value instanceof Handed ? value.text() : (JSON.stringify(value) ?? "null");
}

/** The characters of what is kept; what was handed over is the client's own. */
export function weightOf(said: Said | undefined): number {
  return typeof said === "string" ? said.length : 0;
}

/** What a request says beside its number and its operation. */
export class Body {
  readonly #plain: object;
  readonly #carried: Readonly<Record<string, Handed>>;
  #text: string | undefined;

  constructor(plain: object, carried: Readonly<Record<string, Handed>> = {}) {
    this.#plain = plain;
    this.#carried = carried;
  }

  /** The same, and more. */
  and(more: object): Body {
    return new Body({ ...this.#plain, ...more }, this.#carried);
  }

  /** As a frame. */
  frame(n: number, op: string, more: object | undefined): Frame {
    return { n, op, ...this.#plain, ...this.#carried, ...more };
  }

  /** As the rest of a frame's text. */
  get text(): string {
    return (this.#text ??= restText(this.#plain, this.#carried));
  }
}

/** Fields as the rest of a frame, with a comma before each. */
export function restText(plain: object, carried: Readonly<Record<string, Handed>> = {}): string {
  const text = JSON.stringify(plain).slice(1, -1);
  let rest = text === "" ? "" : `,${text}`;
  for (const name in carried) rest += `,"${name}":${(carried[name] as Handed).text()}`;
  return rest;
}
