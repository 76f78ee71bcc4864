/**
 * Chain: whether the messages of a journal follow one another as they were written. A server that was set apart may keep, under the number of a new
 * owner's first message, one of the old owner that nobody has confirmed, and hold on to it: nats-server 2.9.10 did. So each message has its pen's name and
 * count, and the second one of a pen names what it found before its first.
 */
import type { Logged } from "./log.ts";

/** Says which message a new owner found before its own first one. */
export const BEHIND = "Hermod-Behind";
const ID = "Nats-Msg-Id";

/** What was read is not what was written: another server has that. */
export class Diverged extends Error {}

export class Chain {
  #last: string | undefined;
  #before: string | undefined;

  /** The id of the message before the newest owner's first one; undefined where that was not read. */
  get before(): string | undefined {
    return this.#before;
  }

  /** True where the message that was taken last is an owner's first one. */
  get isBegun(): boolean {
    return this.#last?.endsWith("-1") === true;
  }

  /** @throws Diverged where it does not follow what was taken before. */
  take(message: Logged): void {
    const id = idOf(message);
    const { name = "", count = "" } = /^(?<name>.*)-(?<count>\d+)$/.exec(id)?.groups ?? {};
    const last = this.#last;
    this.#last = id;
    if (count === "1") this.#before = last;
    else if (count !== "") this.#expect(message, last, `${name}-${Number(count) - 1}`);
    const behind = message.headers?.get(BEHIND) ?? "";
    if (behind !== "") this.#expect(message, this.#before, behind);
  }

  #expect({ seq }: Logged, found: string | undefined, written: string): void {
    if (found !== undefined && found !== written)
      throw new Diverged(`message ${seq} was written behind ${written}, and stands behind ${found}`);
  }
}

export function idOf({ headers }: Pick<Logged, "headers">): string {
  return headers?.get(ID) ?? "";
}
