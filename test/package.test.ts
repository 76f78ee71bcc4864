/** The package as its users get it: packed, installed into an empty project, type-checked, run. */
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { checkTypes, install, lint, missing, pack, run, unwanted } from "./pack.ts";
import { root } from "./source.ts";

/** Nothing but the package: the schema is written by hand, as its standard allows. */
const typed = `
import { agent, contract, start, HermodError, type Model, type System } from "hermod";
import { modelFromEnv, type AiSdkModel } from "hermod/ai";
import { httpAgent, webhook, type HttpOptions } from "hermod/http";
import { pipeline } from "hermod/patterns";
import type { NatsOptions } from "hermod/nats";
import * as testing from "hermod/testing";

const text = {
  "~standard": {
    version: 1,
    vendor: "by hand",
    validate: (value: unknown) => typeof value === "string" ? { value } : { issues: [{ message: "a text" }] },
  },
} as const;
const Echo = contract("echo", { calls: { say: { in: text, out: text } } });
await using system: System = await start({ agents: [agent(Echo, { on: { say: (words) => words.toUpperCase() } })] });
const reply: string = await system.call(Echo, "say", "heard");
// @ts-expect-error a wrong operation is refused by the compiler
const failed: unknown = await system.call(Echo, "shout", "x").catch((error: unknown) => error);
const piped: string = await pipeline(system, [[Echo, "say"], (words) => words.toLowerCase()], "heard");
const model: Model | undefined = modelFromEnv({});
const made: AiSdkModel | undefined = undefined;
const there: HttpOptions = { url: "http://127.0.0.1:9/", timeout: "5s" };
const many: NatsOptions = { servers: "nats://127.0.0.1:4222", tls: { caFile: "ca.pem" } };
// @ts-expect-error a webhook needs its URL
const told = () => [httpAgent(Echo, there), webhook("hook", { allow: ["127.0.0.1"] })];
console.log(reply, piped, failed instanceof HermodError, Object.keys(testing).length > 0, model === made, many.namespace);
`;

const plain = `
import { agent, start } from "hermod";
import { modelFromEnv } from "hermod/ai";
import { httpAgent } from "hermod/http";
import * as testing from "hermod/testing";

const nowhere = httpAgent("nowhere", { url: "http://127.0.0.1:9/", guard: true });
const system = await start({ agents: [nowhere, agent("echo", { on: { request: (words) => words.toUpperCase() } })] });
const reply = await system.call("echo", "say", "heard");
const blocked = await system.call("nowhere", "", 1).catch((error) => error);
const when = { cron: "0 9 * * *" };
const refused = await system.schedule("daily", when, "echo", "say", "heard").catch((error) => error);
await system.close();
const model = modelFromEnv({ LLM_MODEL: "small", OPENAI_BASE_URL: "http://127.0.0.1:9/v1" });
const lacking = await model.text("heard").catch((error) => error);
const hints = refused.hint + lacking.hint;
console.log(reply, Object.keys(testing).length > 0, refused.code, lacking.code, blocked.details.error.code);
console.log(hints.includes("npm install croner"), hints.includes("npm install @ai-sdk/openai-compatible"));
`;

describe("the packed package", () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-package-"));
  after(() => rmSync(folder, { recursive: true, force: true }));
  const project = join(folder, "project");
  const tarball = pack(join(root, "packages/hermod"), folder);

  test("holds what it should and nothing else", (context) => {
    assert.deepEqual(unwanted(tarball.files), []);
    assert.deepEqual(missing(tarball.files), []);
    const [packed, unpacked] = [tarball.bytes, tarball.unpackedBytes].map((bytes) =>
      (bytes / 1024).toFixed(1),
    );
    context.diagnostic(`${tarball.files.length} files, ${packed} KiB packed, ${unpacked} KiB unpacked`);
  });
  test("has nothing that publint objects to", async () => assert.deepEqual(await lint(tarball), []));
  test("is installed alone into an empty project", () => {
    install(tarball, project);
    const installed = readdirSync(join(project, "node_modules")).filter((name) => !name.startsWith("."));
    assert.deepEqual(installed, ["hermod"]);
  });
  test("works from TypeScript, types included", () => {
    writeFileSync(join(project, "use.ts"), typed);
    checkTypes(project, "use.ts");
    assert.equal(run(process.execPath, ["use.ts"], project), "HEARD heard true true true undefined\n");
  });
  test("says by its import that the packages of NATS are not there, and takes them where they are", () => {
    const code = `const store = await import("hermod/nats").catch((error) => error);
      const said = store.nats ? await (async () => store.nats({ servers: "" }))().catch((error) => error) : store;
      console.log(said.code, said.message.includes("@nats-io/"));`;
    const said = () => run(process.execPath, ["--input-type=module", "-e", code], project);
    assert.equal(said(), "ERR_MODULE_NOT_FOUND true\n");
    for (const each of ["@nats-io", "tweetnacl"])
      cpSync(join(root, "node_modules", each), join(project, "node_modules", each), { recursive: true });
    assert.equal(said(), "HERMOD_BAD_OPTION false\n");
  });
  test("works from JavaScript", () => {
    writeFileSync(join(project, "use.mjs"), plain);
    assert.equal(
      run(process.execPath, ["use.mjs"], project),
      "HEARD true HERMOD_UNSUPPORTED HERMOD_UNSUPPORTED HERMOD_HTTP_BLOCKED\ntrue true\n",
    );
  });
});

describe("a badly packed package is found:", () => {
  const folder = mkdtempSync(join(tmpdir(), "hermod-bad-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("tests, sources, build notes and strangers inside, and what lacks", () => {
    const good = [
      "package.json",
      "LICENSE",
      "README.md",
      "dist/index.js",
      "dist/index.d.ts",
      "dist/core/id.js",
    ];
    const bad = [
      "dist/core/id.test.js",
      "dist/a.test.kit.d.ts",
      "src/index.ts",
      "dist/.tsbuildinfo",
      "dist/src/a.js",
      "notes.txt",
    ];
    assert.deepEqual(unwanted([...good, ...bad]), bad);
    assert.deepEqual(missing(good), []);
    assert.deepEqual(missing(good.slice(2)), ["package.json", "LICENSE"]);
  });
  test("an entry that is not there, by publint", async () => {
    const manifest = { name: "bad", version: "1.0.0", type: "module", exports: "./dist/none.js" };
    writeFileSync(join(folder, "package.json"), JSON.stringify(manifest));
    assert.match((await lint(pack(folder, join(folder, "out")))).join(), /none\.js/);
  });
  test("a program that fails, with what it printed", () => {
    const program = 'console.log("before"); throw new Error("broken")';
    assert.throws(() => run(process.execPath, ["-e", program], folder), /failed\nbefore[^]*broken/);
  });
});
