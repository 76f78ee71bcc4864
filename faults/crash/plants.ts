/**
 * Plants: stores with a fault put into them, each of which the checker has to find: a harness that finds nothing in these proves
 * nothing by finding nothing elsewhere.
 */
import type { Claim, Envelope, Maybe, OpenStore, Settled, Store } from "hermod";
import type { Fault } from "../history/verdict.ts";

type Spoil = (store: Store) => Partial<Store>;

const STORED = { status: "stored" } as const;
const SETTLED: Settled = { status: "settled" };

/** How long the early one keeps what it has confirmed from being stored: what it has confirmed last dies with it. */
const DELAY = 300;
/** When what was taken out comes back: after the answer that it was. */
const SOON = 20;

let turn = 0;
const every = (count: number): boolean => ++turn % count === 0;

/** Confirms before it commits. */
const early: Spoil = (store) => ({
  append: (envelope: Envelope, fresh?: boolean) => {
    if (envelope.to === undefined || envelope.verb !== "cast" || !every(4))
      return store.append(envelope, fresh);
    setTimeout(() => void Promise.resolve(store.append(envelope, fresh)).catch(() => undefined), DELAY);
    return STORED;
  },
});

/** Forgets an ack when its process dies. */
const forgetful: Spoil = (store) => ({
  settle: (...given: Parameters<Store["settle"]>): Maybe<Settled> =>
    given[1].type === "ack" && given[2].length === 0 && every(4) ? SETTLED : store.settle(...given),
});

/** Hands out a message twice. */
const twice: Spoil = (store) => ({
  claim: (...given: Parameters<Store["claim"]>): Maybe<number> => {
    const out = given[3];
    const before = out.length;
    return then(store.claim(...given), (count) => {
      const claim = out[before];
      if (claim === undefined || !every(3)) return count;
      out.push({ ...claim } as Claim);
      return count + 1;
    });
  },
});

/** Commits the ack of a transactional handler without its output. */
const halving: Spoil = (store) => ({
  settle: (claim, settlement, outputs, state) =>
    store.settle(claim, settlement, state?.json !== undefined && every(4) ? [] : outputs, state),
});

/** Commits it without the state. */
const stateless: Spoil = (store) => ({
  settle: (claim, settlement, outputs, state) =>
    store.settle(claim, settlement, outputs, state?.json !== undefined && every(4) ? undefined : state),
});

/** Drops a message when it is claimed. */
const leaky: Spoil = (store) => ({
  claim: (...given: Parameters<Store["claim"]>): Maybe<number> =>
    then(store.claim(...given), (count) => {
      const claim = given[3].at(-1);
      if (count === 0 || claim?.envelope.verb !== "cast" || !every(8)) return count;
      given[3].pop();
      void store.settle(claim, { type: "ack" }, []);
      return count - 1;
    }),
});

/** Confirms parts of tasks that it does not keep. */
const gappy: Spoil = (store) => ({
  record: (id, entry) => (isOf(entry, "part") && every(4) ? 1 : store.record(id, entry)),
});

/** Ends tasks without a word in their log. */
const endless: Spoil = (store) => ({
  settle: (claim, settlement, outputs, state, part) =>
    store.settle(claim, settlement, outputs, state, isOf(part, "end") && every(4) ? undefined : part),
});

/** Ends them, and tells nobody. */
const silent: Spoil = (store) => ({
  settle: (claim, settlement, outputs, ...rest) =>
    store.settle(claim, settlement, isOf(rest[1], "end") && every(4) ? [] : outputs, ...rest),
});

/** Answers that a cancellation is recorded, and that what waited is taken out. */
const stubborn: Spoil = (store) => ({
  record: (id, entry) => (isOf(entry, "cancel") || isOf(entry, "end") ? 1 : store.record(id, entry)),
  settle: (claim, settlement, outputs, state, part) =>
    isOf(part, "end") && isOf(settlement, "fail")
      ? then(store.settle(claim, { type: "release", at: Date.now() + SOON }, []), () => SETTLED)
      : store.settle(claim, settlement, outputs, state, part),
});

function isOf(entry: unknown, type: string): boolean {
  return (entry as { readonly type?: unknown } | undefined)?.type === type;
}

/** Every planted fault, and the classes of which one must be found. */
export const plants: Readonly<Record<string, { readonly spoil: Spoil; readonly finds: readonly Fault[] }>> = {
  "confirms before it commits": { spoil: early, finds: ["LOST_PREFIX", "LOST_MIDDLE", "LOST_SUFFIX"] },
  "forgets acks": { spoil: forgetful, finds: ["ACKED_THEN_REDELIVERED"] },
  "delivers twice": { spoil: twice, finds: ["LEASE_OVERLAP", "DUPLICATE_UNEXPLAINED"] },
  "acks without the output": { spoil: halving, finds: ["LOST_PREFIX", "LOST_MIDDLE", "LOST_SUFFIX"] },
  "acks without the state": { spoil: stateless, finds: ["HALF_EFFECT", "FORKED_STATE"] },
  "loses parts": { spoil: gappy, finds: ["BROKEN_PARTS"] },
  "ends tasks without a log": { spoil: endless, finds: ["WRONG_END"] },
  "ends tasks without a word": { spoil: silent, finds: ["WRONG_NOTICE"] },
  "keeps what was cancelled": { spoil: stubborn, finds: ["CANCELLED_THEN_RUN"] },
  "drops what is claimed": { spoil: leaky, finds: ["LOST_PREFIX", "LOST_MIDDLE", "LOST_SUFFIX"] },
};

/** The store with the planted fault of this name; "" for none. @throws Error for another name. */
export function planted(name: string, open: OpenStore): OpenStore {
  if (name === "") return open;
  const plant = plants[name];
  if (plant === undefined) throw new Error(`no fault is called "${name}"`);
  return async (env) => {
    const store = await open(env);
    const spoilt = plant.spoil(store);
    return new Proxy(store, {
      get(target, method) {
        const value: unknown = Reflect.get(spoilt, method) ?? Reflect.get(target, method);
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };
}

function then<T, U>(value: Maybe<T>, next: (value: T) => U): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value as T);
}
