/** Activation: sees to it that what a message works on is there: the state, and a keyed instance that has started. */
import { isControl } from "../core/envelope.ts";
import { chain, type Maybe } from "../core/maybe.ts";
import type { Store } from "../core/store.ts";
import type { Cell } from "./cell.ts";
import { stale } from "./heartbeat.ts";
import type { Reports } from "./reports.ts";
import type { Run, RunHost } from "./run.ts";
import { loadState } from "./state.ts";

/** What activating needs. */
export interface ActivationParts {
  readonly store: Store;
  readonly reports: Reports;
  readonly host: RunHost;
}

/** Sees to it that the state is there, and that a keyed instance has started. */
export function prepare(parts: ActivationParts, run: Run): Maybe<void> {
  const { instance } = run;
  const { state, work } = instance.definition;
  const cell = (run.cell = enter(run));
  const started = work.apart !== "none" ? activate(parts, run, cell) : undefined;
  return chain(started, () =>
    state === undefined || cell.loaded ? undefined : loadState(cell, state, parts.store),
  );
}

/**
 * Messages of one state come one at a time: whoever still works on it has lost its lease, and what it does there is nobody's. The
 * next one begins with what is committed.
 */
function enter(run: Run): Cell {
  const { instance, envelope } = run;
  const cell = instance.enter(envelope);
  if (isControl(envelope)) return cell;
  const { worker } = cell;
  if (worker === undefined || worker.settling) return work(run, cell);
  worker.abort(stale(worker.envelope.id));
  instance.leave(cell);
  instance.drop(cell);
  return work(run, instance.enter(envelope));
}

function work(run: Run, cell: Cell): Cell {
  cell.worker = run;
  return cell;
}

/** Conversations and instances begin with their first message; an instance runs its agent's `init` before. */
function activate(parts: ActivationParts, run: Run, cell: Cell): Maybe<void> {
  if (cell.started) return undefined;
  if (cell.starting !== undefined) return cell.starting;
  const { definition, address: agent } = run.instance;
  if (parts.reports.active) parts.reports.emit({ type: "instance.activated", agent, key: cell.key });
  if (definition.work.apart === "key" && definition.upkeep.init)
    return (cell.starting = initiate(parts, run, cell));
  cell.started = true;
}

async function initiate({ host }: ActivationParts, { instance, self }: Run, cell: Cell): Promise<void> {
  try {
    await host.init(instance.definition, self);
    cell.started = true;
  } catch (error) {
    instance.drop(cell);
    throw error;
  }
}
