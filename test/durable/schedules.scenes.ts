/** Scenes of a schedule whose process is killed at any moment. */
import { agent, start, type Listener, type Report, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { testClock, type TestClock } from "hermod/testing";
import type { Scene } from "./life.kit.ts";

/** Seconds pass as fast as they can; each time of the schedule is told when its message is handled. */
async function pass(system: System, clock: TestClock): Promise<never> {
  for (;;) {
    await clock.advance("500ms");
    if (system.agents().length === 0) throw new Error("the system has ended");
  }
}

function begin(
  file: string,
  clock: TestClock,
  say: (line: string) => void,
  reports: Listener = () => undefined,
): Promise<System> {
  const poller = agent("poller", {
    on: { notification: (_, { envelope }) => say(`due ${String(envelope.metadata["due"])}`) },
  });
  const store = sqlite(file, { thread: false });
  return start({ agents: [poller], store, clock, statistics: false, reports });
}

/** A first life, which sets the schedule. */
export const set: Scene = async (file, say) => {
  const clock = testClock();
  const system = await begin(file, clock, say);
  await system.schedule("mail", { every: "1s", misfire: "all" }, "poller", "poll", {});
  say("set");
  await pass(system, clock);
};

/** A further life, which knows nothing of the schedule: its clock begins where that of the first did. */
export const again: Scene = async (file, say) => {
  const clock = testClock();
  await pass(await begin(file, clock, say), clock);
};

/** A further life that ends itself at the third report which fits, before anything else happens. */
function endedBy(fits: (report: Report) => boolean): Scene {
  return async (file, say) => {
    let left = 3;
    const end = (report: Report): void => {
      if (fits(report) && --left === 0) process.kill(process.pid, "SIGKILL");
    };
    const clock = testClock();
    await pass(await begin(file, clock, say, end), clock);
  };
}

const isTick = (report: Report): boolean => "envelope" in report && report.envelope?.operation === "tick";

export const atStart = endedBy((report) => report.type === "delivery.started" && isTick(report));
export const atSend = endedBy(
  (report) => report.type === "message.sent" && report.envelope.operation === "poll",
);
export const atSettlement = endedBy((report) => report.type === "delivery.settled" && isTick(report));
