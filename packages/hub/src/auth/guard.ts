/**
 * Guard: what a principal may do with the store itself, request by request. Each operation has its rule here, and what a client says of itself
 * counts for nothing: a message comes from an agent that its principal serves, or from a system of its own.
 */
import { HermodError, type Maybe } from "hermod";
import type { Admission, Frame, Guard, Holding, Op, Sieve } from "hermod/remote";
import { Asker } from "./asker.ts";
import { Desks } from "./desks.ts";
import { checkLetter } from "./letters.ts";
import { stateOwner } from "./lookups.ts";
import { checkSettlement } from "./settlements.ts";
import { identified, keysOf, ownerOf, type Auth, type Principal } from "./principal.ts";

type Rule = (asker: Asker, frame: Frame, held: Holding) => Maybe<Sieve | undefined | void>;

/** What each operation demands: its right, and of what. */
export const rules: Readonly<Record<Op, Rule>> = {
  append: (asker, { envelope }, held) => checkLetter(asker, envelope, held),
  appendAll: (asker, { envelopes }, held) => asker.all(envelopes, (each) => checkLetter(asker, each, held)),
  bury: (asker, { envelope }, held) => checkLetter(asker, envelope, held),
  settle: checkSettlement,
  claim: (asker, { mailbox, where }, held) => asker.takes(mailbox, where, held),
  extend: () => undefined,
  announce: (asker, { mailbox, rule }, held) => asker.opens(mailbox, rule, held),
  withdraw: () => undefined,
  watch: (asker, { mailbox }) => asker.serves(mailbox),
  unwatch: () => undefined,
  load: (asker, { key }) => asker.serves(stateOwner(key)),
  directory: (asker) => (asker.isFree ? undefined : (address) => asker.sees(address as string)),
  bind: (asker, frame) => asker.binds(frame),
  unbind: (asker, frame) => asker.binds(frame),
  record: (asker, { id, part }, held) => asker.records(id, part, held),
  parts: (asker, { id }, held) => asker.follows(id, held),
  follow: (asker, { id }, held) => asker.mayFollow(id, held),
  unfollow: () => undefined,
  spend: (asker, { conversation }, held) => asker.spends(conversation, held),
  read: (asker, { query }) => asker.reads(query),
  operate: (asker, { operation }) => asker.operates(operation),
};

/** What a client of the store may do in the name of its principal. */
export function guardOf(principal: Principal, desks: Desks = new Desks(undefined, false)): Guard {
  const asker = new Asker(principal, desks);
  return (op, frame, held) => rules[op](asker, frame, held);
}

/** How a client comes in: as whom its token names, and until that token is no longer good. */
export function admit(auth: Auth, token: string | undefined, desks: Desks): Admission {
  const principal = identified(auth, token);
  const end = (tell: (error: HermodError) => void) => (): void =>
    tell(new HermodError("HERMOD_UNAUTHORIZED", "the hub does not know who asks"));
  return {
    owner: ownerOf(principal),
    guard: guardOf(principal, desks),
    tag: desks.tagFor(principal),
    keys: keysOf(auth, principal),
    watch: (tell) => auth.watch(principal, end(tell)),
  };
}
