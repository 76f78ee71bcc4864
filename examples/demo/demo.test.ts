/** The demo as a user runs it: what it prints, and that a wrong result ends it with 1. */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  watch,
  writeFileSync,
} from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { openAiServer } from "../../test/ai/server.kit.ts";

const here = import.meta.dirname;

/** Bytes of the store's log in the midst of the long work: it begins at 150,000 and ends at 740,000. */
const ENOUGH = 400_000;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const run = (folder: string, ...flags: readonly string[]): Promise<Ended> => runIn({}, folder, ...flags);

/** Most of a demo is waiting, so several run at once; a model's endpoint may be in this process, which must not stand still. */
function runIn(more: NodeJS.ProcessEnv, folder: string, ...flags: readonly string[]): Promise<Ended> {
  const {
    NODE_TEST_CONTEXT: _outer,
    FORCE_COLOR: _forced,
    LLM_MODEL: _,
    OPENAI_MODEL: __,
    ...outer
  } = process.env;
  const env = { ...outer, ...more };
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const demo = execFile(process.execPath, [join(folder, "main.ts"), ...flags], { env }, (_, stdout, stderr) =>
    resolve({ status: demo.exitCode, stdout, stderr }),
  );
  return promise;
}

/** The demo as it is, run once for all that look at what it says. */
const plain = shared(() => run(here));
const inJson = shared(() => run(here, "--json"));

function shared(begin: () => Promise<Ended>): () => Promise<Ended> {
  let ended: Promise<Ended> | undefined;
  return () => (ended ??= begin());
}

/** On a real model. */
function runOnModel(url: string): Promise<Ended> {
  return runIn({ LLM_MODEL: "small", OPENAI_BASE_URL: url }, here);
}

interface Output {
  readonly v: number;
  readonly data: {
    readonly conversations: readonly {
      readonly id: string;
      readonly title: string;
      readonly messages: unknown[];
      readonly handlings: readonly { readonly member: string }[];
    }[];
    readonly checks: readonly { readonly name: string; readonly ok: boolean }[];
  };
}

