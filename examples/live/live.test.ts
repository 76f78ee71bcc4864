/** What `npm start` starts: a hub with agents that have something to do, and a clean end of both. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";

const root = join(import.meta.dirname, "../..");
const folder = mkdtempSync(join(tmpdir(), "hermod-live-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Listens to what happens until each of these agents was sent something. */
async function haveHeard(url: string, missing: Set<string>): Promise<void> {
  const { body } = await fetch(`${url}/v1/live`);
  let rest = "";
  for await (const text of (body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() as string;
    for (const line of lines)
      for (const [, name = ""] of line.matchAll(/"(?:to|mailbox)":"(\w+)"/gu)) missing.delete(name);
    if (missing.size === 0) return;
  }
}

test("npm start runs the command line that is tried here", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  assert.equal(scripts["start"], "node packages/hub/dist/cli/main.js dev examples/live/main.ts");
});

test("the agents are there, things happen to all of them, and SIGTERM ends hub and agents", async () => {
  const { LLM_MODEL: _, OPENAI_MODEL: __, ...env } = process.env;
  const command = ["packages/hub/bin/hermod.js", "dev", "examples/live/main.ts", "--port", "0", "--json"];
  const child = spawn(process.execPath, [...command, "--store", join(folder, "hub.db")], {
    cwd: root,
    env: { ...env, LIVE_PACE_MS: "1" },
    stdio: ["ignore", "pipe", "ignore"],
  });
  const [line] = (await once(child.stdout.setEncoding("utf8"), "data")) as [string];
  const { data } = JSON.parse(line) as { readonly data: { readonly url: string } };
  const wanted = ["translator", "critic", "mailer", "harbour", "columnist", "almanac", "reviewer", "writer"];
  await haveHeard(data.url, new Set(wanted));
  // Closed only when nobody holds its output any more: the agents have ended too.
  const closed = once(child, "close");
  child.kill("SIGTERM");
  assert.deepEqual(await closed, [0, null]);
});
