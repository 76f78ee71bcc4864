/** State: an agent's data between deliveries. Committed as JSON when a delivery succeeds, read back from it when one fails. */
import { Copier, fromJson, toJson } from "../core/codec.ts";
import { HermodError, describe } from "../core/errors.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import type { Claim, StateChange, Store } from "../core/store.ts";
import type { Instance } from "./instance.ts";
import type { Reports } from "./reports.ts";
import type { SettleAnswer } from "./settle.ts";

/** Largest state, and the size from which it is reported; both in the codec's measure. */
const MOST = 262_144;
const MUCH = 65_536;

/** Sees to it that the instance has its state: the last committed one, else the first one. */
export function loadState(instance: Instance, store: Store): Maybe<void> {
  if (instance.definition.state === undefined) return void (instance.loaded = true);
  return chain(store.load(instance.address), (record) => {
    // A notice and a message may both have asked: the second answer must not undo what the first one's handler did.
    if (instance.loaded) return;
    instance.committed = record?.json;
    instance.version = record?.version ?? 0;
    instance.state = committedState(instance);
    instance.loaded = true;
  });
}

/** Puts the state back to the last committed one; a first state that cannot be made is asked for again by the next delivery. */
export function resetState(instance: Instance): void {
  try {
    instance.state = committedState(instance);
  } catch {
    instance.loaded = false;
  }
}

function committedState({ committed, definition }: Instance): unknown {
  return committed === undefined ? definition.state?.() : fromJson(committed);
}

/** Notes what became of a settlement; a state that was not committed is read again before the next delivery. */
export function noteState(
  instance: Instance,
  { status }: SettleAnswer,
  change: StateChange | undefined,
  { token }: Claim,
): void {
  if (status !== "settled") {
    instance.loaded = false;
  } else if (change?.json !== undefined) {
    instance.committed = change.json;
    instance.version = token;
  }
}

/**
 * What to check and commit of the agent's state, or undefined for an agent without one.
 * @throws HermodError HERMOD_BAD_STATE for a state that is no plain data or too large.
 */
export function stateChange(instance: Instance, reports: Reports): StateChange | undefined {
  if (instance.definition.state === undefined) return undefined;
  const json = toText(instance, reports);
  const read = { key: instance.address, base: instance.version };
  return json === instance.committed ? read : { ...read, json };
}

/** A copy of the state to look at. */
export function frozenState(state: unknown): unknown {
  return new Copier({ size: MOST, depth: 64, keys: 100_000 }, "state").copy(state);
}

function toText(instance: Instance, reports: Reports): string {
  const copier = new Copier({ size: MOST, depth: 64, keys: 100_000 }, "state");
  try {
    const json = toJson(copier.copy(instance.state));
    if (copier.size > MUCH && reports.active) {
      reports.emit({ type: "state.grown", agent: instance.address, size: copier.size });
    }
    return json;
  } catch (cause) {
    throw new HermodError("HERMOD_BAD_STATE", `state of ${instance.address}: ${describe(cause)}`, { cause });
  }
}
