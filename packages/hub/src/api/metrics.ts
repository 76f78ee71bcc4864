/** Metrics: the hub's numbers for Prometheus. Labels are of bounded number: agents beyond the first two hundred are counted together. */
import type { MailboxCounts } from "hermod";
import { Counter, Gauge, Registry } from "prom-client";

/** Most agents with figures of their own; the rest is "other". */
export const MOST_AGENTS = 200;
const OTHER = "other";

/** What is measured when somebody asks. */
export interface Measured {
  readonly mailboxes: readonly MailboxCounts[];
  readonly sessions: number;
  readonly readers: number;
  readonly held: number;
  readonly requests: number;
}

const ofMailbox = {
  waiting: "Messages that wait",
  delayed: "Messages that wait for a time",
  running: "Messages that are worked on",
  bytes: "Payload that waits, in characters of JSON",
  received: "Messages stored since the hub began",
} as const;
const ofHub = {
  sessions: "Systems that are connected or waited for",
  readers: "Readers of live events",
  held: "Messages held over HTTP",
  requests: "HTTP requests that are answered now",
} as const;

type Names<T> = readonly (keyof T & string)[];

export class Metrics {
  readonly #registry = new Registry();
  readonly #requests: Counter<"method" | "route" | "status">;
  readonly #mailboxes: ReadonlyMap<keyof typeof ofMailbox, Gauge<"agent">>;
  readonly #oldest: Gauge<"agent">;
  readonly #hub: ReadonlyMap<keyof typeof ofHub, Gauge>;
  readonly #memory: Gauge;
  /** How many requests are answered now. */
  running = 0;
  #whenQuiet: (() => void) | undefined;

  constructor() {
    const registers = [this.#registry];
    this.#requests = new Counter({
      ...{ name: "hermod_http_requests_total", help: "HTTP requests answered", registers },
      labelNames: ["method", "route", "status"],
    });
    const gauge = <L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> =>
      new Gauge({ name, help, labelNames, registers });
    this.#mailboxes = new Map(
      (Object.keys(ofMailbox) as Names<typeof ofMailbox>).map((name) => [
        name,
        gauge(`hermod_mailbox_${name}`, ofMailbox[name], ["agent"]),
      ]),
    );
    this.#oldest = gauge("hermod_mailbox_oldest_seconds", "Age of the oldest message that waits", ["agent"]);
    this.#hub = new Map(
      (Object.keys(ofHub) as Names<typeof ofHub>).map((name) => [
        name,
        gauge(`hermod_hub_${name}`, ofHub[name], []),
      ]),
    );
    this.#memory = gauge("hermod_hub_memory_bytes", "Resident memory of the hub", []);
  }

  readonly type: string = Registry.PROMETHEUS_CONTENT_TYPE;

  /** A request was answered; `route` is the pattern of its address. */
  answered(method: string, route: string, status: number): void {
    this.#requests.inc({ method, route, status: String(status) });
  }

  /** A request is answered no more. */
  left(): void {
    if (--this.running === 0) this.#whenQuiet?.();
  }

  /** Waits until no request is answered, at most so many milliseconds. */
  async quiet(timeout: number): Promise<void> {
    if (this.running === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeout);
    this.#whenQuiet = resolve;
    await promise;
    clearTimeout(timer);
  }

  /** All figures as text. */
  text(measured: Measured, now: number): Promise<string> {
    const mailboxes = bounded(measured.mailboxes);
    for (const [name, gauge] of this.#mailboxes) {
      gauge.reset();
      for (const [agent, counts] of mailboxes) gauge.set({ agent }, sum(counts, name));
    }
    this.#oldest.reset();
    for (const [agent, counts] of mailboxes) this.#oldest.set({ agent }, age(counts, now));
    for (const [name, gauge] of this.#hub) gauge.set(measured[name]);
    this.#memory.set(process.memoryUsage.rss());
    return this.#registry.metrics();
  }
}

/** The mailboxes of agents by label: the systems' own are none. */
function bounded(all: readonly MailboxCounts[]): ReadonlyMap<string, readonly MailboxCounts[]> {
  const agents = all.filter(({ mailbox }) => !mailbox.startsWith("~"));
  const [own, rest] = [agents.slice(0, MOST_AGENTS), agents.slice(MOST_AGENTS)];
  const labels = new Map<string, MailboxCounts[]>(own.map((counts) => [counts.mailbox, [counts]]));
  if (rest.length > 0) labels.set(OTHER, [...(labels.get(OTHER) ?? []), ...rest]);
  return labels;
}

function sum(counts: readonly MailboxCounts[], name: keyof typeof ofMailbox): number {
  return counts.reduce((total, each) => total + each[name], 0);
}

function age(counts: readonly MailboxCounts[], now: number): number {
  const oldest = Math.min(...counts.map(({ oldestSentAt }) => oldestSentAt ?? now));
  return Math.max(0, now - oldest) / 1000;
}
