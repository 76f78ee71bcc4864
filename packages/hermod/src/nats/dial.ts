/** Dial: the way to a partition's owner: inside this process where it is that itself, past the broker on this machine, else over the subjects of its door. */
import type { Cancel, Clock } from "../core/clock.ts";
import { toRecord, type HermodError } from "../core/errors.ts";
import type { Hosting } from "../remote/hosting.ts";
import type { Dial, Wire, WireEnds } from "../remote/wire.ts";
import type { Broker } from "./connect.ts";
import { doorSubject } from "./names.ts";
import { through } from "./passage.ts";
import { Pipe } from "./pipe.ts";
import type { Seat } from "./roll.ts";
import { inside, Outside } from "./wires.ts";

/** What a way is found with. */
export interface WayParts {
  readonly broker: Broker;
  readonly partition: number;
  /** Who owns the partition now. */
  readonly seat: () => Seat | undefined;
  /** The hosting of this process where it owns the partition under this name. */
  readonly hosting: (name: string) => Hosting | undefined;
  readonly defer: (run: () => void) => void;
  /** A name that no other connection has had. */
  readonly nameOf: () => string;
  /** The machine's. */
  readonly clock: Pick<Clock, "monotonic" | "after">;
  /** Asks anew who owns the partition: what was heard of that leads nowhere. */
  readonly doubt: () => void;
}

/** Milliseconds between two looks for an owner that does not answer. */
const AGAIN = 50;
/** Milliseconds for which one seeks in vain before it is asked anew who the owner is. */
const VAIN = 1000;

/** The ways to one partition: one that leads to its owner of yesterday is closed. */
export class Way {
  readonly #parts: WayParts;
  readonly #open = new Set<Leading>();
  #refusal: string | undefined;
  /** When it was last asked anew who owns the partition. */
  #doubted = -Infinity;
  /** True where the last connection led past the broker, and nothing was heard on it: the next one goes over it. */
  #isMute = false;

  constructor(parts: WayParts) {
    this.#parts = parts;
  }

  /** Opens once there is an owner that answers, however long that takes. */
  readonly dial: Dial = (ends) => {
    const left = (isMute: boolean): void => {
      this.#open.delete(leading);
      this.#isMute = isMute;
    };
    const leading = new Leading(this.#parts, ends, left, this.#parts.broker.terms.direct && !this.#isMute);
    this.#open.add(leading);
    if (this.#refusal === undefined) leading.look();
    else leading.refuse(this.#refusal);
    return leading;
  };

  /** Nobody will own the partition: whoever dials is told why. */
  refuse(error: HermodError): void {
    this.#refusal = JSON.stringify([{ refused: toRecord(error) }]);
    for (const leading of [...this.#open]) leading.refuse(this.#refusal);
  }

  /** Who owns the partition may have changed. Called now and then in any case: a server may never have heard of a change, or have lost it. */
  look(): void {
    for (const leading of [...this.#open]) leading.look();
    const now = this.#parts.clock.monotonic();
    const isVain = [...this.#open].some(({ seeksSince }) => now - seeksSince >= VAIN);
    if (!isVain || now - this.#doubted < VAIN) return;
    this.#doubted = now;
    this.#parts.doubt();
  }

  /** The broker was away: what leads over it has lost what was on its way. */
  renew(): void {
    for (const leading of [...this.#open]) leading.renew();
  }
}

/** One connection, from the first look for an owner to its end. */
class Leading implements Wire {
  readonly #parts: WayParts;
  readonly #ends: WireEnds;
  readonly #left: (isMute: boolean) => void;
  readonly #isDirect: boolean;
  /** The owner that it leads to. */
  #to: string | undefined;
  #wire: Wire | undefined;
  #timer: Cancel | undefined;
  #isOver = false;
  /** True from when its owner is one of yesterday. */
  #lingers = false;
  /** Since when it leads nowhere, monotonic milliseconds; Infinity once it does. */
  seeksSince: number;

  constructor(parts: WayParts, ends: WireEnds, left: (isMute: boolean) => void, isDirect: boolean) {
    this.seeksSince = parts.clock.monotonic();
    this.#parts = parts;
    this.#ends = ends;
    this.#left = left;
    this.#isDirect = isDirect;
  }

  send(text: string): void {
    this.#wire?.send(text);
  }

  get hand(): Wire["hand"] {
    return this.#wire?.hand;
  }

  close(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#timer?.();
    this.#left(this.#wire instanceof Pipe && this.#wire.isMute);
    this.#wire?.close();
  }

  /** Says it as an owner would, a hand-off later: nothing is heard before a dial returns. */
  refuse(refusal: string): void {
    this.#parts.defer(() => void (this.#isOver || this.#ends.heard(refusal)));
  }

  look(): void {
    if (this.#isOver) return;
    const name = this.#parts.seat()?.name;
    if (this.#to !== undefined && name !== this.#to) return this.#linger();
    if (this.#to === undefined && name !== undefined) this.#connect(name);
  }

  /** An owner that ends in order has said all before, but past the broker that may be read only now. */
  #linger(): void {
    const end = (): void => this.#end("another process owns the partition now");
    if (!(this.#wire instanceof Pipe)) return end();
    if (this.#lingers) return;
    this.#lingers = true;
    // Between two timers sockets are read, however long something else has taken.
    this.#later(() => this.#later(end));
  }

  #later(run: () => void): void {
    this.#timer = this.#parts.clock.after(AGAIN, run, true);
  }

  renew(): void {
    if (this.#wire instanceof Outside) this.#end("the broker was away");
  }

  #connect(name: string): void {
    // Whoever ends closes the connection last: nothing leads anywhere any more.
    const { connection } = this.#parts.broker;
    if (connection.isClosed() || connection.isDraining()) return;
    const hosting = this.#parts.hosting(name);
    this.#to = name;
    const closed = (reason: string): void => this.#end(reason);
    const opened = (): void => ((this.seeksSince = Infinity), this.#ends.opened());
    const ends: WireEnds = { ...this.#ends, opened, closed };
    if (hosting) this.#wire = inside(hosting, ends, this.#parts.defer);
    else void this.#knock(name, ends);
  }

  async #knock(name: string, ends: WireEnds): Promise<void> {
    const { broker, partition, nameOf } = this.#parts;
    const wire = new Outside(broker, nameOf(), ends);
    this.#wire = wire;
    const invitation = await wire.knock(doorSubject(broker.terms.namespace, partition, name));
    if (this.#isOver) return;
    if (invitation !== undefined) return this.#enter(wire, invitation, ends);
    wire.drop();
    this.#wire = this.#to = undefined;
    this.#later(() => this.look());
  }

  /** By the passage where it leads from here to there, else over the broker. */
  async #enter(wire: Outside, invitation: string, ends: WireEnds): Promise<void> {
    const pipe = this.#isDirect ? await through(invitation, ends) : undefined;
    if (this.#isOver) return pipe?.close();
    if (pipe) {
      wire.drop();
      this.#wire = pipe;
    }
    ends.opened();
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.close();
    this.#ends.closed(reason);
  }
}
