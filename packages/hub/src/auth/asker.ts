/** Asker: one principal at the store: what it may do with a mailbox, a message, a conversation, an answer. */
import { HermodError, type Address, type Maybe } from "hermod";
import {
  isSystemAddress,
  mailboxOf,
  PEOPLE,
  SCHEDULES,
  personOf,
  type Frame,
  type Holding,
  type Sieve,
} from "hermod/remote";
import { demand, rights, type Principal } from "./principal.ts";
import type { Desks } from "./desks.ts";
import {
  conversationIs,
  envelopeOf,
  idIn,
  isDefaultRule,
  messagesOf,
  onwards,
  type Letter,
} from "./lookups.ts";

/** Conversations that are known to be its own; the oldest are forgotten. */
const MOST_KNOWN = 10_000;
const SEND = "send" as const;
const nothing: Sieve = () => false;

export class Asker {
  readonly principal: Principal;
  /** True for one that may do everything: nothing is looked up for it. */
  readonly isFree: boolean;
  readonly #isOwnDesk: (desk: string) => boolean;
  readonly #known = new Set<string>();

  constructor(principal: Principal, desks: Desks) {
    this.principal = principal;
    this.isFree = principal.tenant === undefined && rights.every((right) => principal.may(right, "*"));
    this.#isOwnDesk = desks.of(principal);
  }

  // Who it is

  /** True where it may speak in the name of this address: an agent that it serves, a system of its own, a person that it answers as. */
  speaks(address: unknown): boolean {
    if (typeof address !== "string") return false;
    const mailbox = mailboxOf(address as Address);
    if (mailbox === PEOPLE) return address !== PEOPLE && this.#answers(personOf(address as Address));
    if (isDesk(mailbox)) return this.#isOwnDesk(mailbox);
    return this.principal.may("serve", mailbox);
  }

