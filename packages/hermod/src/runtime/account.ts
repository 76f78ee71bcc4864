/** Account: what a system tells of itself, in parts of which each fits into a message: ten thousand agents are more than one may hold. */
import { HermodError } from "../core/errors.ts";
import { wholeNumber } from "../core/options.ts";
import { RecentMap } from "../core/recentmap.ts";

/** A part of an account: put together in their order, the texts of all parts are its JSON. */
export interface AccountPart {
  /** Names the account, so that the other parts are of the same moment. */
  readonly account: number;
  readonly part: number;
  readonly parts: number;
  readonly text: string;
}

/** Most characters of a part, where the limits of a payload allow as many. */
const MOST = 120_000;
/** What a part takes beside its text, in the codec's measure. */
const FRAME = 200;
/** Accounts whose parts can still be asked for. */
const KEPT = 8;

export class Accounts {
  readonly #size: number;
  readonly #kept = new RecentMap<number, string>(KEPT);
  #count = 0;

  /** `most` is the largest payload that the system takes. */
  constructor(most: number) {
    this.#size = Math.max(16, Math.min(MOST, most - FRAME));
  }

  /** Begins an account: its first part. */
  begin(value: unknown): AccountPart {
    const account = ++this.#count;
    const json = JSON.stringify(value);
    if (json.length > this.#size) this.#kept.set(account, json);
    return this.#cut(account, json, 0);
  }

  /** Another part of an account. @throws HermodError HERMOD_NOT_FOUND for one that is over, HERMOD_BAD_OPTION for no number of a part. */
  part(account: number, part: number): AccountPart {
    const json = this.#kept.get(account);
    if (json === undefined)
      throw new HermodError("HERMOD_NOT_FOUND", `account ${account} is over`, { hint: "Ask for a new one." });
    return this.#cut(account, json, wholeNumber("part", part, 0, Math.ceil(json.length / this.#size) - 1));
  }

  #cut(account: number, json: string, part: number): AccountPart {
    const from = part * this.#size;
    const parts = Math.max(1, Math.ceil(json.length / this.#size));
    return { account, part, parts, text: json.slice(from, from + this.#size) };
  }
}
