/** Principal: who speaks to the hub, as the hub knows it, and what it may do. What it says of itself counts for nothing. */
import { HermodError } from "hermod";

/** What can be allowed, each for subjects: agents, topics, or everything. */
export const rights = ["send", "serve", "subscribe", "read", "redrive", "answer", "administer"] as const;
/**
 * "send" to an agent or topic; "serve" an agent, and speak in its name; "subscribe" to a topic; "read" the history and mailbox of an agent; "redrive"
 * or discard its dead letters; "answer" as a person; "administer" the hub.
 */
export type Right = (typeof rights)[number];

/** Systems, people and agents are principals of their own kind. */
export type PrincipalKind = "system" | "person" | "agent";

/** Who speaks. */
export interface Principal {
  readonly name: string;
  readonly kind: PrincipalKind;
  /** Whose messages it can see at all; absent where the hub has no tenants. */
  readonly tenant?: string;
  may(right: Right, subject: string): boolean;
  /** The subjects of each right, as a token says them; absent where nothing but `may` knows. */
  readonly scopes?: Readonly<Partial<Record<Right, readonly string[]>>>;
  /** Hears what it did or was refused, for the audit; absent where nobody keeps one. */
  readonly note?: (act: string, subject: string, outcome: "done" | "refused") => void;
}

/** What tells a principal from others. */
export type Named = Pick<Principal, "name" | "kind" | "tenant">;

/** What a principal of this name is called: two of one name are not the same where their tenants are not. */
export function fullName({ name, tenant }: Pick<Named, "name" | "tenant">): string {
  return tenant === undefined || name.startsWith(`${tenant}.`) ? name : `${tenant}.${name}`;
}

/** What names a principal among all: whatever belongs to it is found under this. */
export function ownerOf({ tenant = "", kind, name }: Named): string {
  return `${tenant}/${kind}/${name}`;
}

/** Acts that are kept whenever they happen; of the others the refusals. */
const kept: ReadonlySet<Right> = new Set(["redrive", "answer", "administer"]);

/** Knows who speaks. */
export interface Auth {
  /** True where nobody needs a token: on this machine alone. */
  readonly isOpen: boolean;
  /** Who has this token; undefined for nobody. Without a token, the operator of an open hub. */
  identify(token: string | undefined): Principal | undefined;
  /** Calls `end` when the principal's token is no longer good. Returns the end of that. */
  watch(principal: Principal, end: () => void): () => void;
}

/** Whose idempotency keys are a principal's: those of all its processes. On a hub without tokens there is nobody else. */
export function keysOf({ isOpen }: Auth, principal: Principal): string | undefined {
  return isOpen ? undefined : ownerOf(principal);
}

/** Demands a right for an act, by whose name the audit keeps it. @throws HermodError HERMOD_FORBIDDEN where the principal may not. */
export function demand(principal: Principal, right: Right, subject: string, act: string = right): void {
  if (principal.may(right, subject)) {
    if (kept.has(right)) principal.note?.(act, subject, "done");
    return;
  }
  principal.note?.(act, subject, "refused");
  throw new HermodError(
    "HERMOD_FORBIDDEN",
    `${principal.kind} "${principal.name}" may not ${right} "${subject.slice(0, 200)}"`,
    {
      details: { principal: principal.name, kind: principal.kind, right, subject: subject.slice(0, 200) },
    },
  );
}

/** Who has this token. @throws HermodError HERMOD_UNAUTHORIZED for nobody; the same whatever is wrong with it. */
export function identified(auth: Auth, token: string | undefined): Principal {
  const principal = auth.identify(token);
  if (principal) return principal;
  throw new HermodError("HERMOD_UNAUTHORIZED", "the hub does not know who asks");
}

const operator: Principal = Object.freeze({ name: "operator", kind: "person", may: () => true });

/** No tokens: whoever reaches the hub is its operator. For this machine alone. */
export const openAuth: Auth = Object.freeze({
  isOpen: true,
  identify: (token: string | undefined) => (token === undefined ? operator : undefined),
  watch: () => () => undefined,
});
