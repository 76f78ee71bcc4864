/** Copies: a store through which every message passes as JSON text, which proves that nothing but plain data travels. */
import { fromJson, toJson } from "../core/codec.ts";
import type { Envelope } from "../core/envelope.ts";
import { fromMap, toMap } from "../core/envelopemap.ts";
import { aFunction, withMethods } from "../core/options.ts";
import type { OpenStore, Store } from "../core/store.ts";

/** The same store, given copies that went through JSON text. */
export function copies(open: OpenStore): OpenStore {
  aFunction("copies: the store", open);
  return async (env) => copying(await open(env));
}

function copying(store: Store): Store {
  withMethods("store", store, ["append", "appendAll", "settle", ...methods]);
  const target = Object.create(store) as Store;
  return Object.assign(target, bound(store), {
    level: store.level,
    append: (envelope: Envelope, fresh?: boolean) => store.append(copy(envelope), fresh),
    appendAll: (envelopes: readonly Envelope[]) => store.appendAll(envelopes.map(copy)),
    settle: (...[claim, settlement, outputs, state, part]: Parameters<Store["settle"]>) =>
      restored(store.settle(claim, settlement, outputs.map(copy), state, copyPart(part)), outputs),
    record: (id: string, part: unknown) => store.record(id, copyPart(part)),
    whenGone: store.whenGone?.bind(store),
  });
}

/** A refused output is named by the sender's own envelope, not by its copy. */
function restored(
  answer: ReturnType<Store["settle"]>,
  outputs: readonly Envelope[],
): ReturnType<Store["settle"]> {
  if (answer instanceof Promise) return answer.then((ready) => restored(ready, outputs));
  if (answer.status !== "refused") return answer;
  const own = (copied: Envelope): Envelope =>
    outputs.find(({ id, to }) => id === copied.id && to === copied.to) ?? copied;
  const { others } = answer;
  return {
    ...answer,
    output: own(answer.output),
    ...(others && { others: others.map((other) => ({ ...other, output: own(other.output) })) }),
  };
}

const methods = [
  ...["claim", "extend", "bury", "load", "announce", "withdraw", "directory", "bind", "unbind"],
  ...["record", "parts", "follow", "spend", "watch", "read", "operate", "close"],
] as (keyof Store)[];

function bound(store: Store): Partial<Store> {
  const entries = methods.map((name) => [name, (store[name] as (...all: unknown[]) => unknown).bind(store)]);
  return Object.fromEntries(entries) as Partial<Store>;
}

function copy(envelope: Envelope): Envelope {
  return fromMap(JSON.parse(JSON.stringify(toMap(envelope))));
}

function copyPart(part: unknown): unknown {
  return part === undefined ? undefined : fromJson(toJson(part));
}
