/**
 * Scheduler: the agent of the system that keeps its schedules. Each is an instance of it, `~schedules#NAME`. What it is and how
 * far it has come is the instance's state; the time that comes next is a message that waits for it:
 *
 *   tick (due) → the target's message, the next tick (its due), the new state: one transaction, that of the tick's delivery
 *
 * So a process that is killed at any point loses no tick and sends none twice. A tick of an earlier setting is void by its
 * generation, and one that was worked off by its time.
 */
import { agent, type AgentDefinition } from "../agent/agent.ts";
import type { Context } from "../agent/context.ts";
import { instanceKey, SCHEDULES, type Address } from "../core/address.ts";
import { toJson } from "../core/codec.ts";
import { noHops, type DeliveryMode, type Metadata, type Priority } from "../core/envelope.ts";
import { HermodError, toRecord } from "../core/errors.ts";
import {
  GRACE,
  begin,
  followingOf,
  step,
  type CronReader,
  type Following,
  type Progress,
  type Rhythm,
} from "../core/schedule.ts";
import type { RetryPolicy } from "../core/retry.ts";
import type { Host } from "./host.ts";
import type { Run } from "./run.ts";
import type { Draft, Origin, Sender } from "./send.ts";

/** What is sent each time; plain data. */
export interface Repeated {
  readonly to: Address;
  readonly operation: string;
  readonly payload: unknown;
  readonly priority: Priority;
  readonly delivery: DeliveryMode;
  readonly retry?: RetryPolicy;
  readonly orderKey?: string;
  readonly timeout?: number;
  readonly metadata?: Metadata;
  readonly hold?: boolean;
}

/** A schedule: when, and what; plain data. */
export interface Plan {
  readonly rhythm: Rhythm;
  readonly message: Repeated;
}

/** What the store keeps of a schedule; without a plan it was taken away. */
export interface Kept {
  /** Grows with each change of the plan. */
  readonly generation: number;
  readonly plan?: Plan;
  /** When the plan was set, UTC milliseconds. */
  readonly setAt?: number;
  readonly progress?: Progress;
}

/** A time that has come. */
interface Tick {
  readonly generation: number;
  readonly due: number;
}

/** What the scheduler needs. */
export interface SchedulerParts {
  readonly host: Host;
  readonly sender: Sender;
  readonly loadCron: () => Promise<CronReader>;
}

const cast = { verb: "cast", type: "notification" } as const;

/** The idempotency key of a message: a schedule sends one for a time, whatever becomes of its plan or the clock. */
export function keyOf(name: string, due: number): string {
  return `schedule ${name} ${new Date(due).toISOString()}`;
}

/** The scheduler's definition for one system. */
export function schedulerOf(parts: SchedulerParts): AgentDefinition {
  const definition = agent("schedules", {
    keyed: true,
    state: (): Kept => ({ generation: 0 }),
    retry: { retries: 10 },
    on: {
      request: (payload, ctx) => answer(parts, payload, ctx as Context<Kept>),
      notification: (payload, ctx) => tick(parts, payload as Tick, ctx as Context<Kept>),
    },
  });
  return Object.freeze({ ...definition, address: SCHEDULES });
}

/** Sets a schedule, or takes it away. */
function answer(parts: SchedulerParts, payload: unknown, ctx: Context<Kept>): unknown {
  const { operation } = ctx.envelope;
  if (operation === "set") return set(parts, payload as Plan, ctx);
  if (operation === "cancel") return cancel((payload as { generation?: number }).generation, ctx.state);
  throw unknownTo(ctx);
}

/** Gives the schedule's generation. The same plan again changes nothing, even when it is over. */
async function set(parts: SchedulerParts, plan: Plan, ctx: Context<Kept>): Promise<number> {
  const { state } = ctx;
  const now = parts.host.now();
  const run = ctx as unknown as Run;
  if (state.plan !== undefined && toJson(state.plan) === toJson(plan)) {
    if (isOverdue(state, now)) await goOn(parts, run, state);
    return state.generation;
  }
  const generation = state.generation + 1;
  const progress = begin(plan.rhythm, now, await timesOf(parts, plan.rhythm, now));
  Object.assign(state, { generation, plan, setAt: now, progress });
  await goOn(parts, run, state);
  return generation;
}

