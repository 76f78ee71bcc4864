/** State: an agent's data between deliveries. Committed as JSON when a delivery succeeds, read back from it when one fails. */
import type { AgentDefinition } from "../agent/agent.ts";
import type { Address } from "../core/address.ts";
import { Copier, fromJson, toJson } from "../core/codec.ts";
import { HermodError, describe } from "../core/errors.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import type { Claim, StateChange, Store } from "../core/store.ts";
import type { Cell } from "./cell.ts";
import type { Reports } from "./reports.ts";
import type { SettleAnswer } from "./settle.ts";

/** Makes the first state. */
type First = NonNullable<AgentDefinition["state"]>;

/** Largest state, and the size from which it is reported; both in the codec's measure. */
const MOST = 262_144;
const MUCH = 65_536;

/** Sees to it that the cell has its state: the last committed one, else the first one. */
export function loadState(cell: Cell, first: First, store: Store): Maybe<void> {
  return chain(store.load(cell.key), (record) => {
    // A notice and a message may both have asked: the second answer must not undo what the first one's handler did.
    if (cell.loaded) return;
    cell.committed = record?.json;
    cell.version = record?.version ?? 0;
    cell.value = committedState(cell, first);
    cell.loaded = true;
  });
}

/** Puts the state back to the last committed one; a first state that cannot be made is asked for again by the next delivery. */
export function resetState(cell: Cell, first: First): void {
  try {
    cell.value = committedState(cell, first);
  } catch {
    cell.loaded = false;
  }
}

/** The state that a delivery begins with. */
export function committedState({ committed }: Cell, first: First): unknown {
  return committed === undefined ? first() : fromJson(committed);
}

/** Notes what became of a settlement; a state that was not committed is read again before the next delivery. */
export function noteState(
  cell: Cell,
  { status }: SettleAnswer,
  change: StateChange | undefined,
  { token }: Claim,
): void {
  if (status !== "settled") {
    cell.loaded = false;
  } else if (change?.json !== undefined) {
    cell.committed = change.json;
    cell.version = token;
  }
}

/**
 * What to check and commit of a state.
 * @throws HermodError HERMOD_BAD_STATE for a state that is no plain data or too large.
 */
export function stateChange(cell: Cell, agent: Address, reports: Reports): StateChange {
  const json = toText(cell, agent, reports);
  const read = { key: cell.key, base: cell.version };
  return json === cell.committed ? read : { ...read, json };
}

/** A copy of the state to look at. */
export function frozenState(state: unknown): unknown {
  return new Copier({ size: MOST, depth: 64, keys: 100_000 }, "state").copy(state);
}

function toText({ value }: Cell, agent: Address, reports: Reports): string {
  const copier = new Copier({ size: MOST, depth: 64, keys: 100_000 }, "state");
  try {
    const json = toJson(copier.copy(value));
    if (copier.size > MUCH && reports.active) reports.emit({ type: "state.grown", agent, size: copier.size });
    return json;
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_STATE", `state of ${agent}: ${describe(cause)}`, { cause });
  }
}
