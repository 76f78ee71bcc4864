/**
 * A queue that does everything right, run by chance: senders, two mailboxes, transactional handlers, crashes, leases, calls. Its
 * histories hold no fault, whatever the draws are.
 */
import { Tape } from "./tape.test.kit.ts";
import { pick, type Draw } from "../random.ts";
import type { Event } from "./event.ts";

interface Message {
  readonly id: string;
  readonly order: number;
}
interface Claim {
  readonly message: Message;
  readonly mailbox: string;
  readonly token: number;
  /** The ack was asked for; committed or not, nobody knows yet. */
  acking?: { readonly isCommitted: boolean };
}

const mailboxes = ["box", "ledger"] as const;

/** A random history of about `steps` moves, with all worked off at its end. */
export function correctRun(draw: Draw, steps: number): readonly Event[] {
  const queue = new Queue(draw);
  for (let step = 0; step < steps; step++) queue.move();
  return queue.drained();
}

class Queue {
  readonly #tape = new Tape();
  readonly #draw: Draw;
  readonly #waiting = new Map<string, Message[]>(mailboxes.map((name) => [name, []]));
  readonly #retried = new Set<string>();
  readonly #state: string[] = [];
  readonly #asked = new Map<string, number>();
  #claims: Claim[] = [];
  #count = 0;
  #token = 0;

  constructor(draw: Draw) {
    this.#draw = draw;
  }

  move(): void {
    const [send, claim, finish] = [() => this.#send(), () => this.#claim(), () => this.#finish()];
    const usual = [send, send, claim, claim, finish, finish, () => this.#answer()];
    const held = [() => this.#expire(), () => this.#crash(), () => this.#purge()];
    const rare = [...held, () => this.#read(), () => this.#call(), () => this.#idle()];
    pick(this.#draw, this.#draw(10) < 8 ? usual : rare)();
  }

  drained(): readonly Event[] {
    for (let left = true; left;) {
      for (const claim of [...this.#claims]) this.#complete(claim);
      left = mailboxes.some((name) => this.#hand(name));
    }
    this.#tape.read("k", [...this.#state]).idle();
    return this.#tape.events;
  }

  #send(): void {
    const id = `m${++this.#count}`;
    const to = this.#draw(4) === 0 ? [...mailboxes] : [mailboxes[this.#draw(2)] as string];
    const outcome = (["ok", "ok", "ok", "info", "fail", "none"] as const)[this.#draw(6)] as "ok";
    const stored = outcome === "ok" || ((outcome as string) !== "fail" && this.#draw(2) === 0);
    this.#tape.sent(id, {
      sender: `s${this.#draw(2)}`,
      to,
      phases: (outcome as string) === "none" ? ["invoke"] : ["invoke", outcome],
    });
    if (stored) for (const mailbox of to) this.#put(mailbox, { id, order: this.#count });
  }

  /** In its old place. */
  #put(mailbox: string, message: Message): void {
    const line = this.#waiting.get(mailbox) as Message[];
    line.push(message);
    line.sort((a, b) => a.order - b.order);
  }

  #claim(): void {
    this.#hand(mailboxes[this.#draw(2)] as string);
  }

  #hand(mailbox: string): boolean {
    const message = this.#waiting.get(mailbox)?.shift();
    if (message === undefined) return false;
    const token = ++this.#token;
    this.#claims.push({ message, mailbox, token });
    this.#tape.handled(message.id, token, { mailbox });
    return true;
  }

  #finish(): void {
    const claim = this.#claims[this.#draw(Math.max(1, this.#claims.length))];
    if (claim === undefined) return;
    if (claim.acking !== undefined || this.#draw(3) > 0) return this.#complete(claim);
    const { id, mailbox, token } = { ...claim, id: claim.message.id };
    if (this.#draw(2) === 0) return this.#begin(claim);
    if (this.#draw(3) === 0) this.#end(claim, "dead-lettered");
    else {
      for (const phase of ["invoke", "ok"] as const)
        this.#tape.note({ kind: "returned", phase, id, mailbox, token });
      this.#back(claim);
    }
  }

  /** Asks for the ack; its answer comes later, or never. */
  #begin(claim: Claim): void {
    const { mailbox, token, message } = claim;
    const key = mailbox === "ledger" ? { key: "k" } : {};
    if (mailbox === "ledger")
      this.#tape.sent(`${message.id}.out`, {
        sender: "ledger",
        cause: { id: message.id, mailbox },
        phases: ["invoke"],
      });
    this.#tape.acked(message.id, token, { mailbox, phases: ["invoke"], ...key });
    claim.acking = { isCommitted: this.#draw(2) === 0 };
    if (claim.acking.isCommitted) this.#commit(claim);
  }

  #commit({ message, mailbox }: Claim): void {
    if (mailbox !== "ledger") return;
    this.#state.push(message.id);
    this.#put("box", { id: `${message.id}.out`, order: ++this.#count });
  }

  #complete(claim: Claim): void {
    if (claim.acking === undefined) this.#begin(claim);
    const { message, mailbox, token, acking } = claim;
    if (acking?.isCommitted !== true && this.#draw(4) === 0) return this.#undo(claim);
    if (acking?.isCommitted !== true) this.#commit(claim);
    this.#drop(claim);
    const key = mailbox === "ledger" ? { key: "k" } : {};
    this.#tape.acked(message.id, token, { mailbox, phases: ["ok"], ...key });
    if (mailbox === "ledger")
      this.#tape.sent(`${message.id}.out`, {
        sender: "ledger",
        cause: { id: message.id, mailbox },
        phases: ["ok"],
      });
  }

  #undo(claim: Claim): void {
    const { message, mailbox, token } = claim;
    this.#tape.acked(message.id, token, { mailbox, phases: ["fail"] });
    this.#back(claim);
  }

  #back(claim: Claim): void {
    this.#drop(claim);
    this.#retried.add(claim.message.id);
    this.#put(claim.mailbox, claim.message);
  }

  #drop(claim: Claim): void {
    this.#claims = this.#claims.filter((other) => other !== claim);
  }

  #end(claim: Claim, kind: "dead-lettered"): void {
    this.#drop(claim);
    const { message, mailbox, token } = claim;
    for (const phase of ["invoke", "ok"] as const)
      this.#tape.note({ kind, phase, id: message.id, mailbox, token });
  }

  #purge(): void {
    const message = this.#waiting.get("box")?.shift();
    if (message) this.#tape.ended(this.#draw(2) === 0 ? "purged" : "expired", message.id);
  }

  #expire(): void {
    const claim = this.#claims.find(({ acking }) => acking === undefined);
    if (claim === undefined) return;
    this.#tape.note({ kind: "lease-expired", id: claim.message.id, mailbox: claim.mailbox });
    this.#back(claim);
  }

  #crash(): void {
    this.#tape.restarted();
    for (const claim of this.#claims)
      if (claim.acking?.isCommitted !== true) this.#put(claim.mailbox, claim.message);
    this.#claims = [];
  }

  #read(): void {
    this.#tape.read("k", [...this.#state]);
  }

  #call(): void {
    const id = `q${++this.#count}`;
    this.#tape.note({ kind: "call", phase: "invoke", id });
    this.#asked.set(id, 0);
  }

  #answer(): void {
    const [id] = [...this.#asked.keys()];
    if (id === undefined) return;
    this.#tape.note({ kind: "reply", id, message: `${id}.r` }).note({ kind: "call", phase: "ok", id });
    if (this.#draw(2) === 0) this.#asked.delete(id);
  }

  #idle(): void {
    this.#tape.idle(...(this.#waiting.get("box") ?? []).map(({ id }) => id));
  }
}
