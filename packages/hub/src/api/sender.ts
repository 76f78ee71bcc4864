/** Sender: in whose name a principal sends. The hub writes it, whatever the request says. */
import { HermodError, type System, type Voice } from "hermod";
import { ownedKey, PEOPLE } from "hermod/remote";
import { demand, keysOf, type Auth, type Principal } from "../auth/principal.ts";
import { subjectOf } from "./seen.ts";

/** What a principal is called as a sender: a person by the address of people, so that it is never taken for the agent of its name. */
export function addressOf({ kind, name }: Principal): string {
  return kind === "person" ? `${PEOPLE}/${name}` : name;
}

/** The address that a principal sends from: its own, or that of an agent which it serves as a system. @throws HermodError HERMOD_FORBIDDEN. */
export function senderOf(principal: Principal, from: string | undefined): string {
  const own = addressOf(principal);
  if (from === undefined || from === own) return own;
  if (principal.kind === "system") {
    demand(principal, "serve", subjectOf(from));
    return from;
  }
  const { name, kind } = principal;
  throw new HermodError("HERMOD_FORBIDDEN", `${kind} "${name}" sends as itself, not as "${from}"`, {
    details: { principal: name, kind, from },
    hint: "Leave `from` out: the hub writes the sender. Only a system speaks for the agents that it serves.",
  });
}

/** The idempotency key as it is stored: nobody else repeats anything by it, or is given anything of its answer. */
export function keyOf(auth: Auth, principal: Principal, key: string): string {
  const owner = keysOf(auth, principal);
  return owner === undefined ? key : ownedKey(owner, key);
}

/** Whether a principal sent this, as itself or for an agent that it serves. */
export function isSender(principal: Principal, from: string): boolean {
  if (from === addressOf(principal)) return true;
  return principal.kind === "system" && principal.may("serve", subjectOf(from));
}

/** Where answers may go that a principal names: to itself, or to a mailbox that it serves. @throws HermodError HERMOD_FORBIDDEN. */
export function replyToOf(principal: Principal, replyTo: string): string {
  if (replyTo !== principal.name || principal.kind === "person")
    demand(principal, "serve", subjectOf(replyTo));
  return replyTo;
}

/** The verbs in the name of whoever asks. */
export function voiceOf(system: System, principal: Principal, from: string | undefined): Voice {
  return system.as(senderOf(principal, from));
}
