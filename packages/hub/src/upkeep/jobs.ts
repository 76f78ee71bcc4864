/** Jobs: long work with the store, one at a time: how far it is, what it came to, and a way to stop it. */
import { randomBytes } from "node:crypto";
import { HermodError, systemClock } from "hermod";

export const jobKinds = ["backup", "compact"] as const;
export type JobKind = (typeof jobKinds)[number];

/** How far it is. */
export interface JobProgress {
  readonly step: string;
  readonly done: number;
  readonly total: number;
}

/** One job; times in UTC milliseconds. */
export interface Job {
  readonly id: string;
  readonly kind: JobKind;
  /** Who wanted it. */
  readonly by: string;
  readonly state: "running" | "done" | "failed" | "stopped";
  readonly progress?: JobProgress;
  readonly startedAt: number;
  readonly endedAt?: number;
  /** What it came to. */
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string; readonly message: string; readonly hint: string };
}

/** Does the work; `tell` hears how far it is, `signal` fires when it is to stop. */
export type Work = (
  tell: (progress: JobProgress) => void,
  signal: AbortSignal,
) => Promise<Readonly<Record<string, unknown>>>;

/** Jobs that are remembered. */
const MOST = 20;

export class Jobs {
  #jobs: readonly Job[] = [];
  #stop: AbortController | undefined;
  #running: Promise<void> | undefined;

  /** The newest first. */
  get all(): readonly Job[] {
    return this.#jobs;
  }

  /** Begins one. @throws HermodError HERMOD_CONFLICT while another one runs. */
  begin(kind: JobKind, by: string, work: Work): Job {
    const running = this.#jobs.find(({ state }) => state === "running");
    if (running)
      throw new HermodError("HERMOD_CONFLICT", `a ${running.kind} runs, begun by ${running.by}`, {
        details: { job: running.id, kind: running.kind },
        hint: "Wait for its end, or stop it.",
      });
    const id = randomBytes(6).toString("hex");
    const job: Job = { id, kind, by, state: "running", startedAt: systemClock.now() };
    this.#jobs = [job, ...this.#jobs].slice(0, MOST);
    this.#stop = new AbortController();
    this.#running = this.#run(id, work, this.#stop.signal);
    return job;
  }

  /** Wants the job of this id to end. @throws HermodError HERMOD_NOT_FOUND; HERMOD_SETTLED where it has ended. */
  stop(id: string): Job {
    const job = this.#jobs.find((each) => each.id === id);
    if (job === undefined)
      throw new HermodError("HERMOD_NOT_FOUND", `there is no job ${JSON.stringify(id.slice(0, 80))}`);
    if (job.state !== "running")
      throw new HermodError("HERMOD_SETTLED", `the ${job.kind} has ended: ${job.state}`);
    this.#stop?.abort();
    return job;
  }

  /** Stops what runs, and waits for its end. */
  async close(): Promise<void> {
    this.#stop?.abort();
    await this.#running;
  }

  async #run(id: string, work: Work, signal: AbortSignal): Promise<void> {
    try {
      const result = await work((progress) => this.#change(id, { progress }), signal);
      this.#change(id, { state: "done", result, endedAt: systemClock.now() });
    } catch (error) {
      const isStopped = signal.aborted && error instanceof HermodError && error.code === "HERMOD_CANCELLED";
      this.#change(id, {
        ...{ state: isStopped ? "stopped" : "failed", endedAt: systemClock.now() },
        ...(!isStopped && { error: told(error) }),
      });
    }
  }

  #change(id: string, change: Partial<Job>): void {
    this.#jobs = this.#jobs.map((job) => (job.id === id ? { ...job, ...change } : job));
  }
}

function told(error: unknown): NonNullable<Job["error"]> {
  if (error instanceof HermodError) {
    const { code, message, hint } = error;
    return { code, message, hint };
  }
  return {
    code: "HERMOD_INTERNAL",
    message: "the hub could not do this",
    hint: "Look at the hub's own output.",
  };
}
