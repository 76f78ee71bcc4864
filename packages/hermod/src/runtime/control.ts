/** Control: what a system tells of itself, and lets be done, when another system asks for it at its own address. Agents may not ask. */
import { isSystemAddress, toAddress, toAgentAddress, type Address } from "../core/address.ts";
import type { Duration } from "../core/duration.ts";
import type { Envelope } from "../core/envelope.ts";
import { HermodError } from "../core/errors.ts";
import type { SystemStatistics } from "../core/numbers.ts";
import { aRecord, aText, oneOf } from "../core/options.ts";
import { Accounts, type AccountPart } from "./account.ts";
import type { Breakers, BreakerStatus } from "./breakers.ts";
import type { HeldUp } from "./circles.ts";
import type { Waiting } from "./deadlock.ts";
import type { Incident } from "./incidents.ts";
import type { AgentOffer } from "./offer.ts";
import type { Pauses } from "./pauses.ts";
import type { ChildStatus } from "./post.ts";
import { Refusal } from "./refusal.ts";
import type { Root } from "./root.ts";

/** What a system tells of itself. */
export interface SystemLook {
  readonly system: Address;
  /** The addresses that it serves. */
  readonly agents: readonly Address[];
  readonly tree: readonly ChildStatus[];
  readonly breakers: readonly BreakerStatus[];
  /** What takes nothing for now: agents, pools, members, mailboxes that are pulled from. */
  readonly paused: readonly Address[];
  /** What broke lately and what became of it, the oldest first; at most 200. */
  readonly incidents: readonly Incident[];
  readonly statistics: SystemStatistics;
}

/** What control needs. */
export interface ControlParts {
  readonly look: () => Promise<SystemLook>;
  /** What an agent can be asked. @throws NoAgentError. */
  readonly offer: (agent: Address) => AgentOffer;
  /** What holds a call up here. */
  readonly heldUp: (call: Waiting) => HeldUp;
  readonly breakers: Pick<Breakers, "open" | "close" | "auto">;
  readonly pauses: Pick<Pauses, "pause" | "resume">;
  readonly root: Pick<Root, "restart">;
  /** The largest payload that the system takes, in the codec's measure. */
  readonly most: number;
}

const operations = ["look", "offer", "waits", "breaker", "pause", "resume", "drain", "restart"] as const;

export class Control {
  readonly #parts: ControlParts;
  readonly #accounts: Accounts;

  constructor(parts: ControlParts) {
    this.#parts = parts;
    this.#accounts = new Accounts(parts.most);
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
    if (operation === "look") return this.#look(payload);
    if (operation === "offer") return this.#parts.offer(agentIn(operation, payload));
    if (operation === "waits") return this.#parts.heldUp(waitingIn(payload));
    if (operation === "breaker") return this.#force(payload);
    if (operation === "pause") return { idle: await this.#parts.pauses.pause(agentIn(operation, payload)) };
    if (operation === "drain") return this.#drain(payload);
    if (operation === "resume") return this.#parts.pauses.resume(agentIn(operation, payload));
    if (operation === "restart") return this.#parts.root.restart(agentIn(operation, payload));
    throw new HermodError("HERMOD_NO_OPERATION", `a system has no operation "${operation}"`, {
      details: { known: operations },
    });
  }

  async #drain(payload: unknown): Promise<{ readonly idle: boolean }> {
    const { timeout } = aRecord("drain", payload as { readonly timeout?: Duration });
    const options = { drain: true, ...(timeout !== undefined && { timeout }) };
    return { idle: await this.#parts.pauses.pause(agentIn("drain", payload), options) };
  }

  /** The first part of a new look, or another part of one that was begun. */
  async #look(payload: unknown): Promise<AccountPart> {
    const said = aRecord("look", (payload ?? {}) as { readonly account?: number; readonly part?: number });
    if (said.account === undefined) return this.#accounts.begin(await this.#parts.look());
    return this.#accounts.part(said.account, said.part ?? 0);
  }

  #force(payload: unknown): void {
    const said = aRecord(
      "breaker",
      payload as { readonly agent: Address; readonly act: string; readonly reason?: string },
    );
    const { agent, act, reason } = said;
    const options = reason === undefined ? {} : { reason };
    this.#parts.breakers[oneOf("breaker.act", act, ["open", "close", "auto"])](agent, options);
  }
}

function waitingIn(payload: unknown): Waiting {
  const { id, to, verb, conversationId } = aRecord("waits", payload as Waiting);
  return {
    ...{ id: aText("id", id), to: toAddress(to, "to"), verb: oneOf("verb", verb, ["call", "task"]) },
    conversationId: aText("conversationId", conversationId),
  };
}

function agentIn(operation: string, payload: unknown): Address {
  const { agent } = aRecord(operation, payload as { readonly agent: Address });
  return toAgentAddress(agent, `${operation} of`);
}
