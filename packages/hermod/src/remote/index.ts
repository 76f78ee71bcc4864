/** `hermod/remote`: a store behind a hub, for Node and browsers, and what a hub is made of. */
export { overLink, type RemoteTerms } from "./open.ts";
export { Hosting, type Admission, type Guest, type HostingParts } from "./hosting.ts";
export { sessionLimits, type SessionLimits } from "./limits.ts";
export type { Guard, Holding, Sieve } from "./guard.ts";
export type { Session } from "./session.ts";
export type { Dial, Wire, WireEnds } from "./wire.ts";
export { MOST_MESSAGE, PROTOCOL, operations, type Frame, type Hello, type Op } from "./protocol.ts";
export { remote, type RemoteOptions } from "./remote.ts";
export { fromJson, toJson } from "../core/codec.ts";
export { ownedKey } from "../core/dedupe.ts";
export { matches, type Subject } from "../core/filter.ts";
export { isInquiry } from "../core/envelope.ts";
export { isSystemAddress, mailboxOf, personOf, PEOPLE, SCHEDULES } from "../core/address.ts";
export { withoutSecrets } from "../core/secrets.ts";
export { seenPage } from "./seen.ts";
