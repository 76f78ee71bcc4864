/** Bind: on which addresses a hub may listen. One that everybody of a network reaches needs to know who speaks. */
import { HermodError } from "hermod";
import type { Auth } from "../auth/principal.ts";

/** Names of this machine alone. */
const loopback = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i;

/** @throws HermodError HERMOD_BAD_OPTION for an address beyond this machine without tokens. */
export function checkBind(host: string, auth: Auth): void {
  if (!auth.isOpen || loopback.test(host)) return;
  throw new HermodError(
    "HERMOD_BAD_OPTION",
    `a hub on ${JSON.stringify(host.slice(0, 100))} can be reached from other machines, and this one knows no tokens`,
    {
      details: { option: "host", received: host.slice(0, 100) },
      hint: "Make a token with hermod token create and start the hub with --tokens FILE, or listen on 127.0.0.1.",
    },
  );
}
