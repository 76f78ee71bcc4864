/** Absent: an agent that is not there, told without the names of others that whoever asks may not see. */
import { NoAgentError, suggestion } from "hermod";
import type { Principal } from "../auth/principal.ts";
import { EVERYTHING } from "./seen.ts";

/** Whether somebody may know that there is such an agent. */
export function maySee(principal: Principal, name: string): boolean {
  return principal.may("read", name) || principal.may("send", name);
}

/** The error as it is told to this principal; one that names nobody stays what it is. */
export function toldTo(principal: Principal, thrown: unknown): unknown {
  if (!(thrown instanceof NoAgentError) || maySee(principal, EVERYTHING)) return thrown;
  const { to, known } = thrown.details;
  if (!Array.isArray(known)) return thrown;
  const seen = (known as string[]).filter((name) => maySee(principal, name));
  if (typeof to !== "string") return new NoAgentError(thrown.message, { details: { known: seen } });
  const list = seen.slice(0, 20).join(", ") || "none";
  return new NoAgentError(`no agent "${to}".${suggestion(to, seen)} Known: ${list}`, {
    details: { to, known: seen },
  });
}
