/** Scenes of a mailbox: what waits, runs, is tried again or is dead when its process is killed. */
import { agent, start, type Report, type System } from "hermod";
import { sqlite } from "hermod/sqlite";
import { stay, type Scene } from "./life.kit.ts";

function begin(file: string, options: Parameters<typeof start>[0]): Promise<System> {
  return start({ ...options, store: sqlite(file), statistics: false });
}

/** Messages of each priority wait, and every one is confirmed. */
export const filled: Scene = async (file, say) => {
  const system = await begin(file, { pull: ["desk"] });
  for (let n = 0; n < 4; n++)
    for (const priority of ["low", "normal", "urgent"] as const)
      await system.cast("desk", "do", `${priority} ${n}`, { priority });
  say("stored");
  await stay();
};

/** One message runs, with another behind it. */
export const running: Scene = async (file, say) => {
  const worker = agent("worker", {
    on: { notification: (payload, ctx) => (say(`ran ${String(payload)} ${ctx.idempotencyKey}`), stay()) },
  });
  const system = await begin(file, { agents: [worker] });
  await Promise.all([system.cast("worker", "do", "first"), system.cast("worker", "do", "second")]);
  await stay();
};

/** One message failed and waits an hour for its second attempt. */
export const retried: Scene = async (file, say) => {
  const worker = agent("worker", {
    retry: { retries: 3, base: "1h", jitter: "none" },
    on: { notification: () => Promise.reject(new Error("no ink")) },
  });
  const tell = (report: Report): void => {
    if (report.type === "delivery.settled" && report.settlement.type === "retry")
      say(`due ${report.settlement.at}`);
  };
  const system = await begin(file, { agents: [worker], reports: tell });
  await system.cast("worker", "do", "tide");
  await stay();
};

/** One message is a dead letter after two attempts, another after one; a third is done. */
export const ended: Scene = async (file, say) => {
  const worker = agent("worker", {
    retry: { retries: 1, base: 0 },
    on: {
      notification: (payload) => {
        if (payload !== "good") throw new Error(`no ink for ${String(payload)}`);
      },
    },
  });
  let over = 0;
  const tell = (report: Report): void => {
    if (report.type !== "delivery.settled" || report.settlement.type === "retry") return;
    if (++over === 3) say("over");
  };
  const system = await begin(file, { agents: [worker], reports: tell });
  await system.cast("worker", "do", "bad");
  await system.cast("worker", "do", "worse", { retry: { retries: 0 } });
  await system.cast("worker", "do", "good");
  await stay();
};

/** A message whose handler takes the process along, among five that do not; what is left is told when nothing waits. */
export const poisoned: Scene = async (file, say) => {
  const worker = agent("worker", {
    on: {
      notification: (payload) => {
        say(`ran ${String(payload)}`);
        if (payload === "poison") process.kill(process.pid, "SIGKILL");
      },
    },
  });
  const system = await begin(file, { agents: [worker] });
  if ((await system.history()).items.length === 0)
    await Promise.all(
      ["a", "b", "poison", "c", "d", "e"].map((name) =>
        system.cast("worker", "do", name, { retry: { retries: 2 } }),
      ),
    );
  await system.drain({ waiting: true });
  say("idle");
};
