/** Audited: principals whose special acts and refusals an audit keeps. */
import type { Audit } from "./audit.ts";
import type { Auth, Principal } from "./principal.ts";

/** The same principals, whose special acts and refusals are kept. */
export function audited(auth: Auth, audit: Audit): Auth {
  const named = new WeakMap<Principal, Principal>();
  const plain = new WeakMap<Principal, Principal>();
  const wrap = (principal: Principal): Principal => {
    const known = named.get(principal);
    if (known) return known;
    const note: Principal["note"] = (act, subject, outcome) =>
      audit.note({ principal: `${principal.kind} ${principal.name}`, act, subject, outcome });
    const wrapped: Principal = Object.freeze({ ...principal, note });
    named.set(principal, wrapped);
    plain.set(wrapped, principal);
    return wrapped;
  };
  return Object.freeze({
    isOpen: auth.isOpen,
    identify: (token: string | undefined) => {
      const principal = auth.identify(token);
      if (principal) return wrap(principal);
      audit.note({ principal: "nobody", act: "identify", subject: "", outcome: "refused" });
      return undefined;
    },
    watch: (principal: Principal, end: () => void) => auth.watch(plain.get(principal) ?? principal, end),
  });
}
