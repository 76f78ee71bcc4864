/** A mailbox by hand: a clock to set and short words for what a store does with it. */
import assert from "node:assert/strict";
import { toAddress } from "./address.ts";
import type { Envelope, EnvelopeFields } from "./envelope.ts";
import { parseFilter } from "./filter.ts";
import { Mailbox, type ClaimTerms, type Leaving, type OpenClaim } from "./mailbox.ts";
import { sample } from "./samples.test.kit.ts";
import { defaultMailboxRule, type Attempt, type MailboxRule } from "./store.ts";

export const LEASE = 1000;
export const again: Leaving = { type: "again" };
export const gone: Leaving = { type: "gone" };
export const failed: Attempt = { number: 1, startedAt: 0, endedAt: 1, outcome: "retried" };

export class Hand {
  now = 1000;
  box!: Mailbox;
  /** Ids of messages that were found past their deadline. */
  readonly expired: string[] = [];
  #token = 0;

  constructor() {
    this.keep({});
  }

  /** Starts over with a mailbox of this rule. */
  keep(rule: Partial<MailboxRule>): void {
    this.box = new Mailbox(toAddress("critic"), { ...defaultMailboxRule, ...rule });
  }

  /** Offers a message for each id. */
  offer(ids: string, fields: Partial<EnvelopeFields> = {}): void {
    for (const id of ids.split(" ")) this.box.offer(sample({ id, sentAt: this.now, ...fields }), this.now);
  }

  claim(max = 1, where?: string, beside = false): OpenClaim[] {
    const out: OpenClaim[] = [];
    const terms: ClaimTerms = {
      now: this.now,
      lease: LEASE,
      token: () => ++this.#token,
      beside,
      expired: ({ id }) => void this.expired.push(id),
    };
    this.box.claim(max, where === undefined ? terms : { ...terms, where: parseFilter(where) }, out);
    return out;
  }

  one(): OpenClaim {
    const [first] = this.claim();
    return first ?? assert.fail("nothing to claim");
  }

  /** Claims one message after the other and ends each, until nothing can be claimed. */
  drain(): string {
    const given: OpenClaim[] = [];
    for (let [next] = this.claim(); next; [next] = this.claim()) {
      given.push(next);
      this.box.leave(next, gone);
    }
    return idsOf(given);
  }
}

export function idsOf(list: Iterable<{ readonly envelope: Envelope }>): string {
  return Array.from(list, ({ envelope }) => envelope.id).join(" ");
}
