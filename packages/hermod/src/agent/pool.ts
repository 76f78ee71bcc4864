/** Pool: several instances of one agent behind its address. */
import type { Address } from "../core/address.ts";
import { balances, type Balance } from "../core/balance.ts";
import { show } from "../core/duration.ts";
import { HermodError } from "../core/errors.ts";
import { toIntensity, type IntensityOptions } from "../core/intensity.ts";
import { checkOptions, oneOf, wholeNumber } from "../core/options.ts";
import type { MailboxRule } from "../core/store.ts";
import { isAgent, type AgentDefinition } from "./agent.ts";

/** Options of a pool. */
export interface PoolOptions {
  /** Members, from 1 to 10,000; `system.pool(...).resize` changes it while the pool runs. */
  readonly size: number;
  /**
   * Which member gets a message: the next in turn ("round-robin", default), the one with least to do ("least-busy"), any
   * ("random"), always the same for an order key, or else a conversation ("key"), or each one a copy ("broadcast").
   */
  readonly balance?: Balance;
  /** How often members may be restarted before the whole pool counts as crashed; default 3 for each member in 5 s. */
  readonly intensity?: IntensityOptions;
}

/** A pool ready to be started, checked and complete. */
export interface PoolDefinition {
  readonly address: Address;
  readonly member: AgentDefinition;
  readonly size: number;
  readonly balance: Balance;
  readonly intensity: IntensityOptions;
}

/** Most members of one pool. */
const MOST = 10_000;

/**
 * A pool: `pool(critic, { size: 4 })`, to be started like an agent. Its members share one mailbox, so that nothing waits behind
 * a busy one while another is free; each has a state of its own.
 * @throws HermodError HERMOD_BAD_OPTION naming the option, also for an agent that is keyed, by conversation or has a busy rule.
 */
export function pool(member: AgentDefinition, options: PoolOptions): PoolDefinition {
  if (!isAgent(member))
    throw new HermodError("HERMOD_BAD_OPTION", `pool takes an agent, got ${show(member)}`);
  const { address, work } = member;
  const name = `pool ${address}`;
  checkOptions(name, options, ["size", "balance", "intensity"]);
  const { balance = "round-robin", intensity = {} } = options;
  oneOf(`${name} balance`, balance, balances);
  toIntensity(intensity);
  if (work.apart !== "none" || work.busy !== "queue") notAlone(name);
  if (balance === "key" && work.concurrency > 1) severalPerKey(name);
  const size = toSize(name, options.size);
  const restarts = Math.min(RESTARTS_EACH * size, MOST_RESTARTS);
  return new Pool(address, member, size, balance, { restarts, ...intensity });
}

/** What one member may need must not end a pool of many. */
const RESTARTS_EACH = 3;
const MOST_RESTARTS = 1000;

class Pool implements PoolDefinition {
  readonly address: Address;
  readonly member: AgentDefinition;
  readonly size: number;
  readonly balance: Balance;
  readonly intensity: IntensityOptions;

  constructor(
    address: Address,
    member: AgentDefinition,
    size: number,
    balance: Balance,
    intensity: IntensityOptions,
  ) {
    this.address = address;
    this.member = member;
    this.size = size;
    this.balance = balance;
    this.intensity = intensity;
    Object.freeze(this);
  }
}

/** The number of members, when it is one. @throws HermodError HERMOD_BAD_OPTION. */
export function toSize(name: string, size: unknown): number {
  return wholeNumber(`${name} size`, size, 1, MOST);
}

/** The rule of the pool's mailbox with so many members. */
export function toPoolRule({ balance, member }: PoolDefinition, size: number): MailboxRule {
  return balance === "key" ? Object.freeze({ ...member.rule, keyBy: "slot", slots: size }) : member.rule;
}

/** True for what `pool` made. */
export function isPool(value: unknown): value is PoolDefinition {
  return value instanceof Pool;
}

function notAlone(name: string): never {
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name}: its agent is keyed, by conversation, or has a busy rule`,
    {
      hint: "Such an agent decides by itself what runs side by side: start it without a pool.",
    },
  );
}

function severalPerKey(name: string): never {
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `${name} is balanced by key, and its members handle several at a time`,
    {
      hint: "Leave concurrency at 1: a key's messages are handled one after the other.",
    },
  );
}
