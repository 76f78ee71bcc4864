/** The stories as a user runs them: each checks its own result, and a wrong one ends it with 1. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { missing } from "../packages/hermod/src/nats/server.test.kit.ts";
import { openAiServer } from "../test/ai/server.kit.ts";

const here = import.meta.dirname;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, on the simulated model unless the environment given here names another. */
async function run(words: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ended> {
  const {
    NODE_TEST_CONTEXT: _,
    FORCE_COLOR: _colour,
    LLM_MODEL: _model,
    OPENAI_MODEL: _older,
    ...outer
  } = process.env;
  const child = spawn(process.execPath, words, {
    env: { ...outer, ...more },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text: string) => (said[name] += text));
  const [status] = (await once(child, "close")) as [number | null];
  return { status, ...said };
}

const story = (...words: readonly string[]) => run([join(here, "story.ts"), ...words]);

/** How a story ended, and the files that it has left behind. */
type Told = Ended & { readonly left: readonly string[] };

const tellings = new Map<string, Promise<Told>>();

/** A story as it is, told once for all that look at it. */
function told(name: string): Promise<Told> {
  const telling = tellings.get(name) ?? toldApart(name);
  tellings.set(name, telling);
  return telling;
}

/** In a folder for temporary files of its own. */
async function toldApart(name: string): Promise<Told> {
  const folder = mkdtempSync(join(tmpdir(), "story-test-"));
  try {
    const ended = await run([join(here, "story.ts"), name], { TMPDIR: folder });
    return { ...ended, left: readdirSync(folder) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** For each story a piece of it, and what makes its result wrong; which check must see it. */
const breaks = {
  pipeline: [
    "context }),",
    "context: context.slice(1) }),",
    /^✖ the writer had the research as its context/m,
  ],
  "code-review": ["good: ({ ok }) => ok", "good: () => true", /^✖ bad change: it is merged exactly/m],
  research: ["missing: failed.map(({ job }) => job)", "missing: []", /^✖ each is answered or missing/m],
  support: ['answer === "approve"', 'answer !== "approve"', /^✖ refused: nothing is refunded/m],
  machines: ["{ key: `parcel ${parcel}`, ", "{ ", /^✖ every parcel is in the ledger once/m],
} as const;

/** Why a story cannot be told here. */
const skips: Readonly<Record<string, string | undefined>> = { machines: missing };

/** What the seeds ask for that a story shows. */
const ids: Readonly<Record<string, string>> = {
  pipeline: " [70]",
  "code-review": " [71]",
  research: " [77]",
};

describe("npm run story", () => {
  for (const [name, [from, to, seen]] of Object.entries(breaks)) {
    const skip = skips[name] === undefined ? false : `SKIPPED: ${skips[name]}`;
    test(
      `tells ${name}, draws its conversations, and checks its result${ids[name] ?? ""}`,
      { skip },
      async () => {
        const { status, stdout, stderr } = await told(name);
        assert.equal(status, 0, stdout + stderr);
        assert.match(stdout, /^ +ms {2}system/m);
        assert.ok((stdout.match(/^✔ /gm)?.length ?? 0) >= 5, stdout);
        assert.match(stderr, /checks are right, .* on the model simulated/);
        assert.doesNotMatch(stdout, /\u001b|^✖/m);
      },
    );
    test(`ends with 1 and names the check where the result of ${name} is wrong`, { skip }, async () => {
      const { status, stdout } = await broken(name, from, to);
      assert.equal(status, 1, stdout);
      assert.match(stdout, seen);
    });
  }

  test("lists the stories that there are", async () => {
    const { status, stdout } = await story();
    assert.equal(status, 0);
    const listed = stdout.match(/^\S+(?= {2,}\S)/gm) ?? [];
    assert.deepEqual(listed, Object.keys(breaks));
  });
  test("ends with 2 for a story that does not exist, with the nearest names", async () => {
    const near = await story("pipline");
    assert.deepEqual([near.status, near.stdout], [2, ""]);
    assert.match(
      near.stderr,
      /^There is no story "pipline". Did you mean "pipeline"\?\nThere are: pipeline, /,
    );
    const far = await story("toString");
    assert.match(far.stderr, /^There is no story "toString".\nThere are: /);
    const two = await story("pipeline", "support");
    assert.deepEqual([two.status, two.stdout], [2, ""]);
    assert.match(two.stderr, /"support" is too much/);
  });
  test("tells a story on the model that the environment names, whose words it does not check", async () => {
    await using server = await openAiServer();
    const { status, stdout, stderr } = await run([join(here, "story.ts"), "pipeline"], {
      LLM_MODEL: "small",
      OPENAI_BASE_URL: server.url,
      OPENAI_API_KEY: "none",
    });
    assert.equal(status, 0, stdout + stderr);
    assert.equal(server.requests.length, 3);
    assert.match(stderr, /^\n5 of 5 checks are right, .* on the model small; its words are its own/);
  });
  test("says what to do where the model cannot be used", async () => {
    await using server = await openAiServer({ key: "right" });
    const env = { LLM_MODEL: "small", OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "wrong" };
    const { status, stderr } = await run([join(here, "story.ts"), "pipeline"], env);
    assert.equal(status, 1);
    assert.match(stderr, /^HERMOD_\w+: .*refused the key.*\n\S/);
  });
  test("says what to do where there is no broker", async () => {
    const { status, stderr } = await run([join(here, "story.ts"), "machines"], { PATH: "", NATS_URL: "" });
    assert.deepEqual(
      [status, stderr.includes("install it, or name a broker by NATS_URL")],
      [1, true],
      stderr,
    );
  });
  test("leaves no file behind", async () => {
    for (const name of Object.keys(breaks).filter((each) => skips[each] === undefined)) {
      const { status, left } = await told(name);
      assert.deepEqual([status, left], [0, []], name);
    }
  });
});

/** Runs a copy of a story in which a piece is another. */
async function broken(name: string, from: string, to: string): Promise<Ended> {
  const out = join(here, "../out");
  mkdirSync(out, { recursive: true });
  const folder = mkdtempSync(join(out, "story-"));
  try {
    for (const part of [name, "shared"]) cpSync(join(here, part), join(folder, part), { recursive: true });
    const main = join(folder, name, "main.ts");
    const text = readFileSync(main, "utf8");
    assert.ok(text.includes(from), `${name} has no ${from}`);
    writeFileSync(main, text.replace(from, to));
    return await run([main]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
