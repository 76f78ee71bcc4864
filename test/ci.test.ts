/** `.ci/run` in an empty folder, with made-up programs in place of npm and apt-get: what it calls, sums and answers. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, describe, test } from "node:test";
import { root } from "./source.ts";

const folder = mkdtempSync(join(tmpdir(), "hermod-ci-"));
after(() => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, ".ci"));
copyFileSync(join(root, ".ci/run"), join(folder, ".ci/run"));

const bin = join(folder, "bin");
mkdirSync(bin);
function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "${folder}/calls"\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

interface Ran {
  readonly status: number | null;
  readonly last: string | undefined;
  readonly calls: readonly string[];
}

/** What `npm test` and `npm run check` do is given as lines of shell; programs that are not named exist. */
function ci(
  npm: Readonly<Record<"ci" | "test" | "run", string>>,
  programs: Readonly<Record<string, string>> = {},
): Ran {
  rmSync(bin, { recursive: true });
  rmSync(join(folder, "calls"), { force: true });
  mkdirSync(bin);
  program("npm", `case $1 in ci) ${npm.ci};; test) ${npm.test};; run) ${npm.run};; esac`);
  for (const [name, script] of Object.entries({
    "nats-server": "",
    chromium: "",
    strace: "",
    id: "echo 0",
    ...programs,
  }))
    if (script !== "absent") program(name, script);
  const env = { ...process.env, PATH: [bin, ...bare].join(delimiter) };
  const { status, stdout } = spawnSync(join(folder, ".ci/run"), {
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const calls = readFileSync(join(folder, "calls"), "utf8")
    .split("\n")
    .filter((line) => /^(npm|apt-get)/.test(line));
  return { status, last: stdout.trimEnd().split("\n").at(-1), calls };
}

/** The machine's plain tools, in a folder that lacks the programs a test wants absent. */
const tools = join(folder, "tools");
mkdirSync(tools);
const plain = ["bash", "sh", "env", "dirname", "grep", "tail", "tee", "mktemp", "rm", "node"];
const bare = [tools];
for (const name of plain) {
  const found = (process.env["PATH"] ?? "").split(delimiter).find((place) => existsSync(join(place, name)));
  writeFileSync(join(tools, name), `#!/bin/sh\nexec "${join(found ?? "/bin", name)}" "$@"\n`);
  chmodSync(join(tools, name), 0o755);
}

const good = { ci: "true", test: "echo '3 passed, 0 failed'", run: "echo '2 passed, 0 failed'" };

test("a good run adds up its runners and ends with 0", () => {
  const crash = "npm run crash -- --kills 500 --json";
  const powerloss = "npm run powerloss -- --images 800 --json";
  const chaos = "npm run chaos -- --kills 50 --json";
  const calls = ["npm ci", "npm test", crash, chaos, powerloss, "npm run check"];
  assert.deepEqual(ci(good), { status: 0, last: "11 passed, 0 failed", calls });
});

describe("a bad run ends with 1:", () => {
  const bad: readonly (readonly [string, Readonly<Record<"ci" | "test" | "run", string>>, string])[] = [
    ["a failed test", { ...good, test: "echo '3 passed, 2 failed'; exit 1" }, "11 passed, 2 failed"],
    [
      "a failed step of the check",
      {
        ...good,
        run: "case $2 in check) echo '1 passed, 1 failed'; exit 1;; *) echo '2 passed, 0 failed';; esac",
      },
      "10 passed, 1 failed",
    ],
    [
      "a runner that dies after its count",
      { ...good, test: "echo '3 passed, 0 failed'; exit 9" },
      "11 passed, 1 failed",
    ],
    ["a runner that dies without a count", { ...good, test: "exit 9" }, "8 passed, 1 failed"],
    ["a runner that says nothing", { ...good, run: "true" }, "3 passed, 4 failed"],
    ["npm ci", { ...good, ci: "false" }, "0 passed, 1 failed"],
  ];
  for (const [what, npm, last] of bad)
    test(what, () => {
      const ran = ci(npm);
      assert.deepEqual([ran.status, ran.last], [1, last]);
    });
});

test("only the last count of a runner is added", () => {
  const test = "echo '9 passed, 9 failed'; echo '1 passed, 0 failed'; echo 'npm: 8 passed, 8 failed.'";
  assert.equal(ci({ ...good, test }).last, "9 passed, 0 failed");
});

test("what lacks is installed; without it the run goes on", () => {
  const lacking = { chromium: "absent", "apt-get": "true" };
  const install = ["apt-get update -qq", "apt-get install -y -qq chromium"];
  assert.deepEqual(ci(good, lacking).calls.slice(0, 2), install);
  const refused = ci(good, { ...lacking, "apt-get": "false" });
  assert.deepEqual([refused.status, refused.last], [0, "11 passed, 0 failed"]);
});
