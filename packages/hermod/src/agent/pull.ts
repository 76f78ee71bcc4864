/** Pull: a mailbox that is taken from by hand, as a user declares it. `start` and `system.pull` open it. */
import { toAgentName } from "../core/address.ts";
import { isContract } from "../core/contract.ts";
import { checkOptions } from "../core/options.ts";
import { mailboxOptions, toMailbox, type AgentDefinition, type MailboxOptions } from "./agent.ts";
import type { AnyContract } from "./target.ts";

/** A mailbox to pull from, with options. */
export interface PullOptions extends MailboxOptions {
  readonly from: AnyContract | string;
}

/** A pulled mailbox, checked and complete. */
export interface PullDefinition extends Pick<AgentDefinition, "address" | "rule" | "retry" | "lease"> {
  readonly contract: AnyContract | undefined;
}

/**
 * What is to be pulled, checked and complete.
 * @throws HermodError HERMOD_BAD_ADDRESS or HERMOD_BAD_OPTION.
 */
export function toPull(given: AnyContract | string | PullOptions): PullDefinition {
  const options =
    typeof given === "string" || isContract(given)
      ? { from: given as AnyContract | string }
      : (given as PullOptions);
  checkOptions("pull", options, ["from", ...mailboxOptions]);
  const { from } = options;
  const contract = isContract(from) ? from : undefined;
  const address = contract ? contract.address : toAgentName(from, "pull");
  return { address, contract, ...toMailbox(address, options) };
}
