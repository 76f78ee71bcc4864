/** Observed: a store that tells of all that happens in it. A file has one owner, so whatever happens to its messages passes here. */
import type {
  Appended,
  AppendedAll,
  Claim,
  DeadLetter,
  Envelope,
  OpenStore,
  Settled,
  Settlement,
  Store,
} from "hermod";
import type { Happened } from "../api/feed.ts";

type Tell = (happened: Happened) => void;

/** Opens the store so that it tells what happens in it. */
export function observed(open: OpenStore, tell: Tell): OpenStore {
  return async (env) => {
    const died = (letter: DeadLetter): void => {
      tell(deathOf(letter));
      env.died(letter);
    };
    return toObserved(await open({ ...env, died }), tell, () => env.clock.now());
  };
}

function toObserved(store: Store, tell: Tell, now: () => number): Store {
  const stored = (envelope: Envelope): void => tell({ type: "stored", envelope });
  return {
    level: store.level,
    ...(store.file !== undefined && { file: store.file }),
    append: (envelope, fresh) =>
      then(store.append(envelope, fresh), (answer: Appended) => {
        if (answer.status === "stored") stored(envelope);
      }),
    appendAll: (envelopes) =>
      then(store.appendAll(envelopes), (answer: AppendedAll) => {
        if (answer.status !== "stored") return;
        for (const [at, each] of answer.answers.entries())
          if (each.status === "stored") stored(envelopes[at] as Envelope);
      }),
    settle: (claim, settlement, outputs, state, part) =>
      then(store.settle(claim, settlement, outputs, state, part), (answer: Settled) => {
        if (answer.status !== "settled") return;
        tell(endOf(claim, settlement, now()));
        for (const output of outputs) stored(output);
      }),
    bury: (envelope, reason, error) =>
      then(store.bury(envelope, reason, error), () =>
        tell({ type: "dead", envelope, reason, ...(error && { error: error.message }) }),
      ),
    claim: (mailbox, max, lease, out, where, beside) => store.claim(mailbox, max, lease, out, where, beside),
    extend: (claim, lease) => store.extend(claim, lease),
    load: (key) => store.load(key),
    announce: (mailbox, rule) => store.announce(mailbox, rule),
    withdraw: (mailbox) => store.withdraw(mailbox),
    directory: () => store.directory(),
    bind: (pattern, mailbox, lease) => store.bind(pattern, mailbox, lease),
    unbind: (pattern, mailbox) => store.unbind(pattern, mailbox),
    record: (id, part) => store.record(id, part),
    parts: (id, after, limit) => store.parts(id, after, limit),
    follow: (id, wake) => store.follow(id, wake),
    spend: (conversation, amounts, limits) => store.spend(conversation, amounts, limits),
    watch: (mailbox, wake) => store.watch(mailbox, wake),
    read: (query) => store.read(query),
    operate: (operation) => store.operate(operation),
    close: () => store.close(),
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
