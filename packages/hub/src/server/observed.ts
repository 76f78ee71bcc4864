/** Observed: a store that tells of all that happens in it. A file has one owner, so whatever happens to its messages passes here. */
import {
  isNotes,
  type Appended,
  type AppendedAll,
  type Claim,
  type DeadLetter,
  type Envelope,
  type Notes,
  type OpenStore,
  type Settled,
  type Settlement,
  type Store,
} from "hermod";
import type { Happened } from "../api/feed.ts";

/** One that may not answer. */
type Mortal = Store & Required<Pick<Store, "whenGone">>;

type Tell = (happened: Happened) => void;
/** Hears what was noted of a message. */
type Noted = (notes: Notes) => void;

/** Opens the store so that it tells what happens in it. */
export function observed(open: OpenStore, tell: Tell, noted: Noted = () => undefined): OpenStore {
  return async (env) => {
    const died = (letter: DeadLetter): void => {
      tell(deathOf(letter));
      env.died(letter);
    };
    return toObserved(await open({ ...env, died }), { tell, noted, now: () => env.clock.now() });
  };
}

interface Ears {
  readonly tell: Tell;
  readonly noted: Noted;
  readonly now: () => number;
}

/** What brings news is listened to; all else is the store's own. */
function toObserved(store: Store, { tell, noted, now }: Ears): Store {
  return {
    ...plain(store),
    ...ofIntake(store, tell),
    ...ofOutcomes(store, tell, now),
    ...ofNotes(store, noted),
  };
}

/** What is said of the work. Parts come by the thousand: only notes wait for their answer. */
function ofNotes(store: Store, noted: Noted): Pick<Store, "record"> {
  return {
    record: (id, part) => {
      const recorded = store.record(id, part);
      return isNotes(part) ? then(recorded, () => noted(part)) : recorded;
    },
  };
}

/** What comes in. */
function ofIntake(store: Store, tell: Tell): Pick<Store, "append" | "appendAll"> {
  return {
    append: (envelope, fresh) =>
      then(store.append(envelope, fresh), (answer: Appended) => {
        if (answer.status === "stored") tell({ type: "stored", envelope });
      }),
    appendAll: (envelopes) =>
      then(store.appendAll(envelopes), (answer: AppendedAll) => {
        if (answer.status !== "stored") return;
        for (const [at, each] of answer.answers.entries())
          if (each.status === "stored") tell({ type: "stored", envelope: envelopes[at] as Envelope });
      }),
  };
}

/** What becomes of it, and what follows from that. */
function ofOutcomes(store: Store, tell: Tell, now: () => number): Pick<Store, "settle" | "bury"> {
  return {
    settle: (claim, settlement, outputs, state, part) =>
      then(store.settle(claim, settlement, outputs, state, part), (answer: Settled) => {
        if (answer.status !== "settled") return;
        tell(endOf(claim, settlement, now()));
        for (const envelope of outputs) tell({ type: "stored", envelope });
      }),
    bury: (envelope, reason, error) =>
      then(store.bury(envelope, reason, error), () =>
        tell({ type: "dead", envelope, reason, ...(error && { error: error.message }) }),
      ),
  };
}

/** What is asked of the store as it is. */
function plain(store: Store): Omit<Store, "append" | "appendAll" | "settle" | "bury" | "record"> {
  return { ...ofPlace(store), ...ofMailboxes(store), ...ofRecords(store) };
}

function ofPlace(
  store: Store,
): Pick<Store, "level" | "file" | "bounds" | "clock" | "tag" | "served" | "whenGone" | "close"> {
  return {
    level: store.level,
    ...(store.file !== undefined && { file: store.file }),
    ...(store.bounds && { bounds: store.bounds }),
    ...(store.clock && { clock: store.clock }),
    ...(store.tag !== undefined && { tag: store.tag }),
    ...(store.whenGone && { whenGone: (patience, gone) => (store as Mortal).whenGone(patience, gone) }),
    served: (hub) => store.served?.(hub),
    close: () => store.close(),
  };
}

type OfMailboxes = "claim" | "extend" | "announce" | "withdraw" | "directory" | "bind" | "unbind" | "watch";

function ofMailboxes(store: Store): Pick<Store, OfMailboxes> {
  return {
    claim: (mailbox, max, lease, out, where, beside, stand) =>
      store.claim(mailbox, max, lease, out, where, beside, stand),
    extend: (claim, lease) => store.extend(claim, lease),
    announce: (...given) => store.announce(...given),
    withdraw: (mailbox) => store.withdraw(mailbox),
    directory: () => store.directory(),
    bind: (pattern, mailbox, lease) => store.bind(pattern, mailbox, lease),
    unbind: (pattern, mailbox) => store.unbind(pattern, mailbox),
    watch: (mailbox, wake) => store.watch(mailbox, wake),
  };
}

type OfRecords = "load" | "parts" | "follow" | "spend" | "read" | "operate";

function ofRecords(store: Store): Pick<Store, OfRecords> {
  return {
    load: (key) => store.load(key),
    parts: (id, after, limit) => store.parts(id, after, limit),
    follow: (id, wake) => store.follow(id, wake),
    spend: (conversation, amounts, limits) => store.spend(conversation, amounts, limits),
    read: (query) => store.read(query),
    operate: (operation) => store.operate(operation),
  };
}

/** The answer as it comes, once it was looked at: what is there at once stays so. */
function then<T>(answer: T | Promise<T>, look: (ready: T) => void): T | Promise<T> {
  if (answer instanceof Promise) return answer.then((ready) => (look(ready), ready));
  look(answer);
  return answer;
}

function endOf(
  { envelope, mailbox, attempt, startedAt }: Claim,
  settlement: Settlement,
  now: number,
): Happened {
  const { type: outcome } = settlement;
  const why = {
    took: Math.max(0, now - startedAt),
    ...(outcome === "dead" && { reason: settlement.reason }),
    ...("error" in settlement && { error: settlement.error.message }),
  };
  return { type: outcome === "dead" ? "dead" : "settled", envelope, mailbox, attempt, outcome, ...why };
}

function deathOf({ envelope, mailbox, reason, error }: DeadLetter): Happened {
  return {
    type: "dead",
    envelope,
    reason,
    ...(mailbox && { mailbox }),
    ...(error && { error: error.message }),
  };
}
