/** Handling: which handler of an agent takes a message, and what its contract says of it. */
import type { OperationSpec } from "../core/contract.ts";
import { isNotice, type Envelope } from "../core/envelope.ts";
import { matchesTopic } from "../core/topic.ts";
import type { Context } from "./context.ts";

/** A handler of untyped messages; for a request or task its returned value answers. */
export type TypeHandler<S> = (payload: unknown, ctx: Context<S>) => unknown;

/** A handler with the operation it belongs to. */
export interface Handling {
  /** For errors: the operation, message type or topic. */
  readonly name: string;
  readonly spec: OperationSpec | undefined;
  readonly run: TypeHandler<never>;
}

/** What is known of an agent's handlers. */
export interface Handlers {
  readonly contract: unknown;
  readonly handlers: ReadonlyMap<string, Handling>;
  readonly topics: readonly { readonly pattern: string; readonly handling: Handling | undefined }[];
}

/** The key of a typed agent's notice handler: no operation can have this name. */
export const NOTICE = "~info";

/** The handler for a message: of its topic, else of its operation or type. */
export function handlingOf(definition: Handlers, envelope: Envelope): Handling | undefined {
  const { handlers, contract } = definition;
  if (isNotice(envelope))
    return handlers.get(contract ? NOTICE : "info") ?? (contract ? undefined : handlers.get(envelope.type));
  const { topic } = envelope;
  const published = topic === undefined ? undefined : topicHandling(definition, topic);
  return published ?? handlers.get(contract ? envelope.operation : envelope.type);
}

function topicHandling({ topics }: Handlers, topic: string): Handling | undefined {
  for (const { pattern, handling } of topics)
    if (pattern === topic || matchesTopic(pattern, topic)) return handling;
  return undefined;
}
