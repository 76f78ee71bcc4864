/** `@hermod/hub`: one store for many processes, behind one port. */
export type { SystemStatus } from "./systems.ts";
export { Hub, type HubOptions } from "./hub.ts";
export { secretNames } from "./redaction.ts";
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
export { Audit, type Act, type AuditLimits } from "./auth/audit.ts";
export { audited } from "./auth/audited.ts";
export { allScopes, parseScopes, type Scopes } from "./auth/scopes.ts";
export {
  createToken,
  readTokens,
  revokeToken,
  rotateToken,
  type NewToken,
  type Rotated,
  type TokenRecord,
} from "./auth/tokenfile.ts";
export type { ConfigLine } from "./config.ts";
export { tokens, type Tokens } from "./auth/tokens.ts";
