/** `@hermod/hub`: one store for many processes, behind one port. */
export type { SystemStatus } from "./systems.ts";
export { Hub, type HubOptions } from "./hub.ts";
export type { PortLimits } from "./server/limits.ts";
export {
  demand,
  openAuth,
  rights,
  type Auth,
  type Principal,
  type PrincipalKind,
  type Right,
} from "./auth/principal.ts";
export { Audit, audited, type Act, type AuditLimits } from "./auth/audit.ts";
export { allScopes, parseScopes, type Scopes } from "./auth/scopes.ts";
export { createToken, readTokens, revokeToken, type NewToken, type TokenRecord } from "./auth/tokenfile.ts";
export { tokens, type Tokens } from "./auth/tokens.ts";
