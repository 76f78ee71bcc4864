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