/** Its tick may have become a dead letter: another one does no harm, since the first to come makes the others void. */
function isOverdue({ progress }: Kept, now: number): boolean {
  return progress?.due !== undefined && now - progress.due > GRACE;
}

/** True when there was one, and that of this generation where one is named. */
function cancel(generation: number | undefined, state: { -readonly [K in keyof Kept]: Kept[K] }): boolean {
  if (state.plan === undefined || (generation ?? state.generation) !== state.generation) return false;
  delete state.plan;
  delete state.progress;
  return true;
}

/** A time has come. */
async function tick(parts: SchedulerParts, { generation, due }: Tick, ctx: Context<Kept>): Promise<void> {
  if (ctx.envelope.operation !== "tick") throw unknownTo(ctx);
  const { plan, progress: before, setAt } = ctx.state;
  if (plan === undefined || before?.due !== due || ctx.state.generation !== generation) return;
  const { rhythm, message } = plan;
  const following = await timesOf(parts, rhythm, setAt as number);
  const { sends, progress } = step(rhythm, due, before, parts.host.now(), following);
  if (sends) await send(parts, ctx, message, due);
  Object.assign(ctx.state, { progress });
  await goOn(parts, ctx as unknown as Run, ctx.state);
}

async function timesOf({ loadCron }: SchedulerParts, rhythm: Rhythm, setAt: number): Promise<Following> {
  if ("every" in rhythm) return followingOf(rhythm, setAt, noCron);
  return followingOf(rhythm, setAt, await loadCron());
}

function noCron(): never {
  throw new TypeError("an interval asks for no pattern");
}

/** Lets the next time wait for the schedule. */
async function goOn({ host }: SchedulerParts, run: Run, { generation, progress }: Kept): Promise<void> {
  const due = progress?.due;
  if (due === undefined) return;
  const said = { operation: "tick", to: run.self, payload: { generation, due }, notBefore: due };
  const draft: Draft = { ...cast, ...said, priority: 2, delivery: "exactly-once" };
  await host.output(run, draft, originOf(run.self, undefined));
}

/** What refuses one message, an interceptor for example, does not end the schedule. */
async function send(
  parts: SchedulerParts,
  ctx: Context<Kept>,
  message: Repeated,
  due: number,
): Promise<void> {
  const name = instanceKey(ctx.self) as string;
  try {
    const draft = draftOf(message, name, due);
    const sent = await parts.host.output(ctx as unknown as Run, draft, originOf(ctx.self, ctx.envelope.id));
    if (message.hold === true) await parts.sender.expect(sent);
  } catch (error) {
    if (isPassing(error)) throw error;
    ctx.log.error(`schedule ${name} could not send its message`, toRecord(error));
  }
}

/** The system ends, or its store fails: the tick comes again. */
function isPassing(error: unknown): boolean {
  return error instanceof HermodError && (error.category === "storage" || error.category === "lifecycle");
}

/** The message of one time. */
export function draftOf(message: Repeated, name: string, due: number): Draft {
  const { hold: _, ...said } = message;
  const metadata = { ...said.metadata, schedule: name, due: new Date(due).toISOString() };
  return { ...cast, ...said, metadata, idempotencyKey: keyOf(name, due) };
}

/** Each tick and each message begins anew: neither conversation nor hops go on from tick to tick. */
function originOf(from: Address, causeId: string | undefined): Origin {
  return {
    ...{ from, replyTo: from, conversationId: undefined, causeId, hops: noHops, waits: 0 },
    ...{ trace: undefined, bound: undefined, limits: undefined },
  };
}

function unknownTo({ self, envelope: { operation } }: Context<Kept>): HermodError {
  return new HermodError("HERMOD_NO_OPERATION", `schedule ${instanceKey(self)} takes no "${operation}"`, {
    hint: "Set schedules by system.schedule(…), and take them away by system.unschedule(name).",
  });
}
