/**
 * Looking: the hub's store as the command line sees it: what the hub shows nobody is not shown here either. The hub says what that is, once it is
 * wanted; one that does not say hides the usual names.
 */
import {
  isNotes,
  type Answer,
  type DeadLetter,
  type DelayedMessage,
  type Envelope,
  type MessageRecord,
  type Query,
  type Store,
} from "hermod";
import { Redaction } from "../redaction.ts";
import { rest } from "./rest.ts";
import type { Settings } from "./settings.ts";

type Hub = Pick<Settings, "url" | "token">;

/** The same store, read with eyes half closed. */
export function looking(store: Store, hub: Hub): Store {
  let asked: Promise<Redaction> | undefined;
  const rules = (): Promise<Redaction> => (asked ??= redactionOf(hub));
  const read = async <Q extends Query>(query: Q): Promise<Answer<Q>> => {
    const page = await store.read(query);
    if (query.type === "counts" || query.type === "bindings" || page.items.length === 0) return page;
    const redaction = await rules();
    return { ...page, items: page.items.map((item) => shown(redaction, query.type, item)) } as Answer<Q>;
  };
  const parts = async (id: string, after: number, limit: number): Promise<readonly unknown[]> => {
    const all = await store.parts(id, after, limit);
    if (!all.some(isNotes)) return all;
    const redaction = await rules();
    return all.map((part) => (isNotes(part) ? redaction.noted(part) : part));
  };
  const own: Readonly<Record<PropertyKey, unknown>> = { read, parts };
  return new Proxy(store, {
    get: (target, name) => {
      if (Object.hasOwn(own, name)) return own[name];
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? (value as () => unknown).bind(target) : value;
    },
  });
}

function shown(redaction: Redaction, type: Query["type"], item: unknown): unknown {
  if (type === "waiting") return redaction.envelope(item as Envelope);
  if (type === "dead") return redaction.letter(item as DeadLetter);
  return type === "delayed"
    ? redaction.delayed(item as DelayedMessage)
    : redaction.record(item as MessageRecord);
}

async function redactionOf(hub: Hub): Promise<Redaction> {
  const { hides } = Object(await rest(hub, "/v1/me").catch(() => undefined)) as { readonly hides?: unknown };
  return Array.isArray(hides) ? new Redaction(hides.map(String)) : new Redaction();
}
