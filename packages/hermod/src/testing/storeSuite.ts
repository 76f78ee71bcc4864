/**
 * The laws of a store, as tests: `storeSuite("mine", () => mine(), { test })`. Every store passes the same ones; where one
 * cannot, the difference is data with a reason, and shown as a skipped test.
 */
import { HermodError } from "../core/errors.ts";
import type { Maybe } from "../core/maybe.ts";
import type { OpenStore } from "../core/store.ts";
import { appending } from "./store/appending.ts";
import { Bench } from "./store/bench.ts";
import { bindingLaws } from "./store/bindings.ts";
import { createEnv } from "./store/env.ts";
import { besides } from "./store/beside.ts";
import { byHand } from "./store/byhand.ts";
import { capacity } from "./store/capacity.ts";
import { holds } from "./store/check.ts";
import { claiming } from "./store/claiming.ts";
import { closing } from "./store/closing.ts";
import { compacting } from "./store/compacting.ts";
import { deadLetters } from "./store/deadletters.ts";
import { deduplication } from "./store/deduplication.ts";
import { following } from "./store/following.ts";
import { history } from "./store/history.ts";
import { instances } from "./store/instances.ts";
import { keys } from "./store/keys.ts";
import type { Law } from "./store/law.ts";
import { leases } from "./store/leases.ts";
import { mailboxes } from "./store/mailboxes.ts";
import { messageBudgets } from "./store/messagebudgets.ts";
import { ordering } from "./store/ordering.ts";
import { outputs } from "./store/outputs.ts";
import { parts } from "./store/parts.ts";
import { reading } from "./store/reading.ts";
import { redriving } from "./store/redriving.ts";
import { republishing } from "./store/republishing.ts";
import { room } from "./store/room.ts";
import { settling } from "./store/settling.ts";
import { spending } from "./store/spending.ts";
import { states } from "./store/state.ts";
import { topics } from "./store/topics.ts";
import { total } from "./store/total.ts";
import { waking } from "./store/waking.ts";
import { watching } from "./store/watching.ts";

const laws: readonly Law[] = [
  [appending, deduplication, claiming, ordering, keys, besides, leases, settling, outputs, states],
  [capacity, total, room, topics, bindingLaws, instances, deadLetters, redriving, republishing, byHand],
  [mailboxes, waking, watching, reading, history, parts, following, spending, messageBudgets],
  [compacting, closing],
].flat(2);

/** A test runner's `test`: that of `node:test` or of vitest. */
export type TestFunction = (
  name: string,
  options: { readonly skip?: boolean },
  run: () => Promise<void>,
) => unknown;

/** How the suite runs. */
export interface StoreSuiteOptions {
  /** Where the laws become tests. */
  readonly test: TestFunction;
  /** Laws that the store does not keep, by their titles, each with the reason; default none. */
  readonly skips?: Readonly<Record<string, string>>;
  /** Waits until the store has done all it does by itself, for one that works in a thread or elsewhere; default hand-offs only. */
  readonly rest?: () => Promise<void>;
}

/**
 * Makes one test of each law. `open` is called for each and gives a fresh, empty store; it is closed after the law.
 * @throws HermodError HERMOD_BAD_OPTION for a skip that names no law or gives no reason.
 */
export function storeSuite(name: string, open: () => Maybe<OpenStore>, options: StoreSuiteOptions): void {
  const { test, skips = {} } = options;
  for (const title of Object.keys(skips)) checkSkip(title, skips[title]);
  for (const law of laws) {
    const reason = skips[law.title];
    if (reason === undefined) test(`${name}: ${law.title}`, {}, () => hold(law, open, options));
    else test(`${name}: ${law.title} (SKIPPED: ${reason})`, { skip: true }, async () => undefined);
  }
}

function checkSkip(title: string, reason: string | undefined): void {
  if (laws.some((law) => law.title === title) && reason) return;
  throw new HermodError("HERMOD_BAD_OPTION", `skips: "${title}" names no law of a store, or has no reason`);
}

/** Runs one law on a fresh store, which leaves no timer behind whatever the law did. */
async function hold(law: Law, open: () => Maybe<OpenStore>, options: StoreSuiteOptions): Promise<void> {
  const { env, ...heard } = createEnv();
  const store = await (await open())(env);
  const rest = async (): Promise<void> => {
    await heard.clock.settle();
    await options.rest?.();
  };
  const bench = new Bench(store, heard, rest);
  try {
    await bench.announce();
    await law.run(bench);
  } finally {
    await store.close();
    await rest();
  }
  holds(heard.clock.waiting === 0, `${heard.clock.waiting} timers are left after close`);
}