  #answers(person: string): boolean {
    return this.principal.kind === "person" && this.principal.may("answer", person);
  }

  /** @throws HermodError HERMOD_FORBIDDEN where it may not speak in the name of this address. */
  asSender(address: unknown): void {
    if (!this.speaks(address)) this.refuse("serve", address);
  }

  /** @throws HermodError HERMOD_FORBIDDEN for a mailbox from which it may take nothing. */
  serves(mailbox: unknown): void {
    if (mailbox === PEOPLE && this.#answers("*")) return;
    if (mailbox === PEOPLE || !this.speaks(mailbox)) this.refuse("serve", mailbox);
  }

  /** @throws HermodError HERMOD_FORBIDDEN, always. */
  refuse(right: string, subject: unknown): never {
    const { name, kind, note } = this.principal;
    const named = typeof subject === "string" ? subject.slice(0, 200) : typeof subject;
    note?.(right, named, "refused");
    throw new HermodError("HERMOD_FORBIDDEN", `${kind} "${name}" may not ${right} "${named}"`, {
      details: { principal: name, kind, right, subject: named },
    });
  }

  /** @throws HermodError HERMOD_FORBIDDEN where it may not send there. */
  sends(subject: unknown): void {
    if (typeof subject === "string") demand(this.principal, SEND, mailboxOr(subject));
  }

  // What it sees

  /** True for an address that it may know of. */
  sees(address: string): boolean {
    const mailbox = mailboxOf(address as Address);
    if (isDesk(mailbox)) return this.#isOwnDesk(mailbox);
    if (mailbox.startsWith("~")) return true;
    return rights.some((right) => this.principal.may(right, mailbox));
  }

  /** True for a message that it sent, got, or may read. */
  isParty({ from, to, topic }: Letter, mailbox?: string): boolean {
    const ends = [from, to, mailbox].filter((end) => end !== undefined);
    if (ends.some((end) => this.speaks(end) || this.principal.may("read", mailboxOr(end)))) return true;
    return topic !== undefined && this.principal.may("read", topic);
  }

  reads(query: unknown): Sieve | undefined {
    if (this.isFree) return undefined;
    const { type, topic } = Object(query) as Frame;
    // Whoever publishes must know to whom it goes.
    if (type === "bindings" && typeof topic === "string") return void demand(this.principal, SEND, topic);
    if (type === "deaths") return void demand(this.principal, "read", "*");
    if (type === "counts" || type === "bindings")
      return (item) => this.sees((item as { readonly mailbox: string }).mailbox);
    return (item) => {
      const letter = envelopeOf(item);
      return letter !== undefined && this.isParty(letter, (item as { readonly mailbox?: string }).mailbox);
    };
  }

  // What it takes

  /** A mailbox of its own; a single message that it sent and takes back, or that waits for a person that it answers as. */
  takes(mailbox: unknown, where: unknown, held: Holding): Maybe<void> {
    if (mailbox !== PEOPLE && this.speaks(mailbox)) return;
    if (mailbox === PEOPLE && this.#answers("*")) return;
    const id = idIn(where);
    if (id === undefined) this.refuse("serve", mailbox);
    return onwards(messagesOf(held.store, id), (letters) => {
      const isOwn = letters.every(
        ({ from, to }) => this.speaks(from) || (to !== undefined && this.speaks(to)),
      );
      if (!isOwn || (letters.length === 0 && !this.principal.may(SEND, String(mailbox))))
        this.refuse("serve", mailbox);
    });
  }

  /** Whoever may send to somebody that is not there yet may let a mailbox wait for them. */
  opens(mailbox: unknown, rule: unknown, held: Holding): Maybe<void> {
    if (mailbox === PEOPLE && isDefaultRule(rule)) return;
    if (mailbox !== PEOPLE && this.speaks(mailbox)) return;
    if (mailbox === PEOPLE || typeof mailbox !== "string" || isDesk(mailbox) || !isDefaultRule(rule))
      this.refuse("serve", mailbox);
    if (!this.principal.may(SEND, mailbox)) this.refuse("serve", mailbox);
    return onwards(held.store.directory(), (known) => {
      if ((known as readonly string[]).includes(mailbox)) this.refuse("serve", mailbox);
    });
  }

  binds({ pattern, mailbox, op }: Frame): void {
    this.serves(mailbox);
    if (op !== "unbind" && typeof pattern === "string") demand(this.principal, "subscribe", pattern);
  }

  /** The parts of its own work; of what it sent only that it wants it to end, or that it has ended before it began. */
  records(id: unknown, part: unknown, held: Holding): Maybe<void> {
    if (this.isFree || typeof id !== "string" || held.isHeld(id)) return;
    return onwards(messagesOf(held.store, id), (letters) => {
      if (letters.some(({ to }) => to !== undefined && this.speaks(to))) return;
      const { type, state } = Object(part) as Frame;
      const isWish = type === "cancel" || (type === "end" && state === "cancelled");
      if (isWish && letters.some(({ from }) => this.speaks(from))) return;
      const isAgain =
        type === "again" && letters.some(({ to }) => this.principal.may("redrive", mailboxOr(to)));
      if (!isAgain) this.refuse("serve", id);
    });
  }

  /** What is not its own looks as if it were not there. */
  follows(id: unknown, held: Holding): Maybe<Sieve | undefined> {
    return onwards(this.#isKnown(id, held), (isKnown) => (isKnown ? undefined : nothing));
  }

  mayFollow(id: unknown, held: Holding): Maybe<void> {
    return onwards(this.#isKnown(id, held), (isKnown) => {
      if (!isKnown) this.refuse("read", id);
    });
  }

  #isKnown(id: unknown, held: Holding): Maybe<boolean> {
    if (this.isFree || typeof id !== "string" || held.isHeld(id)) return true;
    return onwards(messagesOf(held.store, id), (letters) => letters.some((letter) => this.isParty(letter)));
  }

  /** @throws HermodError HERMOD_FORBIDDEN for what it did not send. */
  cancels(id: unknown, held: Holding): Maybe<void> {
    if (this.isFree || typeof id !== "string") return;
    return onwards(messagesOf(held.store, id), (letters) => {
      if (!letters.every(({ from, to }) => this.speaks(from) || (to !== undefined && this.speaks(to))))
        this.refuse("cancel", id);
    });
  }

  /** A conversation that it takes part in, or that nobody has begun. */
  spends(conversation: unknown, held: Holding): Maybe<void> {
    if (this.isFree || typeof conversation !== "string" || this.#known.has(conversation)) return;
    return onwards(
      conversationIs(held.store, conversation, (letter) => this.isParty(letter)),
      (is) => {
        if (is === "foreign") this.refuse("spend", conversation);
        if (this.#known.size >= MOST_KNOWN) this.#known.clear();
        if (is === "own") this.#known.add(conversation);
      },
    );
  }

  operates(operation: unknown): void {
    const { type, id, mailbox } = Object(operation) as Frame;
    if (type === "remove") return this.serves(mailbox);
    if (type === "compact") return demand(this.principal, "administer", "*", "compact");
    if (type === "hasten" || type === "cancel")
      return demand(this.principal, "redrive", mailboxOr(String(mailbox)), String(type));
    // The name of a dead letter ends with the place where it died; which `@` divides them only the store knows.
    const places = String(id).split("@");
    for (let at = 1; at < places.length; at++)
      demand(this.principal, "redrive", mailboxOr(places.slice(at).join("@")));
    if (places.length === 1) demand(this.principal, "redrive", "*");
  }

  /** Each of a list, one after the other. */
  all(list: unknown, check: (item: unknown) => Maybe<void>): Maybe<void> {
    if (!Array.isArray(list)) return;
    const waits = list.map(check).filter((wait) => wait !== undefined);
    return waits.length === 0 ? undefined : Promise.all(waits).then(() => undefined);
  }
}

/** True for the address of a system, which is a desk of its owner. */
export function isDesk(mailbox: string): boolean {
  return mailbox.startsWith("~") && mailbox !== PEOPLE && mailbox !== SCHEDULES && isSystemAddress(mailbox);
}

/** What a right is for: the mailbox, but each person, whose mailbox all share. */
function mailboxOr(address: string | undefined): string {
  if (address === undefined) return "*";
  const mailbox = mailboxOf(address as Address);
  return mailbox === PEOPLE ? address : mailbox;
}
