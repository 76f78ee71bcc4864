/** Verbs: how an agent can be spoken to by hand: which operations, each by which verbs. */
import type { JsonSchema, Offer } from "../../api/types.ts";

export type SendVerb = "call" | "cast" | "task";

/** What can be sent; the name of one without a contract is free. */
export interface Sendable {
  readonly name: string;
  readonly verbs: readonly SendVerb[];
  readonly isFree: boolean;
  readonly description?: string | undefined;
  readonly in?: JsonSchema | undefined;
}

const byType: Readonly<Record<string, SendVerb>> = { request: "call", task: "task", notification: "cast" };

export function sendablesOf(offer: Offer | undefined): readonly Sendable[] {
  if (offer === undefined) return [anything(["call", "cast", "task"])];
  if (offer.contract === undefined) return [anything(offer.types.flatMap((type) => byType[type] ?? []))];
  return offer.operations.flatMap(({ name, kind, description, in: input }) =>
    kind === "event"
      ? []
      : [
          {
            ...{ name, description, in: input },
            isFree: false,
            verbs: kind === "call" ? ["call", "task"] : ["cast"],
          },
        ],
  );
}

function anything(verbs: readonly SendVerb[]): Sendable {
  return { name: "", verbs: verbs.toSorted(), isFree: true };
}

/** What each verb does, in a sentence. */
export const meanings: Readonly<Record<SendVerb, string>> = {
  call: "asks, and waits for the reply",
  cast: "says it one way; it is stored, and handled when its turn comes",
  task: "hands out long work, and follows it",
};

/** An id that nobody else has; also where the page did not come over TLS. */
export function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, "0"),
  ).join("");
}
