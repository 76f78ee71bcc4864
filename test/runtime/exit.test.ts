/** The real clock: a process that uses the library ends by itself, with nothing left that holds it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { test } from "node:test";

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly seconds: number;
}

const PRELUDE = `
import { agent, contract, start } from "hermod";
const echo = agent("echo", { on: { request: (payload) => payload, notification: () => undefined } });
const broken = agent("broken", { on: { notification: () => { throw new Error("no"); } } });
const slow = agent("slow", { on: { notification: (_p, ctx) => new Promise((end) => ctx.signal.addEventListener("abort", end)) } });
/** What would keep the process alive. */
const turn = () => new Promise((end) => setImmediate(end));
const handles = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout" || name === "Immediate");
`;

/** Runs a script in a process of its own. */
function run(script: string, limit = 20_000): Promise<Ended> {
  const began = performance.now();
  const args = ["--input-type=module", "--eval", PRELUDE + script];
  const child = spawn(process.execPath, args, {
    cwd: import.meta.dirname,
    timeout: limit,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => void (out += String(text)));
  return new Promise((resolve) => {
    child.on("close", (code) =>
      resolve({ code, out: out.trim(), seconds: (performance.now() - began) / 1000 }),
    );
  });
}

test(
  "after a close no handle is left, whatever was under way, and the process ends by itself",
  { concurrency: true },
  async () => {
    const { code, out, seconds } = await run(`
    const system = await start({ agents: [echo, broken, slow], pull: ["desk"] });
    await system.call("echo", "say", 1);
    await system.cast("broken", "work", 1);
    await system.cast("slow", "work", 1);
    await system.cast("desk", "work", 1);
    await system.mailbox("desk").receive();
    system.mailbox("desk").receive({ timeout: "1h" });
    const asked = system.call("desk", "ask", 1, { timeout: "1h" }).catch((error) => error.code);
    await turn();
    await system.close({ timeout: 50 });
    await turn();
    console.log(await asked, JSON.stringify(handles()));
  `);
    assert.deepEqual([code, out], [0, "HERMOD_CLOSED []"]);
    assert.ok(seconds < 10, `${seconds} s`);
  },
);

test("an await using system ends the process right after its scope", { concurrency: true }, async () => {
  const { code, out } = await run(`
    {
      await using system = await start({ agents: [echo] });
      console.log(await system.call("echo", "say", "hello"));
    }
    await turn();
    console.log(JSON.stringify(handles()));
  `);
  assert.deepEqual([code, out], [0, "hello\n[]"]);
});

test(
  "a script that forgets to close ends soon all the same, once its work is done",
  { concurrency: true },
  async () => {
    const { code, out, seconds } = await run(`
    const system = await start({ agents: [echo], pull: ["desk"] });
    console.log(await system.call("echo", "say", "hello"));
    await system.cast("echo", "tell", 1);
    await system.cast("desk", "work", 1);
    await system.mailbox("desk").receive();
    process.on("exit", () => console.log("exit", JSON.stringify(handles())));
  `);
    assert.deepEqual([code, out], [0, "hello\nexit []"]);
    assert.ok(seconds < 10, `${seconds} s`);
  },
);

test(
  "a call that waits keeps the process until its timeout, and no longer",
  { concurrency: true },
  async () => {
    const { code, out, seconds } = await run(`
    const system = await start({ pull: ["desk"] });
    await system.call("desk", "ask", 1, { timeout: "1s" }).catch((error) => console.log(error.code));
  `);
    assert.deepEqual([code, out], [0, "HERMOD_TIMEOUT"]);
    assert.ok(seconds >= 1 && seconds < 10, `${seconds} s`);
  },
);

test("a start that fails leaves nothing that holds the process", { concurrency: true }, async () => {
  const { code, out } = await run(`
    await start({ agents: [echo, echo] }).catch((error) => console.log(error.code, JSON.stringify(handles())));
  `);
  assert.deepEqual([code, out], [0, "HERMOD_DUPLICATE_AGENT []"]);
});

test(
  "an asynchronous observer or listener that fails does not end the process",
  { concurrency: true },
  async () => {
    const { code, out } = await run(`
    await using system = await start({ agents: [echo] });
    system.mailbox("echo").observe(async () => { throw new Error("observer"); });
    system.reports(async () => { throw new Error("listener"); });
    console.log(await system.call("echo", "say", "hello"));
    await turn();
  `);
    assert.deepEqual([code, out], [0, "hello"]);
  },
);
