/** Assembly: the parts of one system, put together. What happens to a message is in the parts. */
import { SCHEDULES, type Address } from "../core/address.ts";
import { Amender } from "../core/changes.ts";
import type { Clock } from "../core/clock.ts";
import { Copier, type PayloadLimits } from "../core/codec.ts";
import { noHops, type Envelope } from "../core/envelope.ts";
import { FailedError, HermodError } from "../core/errors.ts";
import type { IdSource, Random } from "../core/id.ts";
import type { LoopLimits } from "../core/loop.ts";
import type { Maybe } from "../core/maybe.ts";
import { Crash } from "../core/retry.ts";
import type { CronReader } from "../core/schedule.ts";
import type { Listener } from "../core/report.ts";
import type { OpenStore, Store } from "../core/store.ts";
import type { Route } from "../agent/route.ts";
import type { Mind } from "../agent/mind.ts";
import type { Router } from "../agent/router.ts";
import { Agents } from "./agents.ts";
import { Askers } from "./askers.ts";
import { Breakers } from "./breakers.ts";
import { Calls } from "./calls.ts";
import { Cancelling } from "./cancelling.ts";
import { Circles, type HeldUp } from "./circles.ts";
import { Control, type SystemLook } from "./control.ts";
import type { Waiting } from "./deadlock.ts";
import { Deliverer } from "./deliver.ts";
import { Desk } from "./desk.ts";
import { Dispatcher } from "./dispatcher.ts";
import { Ending } from "./ending.ts";
import { Figures } from "./figures.ts";
import { defer, forward, release } from "./forward.ts";
import { Heartbeat, PATIENCE } from "./heartbeat.ts";
import { Host } from "./host.ts";
import type { Instance, Running } from "./instance.ts";
import { Incidents } from "./incidents.ts";
import { Interceptors, type Interceptor } from "./interceptors.ts";
import { MessageRoad } from "./messages.ts";
import { ModelGates } from "./modelgate.ts";
import { People } from "./people.ts";
import { offerOf, type AgentOffer } from "./offer.ts";
import { Notices, passedFrom } from "./notices.ts";
import { notRunning, Pauses } from "./pauses.ts";
import { Registry } from "./registry.ts";
import type { Reports } from "./reports.ts";
import { Responders } from "./responders.ts";
import { Root } from "./root.ts";
import { Routing } from "./routing.ts";
import type { Run } from "./run.ts";
import { Schedules } from "./schedules.ts";
import { Sender, type Origin } from "./send.ts";
import { Statistics } from "./statistics.ts";
import { Subscriptions } from "./subscriptions.ts";
import { TaskRuns } from "./taskruns.ts";
import { Tasks } from "./tasks.ts";
import { Timers } from "./timers.ts";

/** What a system is made of, complete. */
export interface SystemConfig {
  readonly clock: Clock;
  readonly random: Random;
  readonly ids: IdSource;
  readonly limits: PayloadLimits;
  readonly interceptors: readonly Interceptor[];
  readonly routes: readonly Route[];
  readonly router: Router | undefined;
  readonly loops: LoopLimits;
  readonly mind: Mind;
  /** Milliseconds between two reports of the numbers; absent for none. */
  readonly statistics: number | undefined;
  /** Loads what reads cron patterns. */
  readonly loadCron: () => Promise<CronReader>;
  readonly openStore: OpenStore;
  /** Hears all reports, those of the store that opens included. */
  readonly listener: Listener | undefined;
}

/** What the parts are put together from. */
export interface Ground {
  readonly config: SystemConfig;
  readonly store: Store;
  readonly reports: Reports;
  readonly self: Address;
  /** @throws HermodError HERMOD_CLOSED when the system ends. */
  readonly checkIntake: () => void;
}

/** How long another system may take to say what holds a call up, in milliseconds. */
const ASKING = 2000;

/** The parts of a system. */
export type Assembly = ReturnType<typeof assemble>;

