/** Open: a remote store over any wire. */
import type { Clock } from "../core/clock.ts";
import type { OpenStore } from "../core/store.ts";
import { RemoteStore } from "./client.ts";
import { HubClock } from "./hubclock.ts";
import { hub, Link, type Peer } from "./link.ts";
import { MOST_MESSAGE } from "./protocol.ts";
import type { Dial } from "./wire.ts";

/** How a hub is reached. */
export interface RemoteTerms {
  readonly dial: Dial;
  /** Where the other side is. */
  readonly where: string;
  /** What the other side is in errors, and what to do about it; default a hub. */
  readonly peer?: Peer;
  readonly token?: string | undefined;
  readonly client?: string | undefined;
  /** How long the first answer may take, in milliseconds. */
  readonly timeout: number;
  /** How often a silent hub is asked whether it is there, in milliseconds; Infinity for never. */
  readonly beat: number;
  /** How long a close waits for the answers that are under way, in milliseconds. */
  readonly patience: number;
  /** Most bytes of a message; default what a hub takes. Infinity where the wire carries any in pieces. */
  readonly most?: number;
  /** How long a hub must have been gone before nobody waits for it at an end, in milliseconds: it may only move; default 0. */
  readonly moment?: number;
  /** By which silence is measured; default the system's clock. */
  readonly pulse?: Clock;
}

/** A store behind a hub. @throws HermodError, when it is opened, HERMOD_UNREACHABLE, or what the hub refuses the client with. */
export function overLink({
  dial,
  where,
  peer = hub,
  token,
  client,
  timeout,
  beat,
  patience,
  most = MOST_MESSAGE,
  moment = 0,
  pulse,
}: RemoteTerms): OpenStore {
  return async ({ clock: own, random, voided = () => undefined }) => {
    const clock = new HubClock(own);
    const hello = { ...(token !== undefined && { token }), ...(client !== undefined && { client }) };
    let store: RemoteStore | undefined;
    const link = new Link({
      ...{ dial, clock, random, hello, where, peer, beat, most },
      pulse: pulse ?? clock,
      renew: () => store?.renew(),
      heard: (frame) => store?.hear(frame),
    });
    const { level, tag } = await link.opened(timeout);
    const name = `hub ${where}: ${level.name}`;
    return (store = new RemoteStore({
      link,
      clock,
      patience,
      moment,
      voided,
      tag,
      level: { ...level, name },
    }));
  };
}
