/** Look-ups: what a guard asks the store before it lets a request pass. */
import type { Filter, Maybe, Store } from "hermod";

/** What matters of a message. */
export interface Letter {
  readonly from: string;
  readonly to?: string;
  readonly topic?: string;
  readonly conversationId?: string;
}

/** Goes on with a value that may still be on its way. */
export function onwards<T, U>(value: Maybe<T>, next: (value: T) => U): Maybe<U> {
  return value instanceof Promise ? value.then(next) : next(value as T);
}

/** The message of an item of an answer. */
export function envelopeOf(item: unknown): Letter | undefined {
  if (typeof item !== "object" || item === null) return undefined;
  const { envelope = item } = item as { readonly envelope?: unknown };
  return typeof (envelope as Letter).from === "string" ? (envelope as Letter) : undefined;
}

const is = (field: string, value: string): Filter => [{ field, operator: "is", value, negated: false }];

/** The messages that have this id: one for each recipient. */
export function messagesOf(store: Store, id: string): Maybe<readonly Letter[]> {
  const page = store.read({ type: "history", where: is("id", id), limit: 100 });
  return onwards(page, ({ items }) => items.map(({ envelope }) => envelope as Letter));
}

/** Messages of a conversation that are looked at to find whose it is. */
const LOOKED_AT = 1000;

/** Whose a conversation is, as far as its first messages show. */
export function conversationIs(
  store: Store,
  conversation: string,
  isOwn: (letter: Letter) => boolean,
): Maybe<"own" | "foreign" | "new"> {
  return onwards(store.read({ type: "history", conversation, limit: LOOKED_AT }), ({ items }) => {
    if (items.length === 0) return "new";
    return items.some(({ envelope }) => isOwn(envelope as Letter)) ? "own" : "foreign";
  });
}

/** The one message that a filter means, where it means one. */
export function idIn(where: unknown): string | undefined {
  if (!Array.isArray(where)) return undefined;
  const term = where.find((each) => Object(each).field === "id") as Filter[number] | undefined;
  const isOne = term?.operator === "is" && term.negated === false;
  return isOne && typeof term.value === "string" ? term.value : undefined;
}

const usual: Readonly<Record<string, unknown>> = {
  order: "priority",
  keyBy: "none",
  slots: 1,
  overflow: "reject",
};

/** True for the rule of a mailbox that nobody has given one; what has no end is left out. */
export function isDefaultRule(rule: unknown): boolean {
  if (typeof rule !== "object" || rule === null) return false;
  return Object.entries(rule).every(([name, value]) => Object.hasOwn(usual, name) && usual[name] === value);
}

/** Whose state it is: the key is the address of an agent or instance, or an agent and a conversation. */
export function stateOwner(key: unknown): unknown {
  return typeof key === "string" ? key.split(" ")[0] : key;
}
