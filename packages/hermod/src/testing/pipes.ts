/** Pipe: a client and a hub in one process: what one says the other hears a hand-off later, in order, until somebody cuts it. */
import type { Clock } from "../core/clock.ts";
import type { Random } from "../core/id.ts";
import type { OpenStore, Store } from "../core/store.ts";
import { Hosting, type HostingParts } from "../remote/hosting.ts";
import { overLink } from "../remote/open.ts";
import type { Dial } from "../remote/wire.ts";

/** Connections to one hub. */
export class Pipes {
  readonly #clock: Clock;
  readonly #hosting: () => Hosting | undefined;
  readonly #open = new Set<() => void>();
  /** Connections that were made. */
  made = 0;
  /** False: whoever connects is turned away. */
  up = true;
  /** Asked before each message: true cuts its connection, and the message is lost. */
  cuts: () => boolean = () => false;
  /** Hears each message on its way. */
  overheard: (text: string) => void = () => undefined;

  constructor(clock: Clock, hosting: () => Hosting | undefined) {
    this.#clock = clock;
    this.#hosting = hosting;
  }

  /** Ends all connections; what was on its way is lost. */
  cut(): void {
    for (const end of [...this.#open]) end();
  }

  readonly dial: Dial = (ends) => {
    const defer = (run: () => void): void => this.#clock.defer(run);
    let isOpen = true;
    const soon = (run: () => void): void => defer(() => void (isOpen && run()));
    const hosting = this.up ? this.#hosting() : undefined;
    if (hosting === undefined) {
      defer(() => ends.closed("nobody listens"));
      return { send: () => undefined, close: () => undefined };
    }
    this.made++;
    const end = (): void => {
      if (!isOpen) return;
      isOpen = false;
      this.#open.delete(end);
      defer(() => (guest.gone(), ends.closed("cut")));
    };
    const carry = (hear: (text: string) => void) => (text: string) => {
      this.overheard(text);
      return this.cuts() ? end() : soon(() => hear(text));
    };
    const guest = hosting.connect({ send: carry(ends.heard), close: end });
    this.#open.add(end);
    soon(ends.opened);
    return { send: carry((text) => guest.hear(text)), close: end };
  };
}

/** A store behind a hub inside the process, whose pipes and parts a test can reach once it is opened. */
export interface Linked {
  readonly open: OpenStore;
  pipes: Pipes;
  hosting: Hosting;
  /** The hub forgets its clients, as one that was killed and started again has; its store goes on, or is another one. */
  forget: (store?: Store) => void;
}

/** No timers of its own, which a test would have to move. */
const quiet = { timeout: 5000, beat: Infinity, patience: 0 };

/** How a test links them. */
export interface Linking extends Partial<HostingParts> {
  /** Asked before each message: true cuts its connection. */
  readonly cuts?: () => boolean;
  /** Hears each message on its way. */
  readonly overheard?: (text: string) => void;
  /** How far the hub's clock is ahead of the client's, in milliseconds; default 0. */
  readonly skew?: number;
}

/** The same store behind a hub, with its client: `testSystem({ store: linked(memory()).open })`. */
export function linked(open: OpenStore, { cuts, overheard, skew = 0, ...parts }: Linking = {}): Linked {
  const hub = {
    open: async (env: Parameters<OpenStore>[0]): Promise<Store> => {
      const { clock } = env;
      const random: Random = env.random;
      const theirs = skew === 0 ? clock : ahead(clock, skew);
      const store = await open({ ...env, clock: theirs });
      hub.forget = (next = store) =>
        void (hub.hosting = new Hosting({ store: next, clock: theirs, random, ...parts }));
      hub.forget();
      hub.pipes = new Pipes(clock, () => hub.hosting);
      if (overheard) hub.pipes.overheard = overheard;
      const client = await overLink({ dial: hub.pipes.dial, where: "pipe", ...quiet })({
        ...env,
        ...(cuts && { clock: restless(clock), random: () => 0 }),
      });
      if (cuts) hub.pipes.cuts = cuts;
      return closing(client, clock, hub.hosting, async () => store.close());
    },
  } as Linked;
  return hub;
}

/** The hub ends with its only client, whose last answers it gives before. */
function closing(client: Store, clock: Clock, hosting: Hosting, end: () => Promise<void>): Store {
  let ended: Promise<void> | undefined;
  const close = async (): Promise<void> => {
    await end();
    for (let turn = 0; turn < TURNS; turn++) await new Promise<void>((go) => clock.defer(go));
    await client.close();
    hosting.close();
  };
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name);
      if (name === "close") return () => (ended ??= close());
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

/** As many as an answer takes on its way. */
const TURNS = 20;

/** A clock on which what waits no time at all is a hand-off, so that whoever connects again need not wait for a test to move it. */
function restless(clock: Clock): Clock {
  const after: Clock["after"] = (ms, run, background) => {
    if (ms > 0) return clock.after(ms, run, background);
    let isOn = true;
    clock.defer(() => void (isOn && run()));
    return () => void (isOn = false);
  };
  return { ...copyOf(clock), after };
}

/** The same clock, set forward or back. */
function ahead(clock: Clock, by: number): Clock {
  return { ...copyOf(clock), now: () => clock.now() + by };
}

function copyOf(clock: Clock): Clock {
  return {
    after: (...given) => clock.after(...given),
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    defer: (run) => clock.defer(run),
    late: (run) => clock.late(run),
    pause: (run) => clock.pause(run),
  };
}