/** Puts the parts together; nothing runs yet. */
export function assemble({ config, store, reports, self, checkIntake }: Ground) {
  const { clock, random, ids, mind } = config;
  const statistics = new Statistics();
  const registry = new Registry();
  const timers = new Timers(clock);
  const incidents = new Incidents(clock);
  const calls = new Calls(timers, reports, statistics);
  const dispatcher = new Dispatcher(clock, store, reports, timers);
  const copier = new Copier(config.limits);
  const metadataCopier = new Copier({ size: 16_384, depth: 16, keys: 1000 }, "metadata");
  const amender = new Amender(copier, metadataCopier);
  const refused = noteRefusal(reports, statistics);
  const interceptors = new Interceptors(config.interceptors, amender, refused);
  const { routes, router } = config;
  const routing = new Routing({ routes, router, timers, amender, reports });
  const common = { clock, timers, store, reports, statistics, registry, self };

  const sending = { ids, random, copier, metadataCopier, interceptors, routing, loops: config.loops };
  const sender = new Sender({ ...common, ...sending });
  const ready = (instance: Instance): void => dispatcher.ready(instance.line);
  const refuse = (...given: Parameters<Deliverer["refuse"]>): void => deliverer.refuse(...given);
  const pauses = new Pauses({ ...common, dispatcher });
  const breakers = new Breakers({ ...common, ready, refuse });
  const responders = new Responders(store, self);
  const origin = originOf(self);
  const askers = new Askers({ ...common, sender, origin });
  const cancelling = new Cancelling({ ...common, sender, origin });
  const circles: Circles = new Circles({
    ...common,
    ask: (system, call) =>
      messages.call([system, "waits", call, { timeout: ASKING }], origin) as Promise<HeldUp>,
  });
  const messages: MessageRoad = new MessageRoad({
    ...common,
    circles,
    ...sending,
    sender,
    calls,
    responders,
    breakers,
    cancelling,
  });

  const answer = (run: Run, value: unknown): Maybe<Envelope | undefined> => deliverer.answer(run, value);
  const notices = new Notices({ ...common, sender, origin });
  const taskRuns = new TaskRuns({ ...common, sender, notices });
  const tasks = new Tasks({
    ...{ ...common, sender, cancelling, origin },
    ...{ closed: () => calls.closed, endDead: (id: string) => askers.end(id) },
  });
  const people = new People({ ...common, sender, tasks, cancelling });
  const gates = new ModelGates({ clock, timers, reports, random });
  const host = new Host({ ...common, sender, messages, tasks, taskRuns, people, mind, gates, answer });
  const stuck = (instance: Instance, run: Running): void => abandonStuck(reports, deliverer, instance, run);
  const instances = (): Iterable<Instance> => registry.instances;
  const heartbeat = new Heartbeat({ clock, store, reports, instances, desk: () => desk, stuck });
  const delivering = { random, dispatcher, interceptors, sender, host, copier, taskRuns };
  const deliverer: Deliverer = new Deliverer({ ...common, ...delivering, began: heartbeat.began });

  const silence = (): void => host.end();
  const giveBack = (run: Running, reason: HermodError): void => deliverer.abandon(run, reason, false);
  const ending = new Ending({ ...common, dispatcher, calls, tasks, silence, giveBack });
  const figures = new Figures({ ...common, calls });
  const tending = { dispatcher, deliverer, heartbeat, breakers, pauses, routing, ending, host, checkIntake };
  const agents = new Agents({ ...common, ...tending, incidents });
  const settling = { store, reports, statistics, refuse };
  const root = new Root(agents, {
    ...{ clock, reports, incidents, random },
    forward: (line, claim, copies) => forward(settling, line, claim, copies),
    defer: (line, claim) => defer({ ...settling, clock }, line, claim),
    release: (line, claim) => release(settling, line, claim),
  });

  const subscriptions = new Subscriptions({ ...common, checkIntake });
  const scheduling = { ...common, host, sender, messages, agents, loadCron: config.loadCron };
  const schedules = new Schedules(scheduling, origin);
  const look = async (): Promise<SystemLook> => ({
    system: self,
    agents: registry.addresses.filter((address) => address !== SCHEDULES),
    tree: root.tree(),
    breakers: breakers.list(),
    paused: pauses.list(),
    incidents: incidents.list(),
    statistics: await figures.take(),
  });
  const offer = (agent: Address): AgentOffer => {
    const definition = registry.definitionOf(agent);
    if (definition) return offerOf(agent, definition);
    throw notRunning(agent, registry);
  };
  const heldUp = (call: Waiting): HeldUp => circles.heldUp(call);
  const control = new Control({ look, offer, heldUp, breakers, pauses, root, most: config.limits.size });
  const heed = (notice: Envelope): void => {
    const mailbox = passedFrom(notice);
    // A live subscriber has no signal: it answers, and nobody waits.
    if (mailbox === undefined) return;
    const pulled = registry.waits(mailbox);
    if (pulled) pulled.heed(notice);
    else taskRuns.hear(mailbox, notice);
  };
  const desk: Desk = new Desk(self, {
    ...{ store, reports, calls, subscriptions, sender, origin, heartbeat, control, heed },
  });
  return {
    ...{ ...common, calls, dispatcher, interceptors, routing, sender, breakers, pauses, messages, heartbeat },
    ...{
      notices,
      ending,
      figures,
      agents,
      root,
      origin,
      subscriptions,
      schedules,
      desk,
      tasks,
      people,
      askers,
    },
  };
}

/** As whom the system itself sends. */
function originOf(self: Address): Origin {
  return Object.freeze({
    ...{ from: self, replyTo: self, conversationId: undefined, causeId: undefined },
    ...{ hops: noHops, waits: 0, trace: undefined, bound: undefined, limits: undefined },
  });
}

/** A handler that does not end is given up, and its agent with it. */
function abandonStuck(
  reports: Reports,
  deliverer: Deliverer,
  { address: agent }: Instance,
  run: Running,
): void {
  if (run.settling) return;
  if (reports.active) reports.emit({ type: "handler.stuck", agent, envelope: run.envelope });
  const error = new FailedError(
    `${agent} crashed: its handler went on ${PATIENCE} ms after it was told to stop`,
    {
      details: { agent, crashed: true, message: run.envelope.id },
      hint: "Let the handler heed ctx.signal, or allow the message more time.",
    },
  );
  deliverer.abandon(run, new Crash(error), true);
}

/** Counts and reports what an outgoing interceptor refused; an error without a code is a failure of the interceptor. */
function noteRefusal(reports: Reports, statistics: Statistics) {
  return (envelope: Envelope, error: unknown, interceptor: string): void => {
    statistics.refused++;
    const code = error instanceof HermodError ? error.code : "HERMOD_INTERCEPTOR";
    reports.emit({ type: "message.refused", envelope, code });
    if (!(error instanceof HermodError))
      reports.emit({ type: "listener.failed", listener: interceptor, error });
  };
}