describe("the demo", { concurrency: 4 }, () => {
  test("shows research then writing, a code review and its reply, a retry, a redrive and a pool with a failing member, and checks each result [70, 71]", async () => {
    const { status, stdout, stderr } = await plain();
    assert.equal(status, 0, stdout + stderr);
    assert.equal(stdout.match(/^ +ms {2}system/gm)?.length, 8);
    assert.match(stdout, /^ +\d+ {2}task system → orchestrator {2}report {2}ok$/m);
    assert.ok((stdout.match(/^✔ /gm)?.length ?? 0) >= 15);
    assert.doesNotMatch(stdout, /\u001b/, "no colour where there is no terminal");
  });
  test("shows which member of the pool did what, and how the failing one was taken out", async () => {
    const { stdout } = await plain();
    const [, told = ""] = stdout.split("A critic that keeps failing");
    for (const line of [
      /✖ critic\/2 (?:attempt 1 )?failed: /,
      /✖ critic\/2 has crashed\n.*↻ critic\/2 is restarted/,
      /○ the breaker of critic\/2 is open/,
      /✔ critic\/1 (?:attempt \d )?ok/,
      /✔ critic\/3 (?:attempt \d )?ok/,
    ])
      assert.match(told, line);
    assert.doesNotMatch(told, /✔ critic\/2/);
  });
  test("prints one JSON object and nothing else with --json", async () => {
    const { status, stdout, stderr } = await inJson();
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    const { v, data } = JSON.parse(stdout) as Output;
    assert.equal(v, 1);
    assert.deepEqual(
      data.conversations.map(({ id, messages }) => [id, messages.length]),
      [
        ["research-then-write", 6],
        ["code-review", 6],
        ["busy-model", 2],
        ["lost-mail", 1],
        ["failing-critic", 14],
        ["tide-column", 3],
        ["endless-debate", 16],
        ["press-approval", 6],
        ["sea-report", 19],
      ],
    );
    assert.ok(data.checks.every(({ ok }) => ok));
    const members = data.conversations.map(({ handlings }) =>
      [...new Set(handlings.map(({ member }) => member))].toSorted(),
    );
    assert.deepEqual(members, [[], [], [], [], ["critic/1", "critic/2", "critic/3"], [], [], [], []]);
  });
  test("passes the same checks on a store in a file, and leaves no file behind", async () => {
    const { status, stdout, stderr, left } = await onDisk("--json");
    assert.equal(status, 0, stderr);
    const { data } = JSON.parse((await inJson()).stdout) as Output;
    assert.deepEqual((JSON.parse(stdout) as Output).data.checks, data.checks);
    assert.deepEqual(left, []);
  });
  test("keeps everything in that file: where it cannot be made, the demo says so", async () => {
    const { status, stderr } = await broken(
      "stores.ts",
      '"demo.db"',
      '"missing/demo.db"',
      "--store",
      "sqlite",
    );
    assert.equal(status, 1);
    assert.match(stderr, /^HERMOD_STORE.*missing/);
  });
  test("killed in the midst of its long work (an orchestrator with content writers, an analyst with a data retriever), it is finished by the next run, with every result checked [77] [79]", async () => {
    const folder = mkdtempSync(join(tmpdir(), "demo-test-"));
    try {
      await killedMidway(folder);
      const { status, stdout, stderr } = await runIn({ TMPDIR: folder }, here, "--store", "sqlite");
      assert.equal(status, 0, stdout + stderr);
      assert.match(stdout, /^an earlier process was killed over it/m);
      assert.match(stdout, /^sea-report storms: cancelled/m);
      const left = readdirSync(folder).filter((name) => name.endsWith(`-${userInfo().uid}`));
      assert.deepEqual(left, []);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
  test("says which store it ran on", async () => {
    assert.match((await onDisk()).stderr, /checks are right, .* the store "sqlite"\n$/);
  });
  test("ends with 1 and names the check when a result is wrong on a store in a file", async () => {
    const edit = ["agents.ts", "sent.push(`${to}: ${text}`)", "sent.push(`${to}: ?`)"] as const;
    const { status, stdout } = await broken(...edit, "--store", "sqlite");
    assert.equal(status, 1);
    assert.match(stdout, /^✖ dead letter: it was sent once, as it was written\n/m);
  });
  test("ends with 2 for a store that does not exist, and names those there are", async () => {
    for (const name of ["redis", "toString", ""]) {
      const { status, stdout, stderr } = await run(here, "--store", name);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, new RegExp(`^There is no store "${name}". There are: memory, sqlite.\nusage: `));
    }
  });
  test("ends with 1 and names the check when a result is wrong", async () => {
    const { status, stdout } = await broken(
      "agents.ts",
      "sent.push(`${to}: ${text}`)",
      "sent.push(`${to}: ?`)",
    );
    assert.equal(status, 1);
    assert.match(stdout, /^✖ dead letter: it was sent once, as it was written\n {4}wanted .*\n {4}got .*\?/m);
  });
  test("ends with 1 when the failing member is not restarted", async () => {
    const { status, stdout } = await broken("critics.ts", "throw crash(", "throw new Error(");
    assert.equal(status, 1);
    assert.match(stdout, /^✖ critics: critic\/2 was restarted at least once, /m);
  });
  test("shows LLM agents: a stream with a tool call between agents, a budget that ends a loop, a person's approval", async () => {
    const { stdout } = await plain();
    for (const line of [
      /├─ tide ─+▶│ +call +ok\n.*◀╌+ tide ╌┤ +reply/,
      /^the parts as they came: \d+ ms "High" · \d+ ms "water" · /m,
      /^ended by HERMOD_BUDGET: \d+ of 1200 tokens spent$/m,
      /^ +\d+ .*├─ ask [─┼]+▶│ +task +ok$/m,
      /^ana said "print": printed$/m,
    ])
      assert.match(stdout, line);
  });
  test("ends with 1 when the budget ends nothing, when the tool is no agent's, when nobody asks the person", async () => {
    for (const [file, from, to, wrong] of [
      [
        "llm.ts",
        "for (let words = first; ;) {",
        "for (let words = first; ;) {\n        if (words !== first) return words;",
        "debate: the budget ended it",
      ],
      [
        "llm.ts",
        "tools: [agentTool(Almanac",
        'on: { write: () => "High water in Brest is at 06:10." }, tools: [agentTool(Almanac',
        "column: the columnist asked the almanac, over the bus",
      ],
      [
        "llmtale.ts",
        'answer(question.id, "print")',
        'answer(question.id, "drop")',
        "approval: it was printed once she had said so",
      ],
    ] as const) {
      const { status, stdout } = await broken(file, from, to);
      assert.equal(status, 1);
      assert.ok(stdout.includes(`✖ ${wrong}\n`), stdout.slice(-2000));
    }
  });
  test("works on the model that the environment names, and leaves out what only the simulated one can be held to", async () => {
    await using server = await openAiServer();
    server.next({ say: "It is a fine day." });
    const { status, stdout, stderr } = await runOnModel(server.url);
    assert.equal(status, 0, stdout + stderr);
    assert.match(
      stderr,
      /checks are right, .* on small and the store "memory"\n\d+ checks of the simulated model's very words are not made/,
    );
    assert.match(stdout, /^✔ debate: the budget ended it$/m);
    assert.doesNotMatch(stdout, /✔ article: the editor replies/);
    assert.ok(server.requests.length > 10);
  });
  test("ends with 2 for a flag that does not exist", async () => {
    const { status, stdout, stderr } = await run(here, "--jsn");
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /--jsn/);
  });
});

/** Runs the demo on a store in a file, and kills it when its tasks have left much in the log. */
async function killedMidway(folder: string): Promise<void> {
  const kept = join(folder, `hermod-demo-${userInfo().uid}`);
  const log = join(kept, "report.db-wal");
  const env = { ...process.env, TMPDIR: folder };
  // The folder is there before the demo, so that what happens in it can be watched.
  mkdirSync(kept, { mode: 0o700 });
  const changes = watch(kept);
  const demo = spawn(process.execPath, [join(here, "main.ts"), "--store", "sqlite"], {
    env,
    stdio: "ignore",
  });
  const ended = once(demo, "exit");
  changes.on("change", () => {
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) >= ENOUGH) demo.kill("SIGKILL");
  });
  const end = await ended;
  changes.close();
  assert.deepEqual(end, [null, "SIGKILL"]);
}

/** Runs the demo on a store in a file, and looks what it leaves behind. */
async function onDisk(...flags: readonly string[]) {
  const folder = mkdtempSync(join(tmpdir(), "demo-test-"));
  try {
    const ended = await runIn({ TMPDIR: folder }, here, "--store", "sqlite", ...flags);
    return { ...ended, left: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a copy of the demo in which a piece of one file is another. */
async function broken(file: string, from: string, to: string, ...flags: readonly string[]) {
  const out = join(here, "../../out");
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(out, "demo-"));
  try {
    const copy = join(folder, "demo");
    cpSync(here, copy, { recursive: true });
    cpSync(join(here, "../shared"), join(folder, "shared"), { recursive: true });
    const text = readFileSync(join(copy, file), "utf8");
    assert.ok(text.includes(from), `${file} has no ${from}`);
    writeFileSync(join(copy, file), text.replace(from, to));
    return await runIn({ TMPDIR: folder }, copy, ...flags);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
