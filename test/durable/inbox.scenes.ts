/** Scenes of one mailbox with many senders, and of processes that end by themselves. */
import { agent, start } from "hermod";
import { sqlite } from "hermod/sqlite";
import { stay, type Scene } from "./life.kit.ts";

export const SENDERS = 16;
export const EACH = 625;

/** Sixteen agents write 625 messages each into one mailbox at once; all are confirmed. */
export const crowded: Scene = async (file, say) => {
  const senders = Array.from({ length: SENDERS }, (_, at) =>
    agent(`sender-${at}`, {
      on: {
        request: async (_given, ctx) => {
          const sends = Array.from({ length: EACH }, (_none, n) => ctx.cast("inbox", "note", `${at} ${n}`));
          return (await Promise.all(sends)).length;
        },
      },
    }),
  );
  const system = await start({ agents: senders, pull: ["inbox"], store: sqlite(file), statistics: false });
  const counts = await Promise.all(senders.map(({ address }) => system.call(address, "send", null)));
  say(`confirmed ${counts.reduce((sum: number, count) => sum + Number(count), 0)}`);
  await stay();
};

/** Everything that could keep a process is under way when the system closes. */
export const closed: Scene = async (file, say) => {
  const echo = agent("echo", { on: { request: (payload) => payload } });
  const broken = agent("broken", { on: { notification: () => Promise.reject(new Error("no ink")) } });
  const slow = agent("slow", { on: { notification: () => new Promise(() => undefined) } });
  const system = await start({ agents: [echo, broken, slow], pull: ["desk"], store: sqlite(file) });
  await system.subscribe("tide.*", () => undefined, { durable: "log" });
  await system.publish("tide.low", 1);
  await system.cast("broken", "do", 1);
  await system.cast("slow", "do", 1);
  await system.cast("desk", "do", 1);
  await system.mailbox("desk").receive();
  void system.mailbox("desk").receive({ timeout: "1h" });
  const asked = system
    .call("desk", "ask", 1, { timeout: "1h" })
    .catch((error: { code: string }) => error.code);
  await system.history();
  await system.close({ timeout: 50 });
  say(`told ${String(await asked)}`);
};

/** A script that forgets to close. */
export const forgotten: Scene = async (file, say) => {
  const echo = agent("echo", { on: { request: (payload) => payload, notification: () => undefined } });
  const system = await start({ agents: [echo], store: sqlite(file, { openTimeout: 0 }) });
  await system.cast("echo", "note", 1);
  say(`answer ${String(await system.call("echo", "say", "hello"))}`);
};

/** A job that does not heed the end of its system is at work when that closes, again and again. */
export const deployed: Scene = async (file, say) => {
  const started = Promise.withResolvers<void>();
  const job = agent("job", {
    on: { notification: () => (started.resolve(), new Promise(() => undefined)) },
  });
  const system = await start({ agents: [job], store: sqlite(file) });
  if ((await system.history()).items.length === 0)
    await system.cast("job", "do", 1, { retry: { retries: 0 } });
  await started.promise;
  await system.close({ timeout: 20 });
  say("closed");
};
