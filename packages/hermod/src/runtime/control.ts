/** Control: what a system tells of itself, and lets be done, when another system asks for it at its own address. Agents may not ask. */
import { isSystemAddress, type Address } from "../core/address.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import type { SystemStatistics } from "../core/numbers.ts";
import { aRecord, oneOf } from "../core/options.ts";
import type { Breakers, BreakerStatus } from "./breakers.ts";
import type { ChildStatus } from "./post.ts";
import { Refusal } from "./refusal.ts";

/** What a system tells of itself. */
export interface SystemLook {
  readonly system: Address;
  /** The addresses that it serves. */
  readonly agents: readonly Address[];
  readonly tree: readonly ChildStatus[];
  readonly breakers: readonly BreakerStatus[];
  readonly statistics: SystemStatistics;
}

/** What control needs. */
export interface ControlParts {
  readonly look: () => Promise<SystemLook>;
  readonly breakers: Pick<Breakers, "open" | "close" | "auto">;
}

const operations = ["look", "breaker"] as const;

export class Control {
  readonly #parts: ControlParts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
  }

  /** The answer to a request. @throws Refusal, with HERMOD_FORBIDDEN for an agent, HERMOD_NO_OPERATION, HERMOD_BAD_OPTION. */
  async answer(request: Envelope): Promise<unknown> {
    try {
      return await this.#done(request);
    } catch (error) {
      throw error instanceof HermodError ? new Refusal(error, "unreadable") : error;
    }
  }

  async #done({ from, operation, payload }: Envelope): Promise<unknown> {
    if (!isSystemAddress(from))
      throw new HermodError("HERMOD_FORBIDDEN", `agent "${from}" may not ask a system: only systems may`);
    if (operation === "look") return this.#parts.look();
    if (operation === "breaker") return this.#force(payload);
    throw new HermodError("HERMOD_NO_OPERATION", `a system has no operation "${operation}"`, {
      details: { known: operations },
    });
  }

  #force(payload: unknown): void {
    const { agent, act } = aRecord("breaker", payload as { readonly agent: Address; readonly act: string });
    this.#parts.breakers[oneOf("breaker.act", act, ["open", "close", "auto"])](agent);
  }
}
