/** Desk: takes the replies that come to the system's own address, and hands them to the calls that wait. */
import type { Address } from "../core/address.ts";
import { ACK } from "../core/settlement.ts";
import type { Claim } from "../core/store.ts";
import type { Calls } from "./calls.ts";
import type { Consumer } from "./dispatcher.ts";
import { settleClaim, type SettleParts } from "./settle.ts";
import { Statistics } from "./statistics.ts";

export class Desk implements Consumer {
  readonly address: Address;
  readonly lease = 30_000;
  queued = false;
  claiming = false;
  readonly #calls: Calls;
  /** Replies are no deliveries to an agent: they count nowhere. */
  readonly #settling: SettleParts;

  constructor(address: Address, calls: Calls, parts: Omit<SettleParts, "statistics">) {
    this.address = address;
    this.#calls = calls;
    this.#settling = { ...parts, statistics: new Statistics() };
  }

  room(): number {
    return 256;
  }

  take(claim: Claim): void {
    this.#calls.receive(claim.envelope);
    void settleClaim(this.#settling, claim, ACK, [], undefined);
  }
}
