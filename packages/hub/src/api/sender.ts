/** Sender: in whose name a principal sends. The hub writes it, whatever the request says. */
import { HermodError, type System, type Voice } from "hermod";
import { ownedKey } from "hermod/remote";
import { demand, keysOf, type Auth, type Principal } from "../auth/principal.ts";
import { subjectOf } from "./shown.ts";

/** The name that a principal sends under: its own, or that of an agent which it serves as a system. @throws HermodError HERMOD_FORBIDDEN. */
export function senderOf(principal: Principal, from: string | undefined): string {
  if (from === undefined || from === principal.name) return principal.name;
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
  if (from === principal.name) return true;
  return principal.kind === "system" && principal.may("serve", subjectOf(from));
}

/** The verbs in the name of whoever asks. */
export function voiceOf(system: System, principal: Principal, from: string | undefined): Voice {
  return system.as(senderOf(principal, from));
}
