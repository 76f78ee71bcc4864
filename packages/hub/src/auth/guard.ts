/** Guard: what a principal may do with the store itself, request by request. */
import type { Guard } from "hermod/remote";
import type { Principal } from "./principal.ts";

/** What a client of the store may do in the name of its principal. */
export function guardOf(_principal: Principal): Guard {
  return () => undefined;
}
